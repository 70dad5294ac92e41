#!/usr/bin/env python3
"""Read what ../shared/eval/run.sh printed; fail where a mean is under its floor. A floor only rises."""
import re
import sys

FLOORS = {
    "reference": {"text": 0.985, "tables": 0.80, "heads": 0.75, "lists": 0.85, "numbers": 0.995},
    "pages": {"text": 0.96, "tables": 0.65, "heads": 0.65},
    "older": {"text": 0.95, "tables": 0.55, "heads": 0.50},
    "tables": {"tables": 0.70},
    "packs": {"starts": 0.70, "items": 1.0},
}

figures, panics, current, names = {}, None, None, []
for line in sys.stdin:
    if m := re.match(r"== (\w+)", line):
        current = m[1]
    elif line.startswith(("document ", "pack ")):
        names = line.split()[1:]
    elif m := re.match(r"mean of \d+\s+(.*)", line):
        values = [None if v == "-" else float(v) for v in m[1].split()]
        figures.setdefault(current, {}).update(zip(names, values))
    elif m := re.search(r"panics named in the log: (\d+)", line):
        panics = int(m[1])

failed = []
for name, floors in FLOORS.items():
    for figure, floor in floors.items():
        value = figures.get(name, {}).get(figure)
        if value is None or value < floor:
            failed.append(f"{name} {figure}: {value} is under {floor}")
if panics != 0:
    failed.append(f"hostile: {panics} panics in the log")
print("\n".join(failed) or "all corpus figures are above their floors")
sys.exit(bool(failed))
