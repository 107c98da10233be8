#!/usr/bin/env python3
"""Draws what scripts/bench.sh measured, with gnuplot.

Above, a bar for each row with a target; below, how the cost of an event grows with the
number of channels.
"""

import argparse
import json
import pathlib
import subprocess

WIDTH = 1100
ROW = 22
# The space above and below the bars.
HEAD = 62
FOOT = 50
GROWTH = 400
# Where bars end that are longer than the picture.
LONGEST = 160

PASSED = "0x3182bd"
MISSED = "0xe6550d"
REFERENCE = "#969696"
OTHER = "#31a354"

HEADINGS = {"cost": "Cost: ratio to the reference's, and target",
            "memory": "Memory of what waits, and target"}

STYLE = f"""
set terminal svg size {WIDTH},{{height}} dynamic font "sans-serif,12" background "white" noenhanced
set output {{output}}
set multiplot
set border 0
set tics scale 0
set style fill solid noborder
"""

BARS = f"""
set lmargin at screen {440 / WIDTH:.4f}
set rmargin at screen {(WIDTH - 170) / WIDTH:.4f}
set tmargin at screen {{top}}
set bmargin at screen {{bottom}}
set xrange [0:{LONGEST}]
set yrange [{{lowest}}:0.5]
set xtics 0,20,{LONGEST} format "%g %%" textcolor rgb "#555555"
set ytics offset 0.5,0 ({{names}})
set grid xtics linetype 1 linecolor rgb "#e5e5e5"
unset key
set title "How much of what its target allows a row takes (orange: more)" font ",15" offset 0,0.4
set arrow from 100,graph 0 to 100,graph 1 nohead linewidth 1.5 linecolor rgb "#252525" front
{{headings}}
$bars << END
{{bars}}
END
plot $bars using ($2/2):1:($2/2):(0.36):3 with boxxyerror linecolor rgb variable, \\
     $bars using ({LONGEST}):1:4 with labels left offset 1,0
"""

LINES = f"""
unset arrow
unset label
unset grid
set lmargin at screen {110 / WIDTH:.4f}
set rmargin at screen {(WIDTH - 330) / WIDTH:.4f}
set tmargin at screen {{top}}
set bmargin at screen {{bottom}}
set logscale xy
set xrange [1:10000]
set yrange [90:11000000]
set xtics autofreq format "%.0f" textcolor rgb "#555555"
set ytics ("100 ns" 100, "1 µs" 1000, "10 µs" 10000, "100 µs" 100000, "1 ms" 1000000, \\
           "10 ms" 10000000) textcolor rgb "#555555" offset 0,0
set grid xtics ytics linetype 1 linecolor rgb "#e5e5e5"
set key at screen {(WIDTH - 310) / WIDTH:.4f},{{middle}} left Left reverse
set title "What an event costs beside idle channels" font ",15" offset 0,0.4
set xlabel "channels that are watched" textcolor rgb "#555555"
{{series}}
plot {{plots}}
"""


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=pathlib.Path, help="what bench.sh --json writes")
    parser.add_argument("drawing", type=pathlib.Path, metavar="FILE.svg")
    return parser.parse_args()


def quoted(text):
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def measured(row):
    return row["ours"] if row["ratio"] is None else row["ratio"]


def caption(row):
    """The numbers behind a bar."""
    if row["ratio"] is None:
        return f"{row['ours']:,.0f} of {row['target']:,.0f} {row['unit']}"
    return f"{row['ratio']:.3f} of {row['target']:g}"


def bars(rows):
    """The bars' data, the names at the axis, the headings, and the lowest place."""
    data, names, headings = [], [], []
    place = 0
    for section, heading in HEADINGS.items():
        chosen = [row for row in rows if row["section"] == section and row["target"]]
        if not chosen:
            continue
        headings.append(f"set label {quoted(heading)} at graph 0,first {place} right "
                        f'offset -1,0 textcolor rgb "#08519c"')
        place -= 1
        for row in chosen:
            percent = min(100 * measured(row) / row["target"], LONGEST)
            colour = PASSED if row["pass"] else MISSED
            data.append(f"{place}\t{percent:.2f}\t{colour}\t{quoted(caption(row))}")
            names.append(f"{quoted(row['name'])} {place}")
            place -= 1
        place -= 0.5
    return {"bars": "\n".join(data), "names": ", ".join(names),
            "headings": "\n".join(headings), "lowest": place}


def points(rows, start, field):
    """How many channels, and the cost, of the rows whose names start so."""
    chosen = [row for row in rows if row["section"] == "growth" and row["name"].startswith(start)]
    return "\n".join(f"{row['name'].rpartition(' ')[2].replace(',', '')}\t{row[field]}"
                     for row in chosen)


def lines(rows):
    """The three lines of the lower picture."""
    glib, aio = "event in a GMainContext", "event in an AioContext"
    drawn = [
        ("GMainContext, sources of GLib", points(rows, glib, "reference"), REFERENCE, 5),
        ("GMainContext, watches of channels", points(rows, glib, "ours"), "#3182bd", 2),
        ("AioContext, handlers of channels", points(rows, aio, "ours"), OTHER, 2),
    ]
    drawn = [line for line in drawn if line[1]]
    series = "\n".join(f"$line{index} << END\n{data}\nEND"
                       for index, (_, data, _, _) in enumerate(drawn))
    plots = ", ".join(
        f"$line{index} using 1:2 with linespoints linewidth {width} pointtype 7 pointsize 0.6 "
        f"linecolor rgb {quoted(colour)} title {quoted(title)}"
        for index, (title, _, colour, width) in enumerate(drawn))
    return {"series": series, "plots": plots} if drawn else None


def script(rows, drawing):
    upper, lower = bars(rows), lines(rows)
    upper_height = HEAD + ROW * -upper["lowest"] + FOOT if upper["bars"] else 0
    height = upper_height + (GROWTH if lower else 0)
    text = STYLE.format(height=round(height), output=quoted(drawing))
    if upper["bars"]:
        text += BARS.format(top=1 - HEAD / height, bottom=1 - (upper_height - FOOT) / height,
                            **upper)
    if lower:
        top = (GROWTH - 50) / height
        text += LINES.format(top=top, bottom=70 / height, middle=top, **lower)
    return text


def main():
    args = arguments()
    rows = json.loads(args.data.read_text())["rows"]
    subprocess.run(["gnuplot"], input=script(rows, args.drawing), text=True, check=True)


if __name__ == "__main__":
    main()
