#!/usr/bin/env python3
"""CPU time and memory of a whole conversion beside pdftotext's, on the same files in one run.

    compare.py BINARY [SHARED]     on SHARED/corpus/packs where it is there, else on samples/
"""
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def run(*command):
    """CPU seconds and peak MiB of a command."""
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"{command[0]} ended with {status}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    binary, shared = sys.argv[1], Path((sys.argv[2:] or ["../shared"])[0])
    folder = shared / "corpus/packs"
    files = sorted(folder.glob("*.pdf")) or sorted(Path("samples").glob("*.pdf"))
    reference = shutil.which("pdftotext")
    print(f"{'file':44} {'ours s':>8} {'peak MiB':>9} {'pdftotext s':>12} {'ratio':>6}")
    ours_all = theirs_all = 0.0
    with tempfile.TemporaryDirectory() as out:
        for f in files:
            # The better of three: other work on the machine only ever adds.
            tries = [run(binary, "convert", str(f), "--out", f"{out}/o", "--force", "--jobs", "1", "--quiet") for _ in range(3)]
            ours, peak = min(t for t, _ in tries), max(m for _, m in tries)
            ours_all += ours
            if reference:
                theirs = min(run(reference, str(f), f"{out}/t.txt")[0] for _ in range(3))
                theirs_all += theirs
                print(f"{f.name[:44]:44} {ours:8.2f} {peak:9.0f} {theirs:12.2f} {ours / theirs:6.2f}")
            else:
                print(f"{f.name[:44]:44} {ours:8.2f} {peak:9.0f}")
    if reference:
        print(f"{'all':44} {ours_all:8.2f} {'':9} {theirs_all:12.2f} {ours_all / theirs_all:6.2f}")
    else:
        print("pdftotext is not installed: no ratio")


main()
