#!/usr/bin/env python3
"""What OCR costs and how far its confidence can be believed, on scans with truth.

    ocr.py BINARY [FOLDER]     FOLDER has <name>.pdf and <name>.truth.md (default ../shared/corpus/scans)

Cost: CPU seconds a page of a whole conversion (its tesseract included) beside tesseract alone, and with
orientation detection, on the same pages drawn at 200 dots an inch by pdftoppm.
Calibration: of the words read with each tenth of confidence, how many are right. A word is right if the
truth has it, as often as the truth has it; words in furniture are not counted, as truth leaves them out.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

TAG = re.compile(r"<[^>]+>|[*_~`\\]")


def cpu(*command, **more):
    """CPU seconds of a command and its children."""
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"{command[0]} ended with {status}")
    return usage.ru_utime + usage.ru_stime


def fold(word):
    word = word.replace("‘", "'").replace("’", "'").replace("“", '"').replace("”", '"')
    return re.sub("[–—]", "-", word).strip(".,;:()[]")


def cost(binary, files, folder):
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    rows, pages = [0.0, 0.0, 0.0], 0
    for f in files:
        out = folder / "cost" / f.stem
        rows[0] += cpu(binary, "convert", str(f), "--out", str(out), "--jobs", "1", "--quiet")
        prefix = folder / f.stem
        subprocess.run(["pdftoppm", "-gray", "-r", "200", str(f), str(prefix)], check=True)
        for picture in sorted(folder.glob(f"{f.stem}-*.pgm")):
            pages += 1
            for i, mode in ((1, "3"), (2, "1")):
                command = ["tesseract", str(picture), "-", "--dpi", "200", "--psm", mode, "hocr"]
                rows[i] += cpu(*command, env=environment)
            picture.unlink()
    ours, bare, upright = (r / pages for r in rows)
    print(f"{pages} pages, CPU s a page: ours {ours:.2f}, tesseract {bare:.2f} ({ours / bare:.2f} times), "
          f"with orientation {upright:.2f} ({ours / upright:.2f} times)")


def calibration(binary, files, folder):
    right, all_of = Counter(), Counter()
    for f in files:
        truth = TAG.sub(" ", f.with_suffix("").with_suffix(".truth.md").read_text())
        left = Counter(fold(w) for w in truth.split())
        shown = subprocess.run(
            [binary, "show", "lines", str(f), "--work", str(folder / "cost" / f.stem / ".agendapack")],
            check=True, capture_output=True, text=True)
        for page in json.loads(shown.stdout)["pages"]:
            for line in page["lines"]:
                if line["fate"]["is"] != "body":
                    continue
                for w in page["words"][line["first"]:line["first"] + line["count"]]:
                    word = fold(w["text"])
                    if w.get("confidence") is None or not any(c.isalnum() for c in word):
                        continue
                    tenth = min(int(w["confidence"] * 10), 9)
                    all_of[tenth] += 1
                    if left[word] > 0:
                        left[word] -= 1
                        right[tenth] += 1
    print("confidence   words   right")
    for tenth in range(9, -1, -1):
        if all_of[tenth]:
            share = right[tenth] / all_of[tenth]
            print(f"{tenth / 10:.1f} to {(tenth + 1) / 10:.1f}  {all_of[tenth]:6}   {share:.3f}")


def main():
    binary, scans = sys.argv[1], Path((sys.argv[2:] or ["../shared/corpus/scans"])[0])
    files = sorted(scans.glob("*.pdf"))
    if not files:
        sys.exit(f"no scans in {scans}")
    with tempfile.TemporaryDirectory() as folder:
        cost(binary, files, Path(folder))
        calibration(binary, files, Path(folder))


main()
