#!/usr/bin/env python3
"""Makes a table and JSON of what qio-bench measured.

Exits with 1 if a row misses its target.
"""

import argparse
import json
import os
import pathlib
import platform
import sys

SECTIONS = {
    "cost": "Cost: ours against the reference's",
    "memory": "Memory of what waits",
    "growth": "How cost grows",
}

# What stands between these lines of a document is written here.
BEGIN = "<!-- measured: scripts/bench.sh -->"
END = "<!-- end of measured -->"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=pathlib.Path)
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--markdown", type=pathlib.Path, metavar="FILE",
                        help=f"a file with the lines {BEGIN} and {END}")
    return parser.parse_args()


def number(text):
    return float(text) if text else None


def parse(line):
    section, name, unit, ours, reference, ratio, target = line.rstrip("\n").split("\t")
    row = {
        "section": section,
        "name": name,
        "unit": unit,
        "ours": float(ours),
        "reference": number(reference),
        "ratio": number(ratio),
        # 0 stands for a row that is there to be known.
        "target": number(target) or None,
    }
    measure = row["ratio"] if row["ratio"] is not None else row["ours"]
    row["pass"] = measure <= row["target"] if row["target"] else None
    return row


def machine():
    model = platform.machine()
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return {
        "processor": model,
        "processors": os.cpu_count(),
        "kernel": platform.release(),
        "load": os.getloadavg()[0],
    }


def cell(value, digits):
    return "" if value is None else f"{value:,.{digits}f}"


def limit(row):
    if row["target"] is None:
        return ""
    return f"{row['target']:,g}" + ("" if row["ratio"] is not None else f" {row['unit']}")


def report(rows, where):
    """The text for people, which is Markdown too."""
    lines = [f"{where['processor']}, {where['processors']} processors, Linux {where['kernel']}, "
             f"load {where['load']:.1f}"]
    verdicts = {True: "pass", False: "FAIL", None: ""}
    for section, title in SECTIONS.items():
        chosen = [row for row in rows if row["section"] == section]
        if not chosen:
            continue
        width = max(len(row["name"]) for row in chosen)
        lines += [
            f"\n### {title}\n",
            f"| {'row':{width}} | {'ours':>14} | {'reference':>14} | ratio |  target | result |",
            f"|{'-' * (width + 2)}|{'-' * 15}:|{'-' * 15}:|------:|--------:|--------|",
        ]
        for row in chosen:
            ours = f"{cell(row['ours'], 1)} {row['unit']}"
            reference = row["reference"] and f"{cell(row['reference'], 1)} {row['unit']}"
            lines.append(f"| {row['name']:{width}} | {ours:>14} | {reference or '':>14} "
                         f"| {cell(row['ratio'], 3):>5} | {limit(row):>7} "
                         f"| {verdicts[row['pass']]:6} |")
    judged = [row for row in rows if row["pass"] is not None]
    met = [row for row in judged if row["pass"]]
    lines.append(f"\n{len(met)} of {len(judged)} targets met")
    return "\n".join(lines)


def insert(text, document):
    """Puts the text between the two lines of the document."""
    before, begin, rest = document.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit(f"bench: {document} does not have the lines {BEGIN} and {END}")
    document.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")


def main():
    args = arguments()
    with args.rows.open() as lines:
        rows = [parse(line) for line in lines]
    where = machine()
    text = report(rows, where)
    print(text)
    if args.json:
        args.json.write_text(json.dumps({"machine": where, "rows": rows}, indent=2) + "\n")
    if args.markdown:
        insert(text, args.markdown)
    return 1 if any(row["pass"] is False for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
