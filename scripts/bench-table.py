#!/usr/bin/env python3
"""Makes a table, JSON and a drawing of what qio-bench measured.

Exits with 1 if a row misses its target.
"""

import argparse
import json
import os
import pathlib
import platform
import subprocess
import sys

SECTIONS = {
    "cost": "Cost: ours against the reference's",
    "memory": "Memory of what waits",
    "growth": "How cost grows",
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=pathlib.Path)
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--plot", type=pathlib.Path, metavar="FILE.svg")
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
    return f"{row['target']:g}" + ("" if row["ratio"] is not None else f" {row['unit']}")


def print_table(rows, where):
    print(f"{where['processor']}, {where['processors']} processors, Linux {where['kernel']}, "
          f"load {where['load']:.1f}")
    verdicts = {True: "pass", False: "FAIL", None: ""}
    for section, title in SECTIONS.items():
        chosen = [row for row in rows if row["section"] == section]
        if not chosen:
            continue
        width = max(len(row["name"]) for row in chosen)
        print(f"\n{title}\n")
        print(f"| {'row':{width}} | {'ours':>14} | {'reference':>14} | ratio | target | result |")
        print(f"|{'-' * (width + 2)}|{'-' * 15}:|{'-' * 15}:|------:|-------:|--------|")
        for row in chosen:
            ours = f"{cell(row['ours'], 1)} {row['unit']}"
            reference = row["reference"] and f"{cell(row['reference'], 1)} {row['unit']}"
            print(f"| {row['name']:{width}} | {ours:>14} | {reference or '':>14} "
                  f"| {cell(row['ratio'], 3):>5} | {limit(row):>6} "
                  f"| {verdicts[row['pass']]:6} |")


def plot(rows, path):
    """One bar for each row that has a ratio: its length is ratio / target."""
    judged = [row for row in rows if row["target"]]
    judged.reverse()
    lines = []
    for place, row in enumerate(judged):
        measure = row["ratio"] if row["ratio"] is not None else row["ours"]
        colour = "0x2c7fb8" if row["pass"] else "0xd7301f"
        lines.append(f'{place}\t{measure / row["target"]:.4f}\t{colour}\t"{row["name"]}"')
    data = "\n".join(lines)
    script = f"""
set terminal svg size 1000,{120 + 26 * len(judged)} dynamic font "sans,12" background "white"
set output "{path}"
set title "Cost as a part of its target (beyond the line: missed)"
set yrange [-0.7:{len(judged) - 0.3}]
set xrange [0:*]
set style fill solid
set grid xtics
unset key
set arrow 1 from 1, graph 0 to 1, graph 1 nohead linewidth 2 linecolor "black" front
$rows << END
{data}
END
plot $rows using ($2*0.5):1:($2*0.5):(0.35):3:yticlabels(4) with boxxyerror linecolor rgb variable
"""
    subprocess.run(["gnuplot"], input=script, text=True, check=True)


def main():
    args = arguments()
    with args.rows.open() as lines:
        rows = [parse(line) for line in lines]
    where = machine()
    print_table(rows, where)
    missed = [row for row in rows if row["pass"] is False]
    judged = [row for row in rows if row["pass"] is not None]
    print(f"\n{len(judged) - len(missed)} of {len(judged)} targets met")
    if args.json:
        args.json.write_text(json.dumps({"machine": where, "rows": rows}, indent=2) + "\n")
    if args.plot:
        plot(rows, args.plot)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
