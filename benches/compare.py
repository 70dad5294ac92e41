#!/usr/bin/env python3
"""Whole conversions beside what other programs take to read the bare text, on the same files.

    compare.py BINARY [SHARED] [--rounds N] [--markdown]

Every file is taken by each program in turn, round after round, so that what else the machine does falls
on all alike; the least of the rounds counts, for other work only ever adds. Reads SHARED/corpus/packs
where it is there, else the samples. Compares with those of pdftotext, mutool and liteparse (lit) that
are installed; the conversion runs on one thread.
"""
import argparse
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def run(command):
    """CPU seconds, wall seconds and peak MiB of a command; None where it fails."""
    begun = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - begun
    child.returncode = status
    return None if status else (usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)


def programs(binary, out):
    """Command lines by name, for those that are there; ours first."""
    theirs = {
        "pdftotext": lambda f: ["pdftotext", f, f"{out}/t.txt"],
        "mutool": lambda f: ["mutool", "draw", "-q", "-F", "txt", "-o", f"{out}/m.txt", f],
        "lit": lambda f: ["lit", "parse", f, "--no-ocr", "-o", f"{out}/l.txt"],
    }
    ours = [binary, "convert", "--jobs", "1", "--quiet", "--out"]
    rounds = itertools.count()
    # Each into a folder of its own: what stands there already with the same bytes is not written again.
    return {"agendapack": lambda f: [*ours, f"{out}/o{next(rounds)}", f]} | {n: c for n, c in theirs.items() if shutil.which(n)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("binary")
    parser.add_argument("shared", nargs="?", default="../shared")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--markdown", action="store_true", help="print the table of the README")
    args = parser.parse_args()
    files = sorted((Path(args.shared) / "corpus/packs").glob("*.pdf")) or sorted(Path("samples").glob("*.pdf"))
    with tempfile.TemporaryDirectory() as out:
        known = programs(args.binary, out)
        best = {name: {} for name in known}
        for _ in range(args.rounds):
            for file in files:
                for name, command in known.items():
                    now = run(command(str(file)))
                    if now is None and name == "agendapack":
                        sys.exit(f"{file} was not converted")
                    if now:
                        old = best[name].get(file, now)
                        best[name][file] = (min(old[0], now[0]), min(old[1], now[1]), max(old[2], now[2]))
    table(files, best, args.markdown)
    for name in {"pdftotext", "mutool", "lit"} - set(known):
        print(f"{name} is not installed")


def table(files, best, markdown):
    """One line a file and one for all: ours in seconds and MiB, then ours as a share of each other's."""
    others = [n for n in best if n != "agendapack"]
    heads = ["file", "CPU s", "wall s", "peak MiB"]
    for name in others:
        heads += [f"CPU / {name}", f"wall / {name}", f"{name} MiB"]
    rows = []
    for label, group in [(f.name, [f]) for f in files] + [("all", files)]:
        total = lambda name, i: sum(best[name][f][i] for f in group if f in best[name])
        peak = lambda name: max((best[name][f][2] for f in group if f in best[name]), default=0.0)
        ours = best["agendapack"]
        row = [label, f"{total('agendapack', 0):.3f}", f"{total('agendapack', 1):.3f}", f"{peak('agendapack'):.0f}"]
        for name in others:
            shared = [f for f in group if f in best[name]]
            for i in (0, 1):
                theirs = total(name, i)
                row.append(f"{sum(ours[f][i] for f in shared) / theirs:.2f}" if theirs else "-")
            row.append(f"{peak(name):.0f}")
        rows.append(row)
    if markdown:
        for row in [heads, ["---"] + ["--:"] * (len(heads) - 1), *rows]:
            print(f"| {' | '.join(row)} |")
        return
    widths = [max(len(r[i]) for r in [heads, *rows]) for i in range(len(heads))]
    for row in [heads, *rows]:
        print("  ".join(v.ljust(w) if i == 0 else v.rjust(w) for i, (v, w) in enumerate(zip(row, widths))))


main()
