#!/usr/bin/env python3
"""Cost a page of packs of 10 to 2,000 pages made for the purpose, which should not grow.

    scale.py BINARY [THREADS...]

A pack is tagged, has an outline, a running header and footer on every page, paragraphs, and a ruled table
on every third page. Prints CPU ms a page, wall ms a page for each number of threads, and peak MiB.
"""
import os
import subprocess
import sys
import tempfile
import time
import zlib

SIZES = (10, 100, 1_000, 2_000)
WORDS = (
    "The committee notes the report of the director on services across the district and asks officers to "
    "bring a further paper in the autumn setting out costs staffing and the views of residents"
).split()


def page(n):
    """Content of a page: deterministic, and never twice the same words."""
    out = ["BT /F1 9 Tf 50 800 Td (Annual report of services) Tj ET", f"BT /F1 9 Tf 280 30 Td (Page {n}) Tj ET"]
    y, mark = 770, 0
    for p in range(9 if n % 3 else 4):
        out.append(f"/P <</MCID {mark}>> BDC BT /F{1 + (p == 0)} {14 if p == 0 else 11} Tf 50 {y} Td 14 TL")
        for line in range(1 if p == 0 else 4):
            words = " ".join(WORDS[(n * 7 + p * 5 + line * 3 + i) % len(WORDS)] for i in range(12))
            out.append(f"({p}.{line} {words if p else words[:40]}) Tj T*")
            y -= 14
        out.append("ET EMC")
        y -= 10
        mark += 1
    if n % 3 == 0:
        for row in range(13):
            out.append(f"50 {y - row * 20} m 530 {y - row * 20} l S")
        for col in range(7):
            out.append(f"{50 + col * 80} {y} m {50 + col * 80} {y - 240} l S")
        for row in range(12):
            for col in range(6):
                text = f"Area {row}" if col == 0 else f"{(n * 31 + row * 17 + col * 7) % 9973:,}"
                text = f"Year {2019 + col}" if row == 0 and col else text
                out.append(f"BT /F1 9 Tf {55 + col * 80} {y - row * 20 - 14} Td ({text}) Tj ET")
    return "\n".join(out).encode(), mark


def pack(pages):
    """A PDF of so many pages."""
    objects = [None] * 6
    kids, tags, marks = [], [], []
    for n in range(1, pages + 1):
        content, count = page(n)
        data = zlib.compress(content)
        at = len(objects) + 1
        objects.append(b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(data), data))
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R"
            b"/Resources<</Font<</F1 3 0 R/F2 4 0 R>> >> >>" % at
        )
        kids.append(at + 1)
        for mark in range(count):
            objects.append(
                b"<</Type/StructElem/S/P/P 5 0 R/Pg %d 0 R/K %d>>" % (at + 1, mark)
            )
            tags.append(len(objects))
        if n % 10 == 1:
            objects.append(b"")
            marks.append((len(objects), n, at + 1))
    for i, (at, n, target) in enumerate(marks):
        following = b"/Next %d 0 R" % marks[i + 1][0] if i + 1 < len(marks) else b""
        objects[at - 1] = b"<</Title(Part %d)/Parent 6 0 R/Dest[%d 0 R/XYZ 0 842 0]%s>>" % (n, target, following)
    refs = lambda numbers: b" ".join(b"%d 0 R" % k for k in numbers)
    font = b"<</Type/Font/Subtype/Type1/BaseFont/%s/Encoding/WinAnsiEncoding>>"
    objects[0] = b"<</Type/Catalog/Pages 2 0 R/StructTreeRoot 5 0 R/Outlines 6 0 R/MarkInfo<</Marked true>> >>"
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, refs(kids))
    objects[2], objects[3] = font % b"Helvetica", font % b"Helvetica-Bold"
    objects[4] = b"<</Type/StructTreeRoot/K[%s]>>" % refs(tags)
    objects[5] = b"<</Type/Outlines/First %d 0 R/Last %d 0 R>>" % (marks[0][0], marks[-1][0])
    out, places = bytearray(b"%PDF-1.7\n"), []
    for i, body in enumerate(objects):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (i + 1, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % p for p in places)
    out += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)


def run(command):
    begun = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = status
    if status:
        sys.exit(f"{' '.join(command)} ended with {status}")
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - begun, usage.ru_maxrss / 1024


def main():
    binary = sys.argv[1]
    threads = [int(t) for t in sys.argv[2:]] or sorted({1, os.cpu_count() or 1})
    print(f"{'pages':>6} {'CPU ms/page':>12}" + "".join(f"{f'wall, {t} thr.':>14}" for t in threads) + f"{'peak MiB':>10}")
    with tempfile.TemporaryDirectory() as folder:
        for pages in SIZES:
            path = f"{folder}/pack-{pages}.pdf"
            with open(path, "wb") as f:
                f.write(pack(pages))
            command = lambda t: [binary, "convert", path, "--out", f"{folder}/o", "--force", "--quiet", "--jobs", str(t)]
            best = {t: [min(v) for v in zip(*(run(command(t)) for _ in range(3)))] for t in threads}
            cpu, _, peak = best[threads[0]]
            walls = "".join(f"{best[t][1] / pages * 1e3:14.3f}" for t in threads)
            print(f"{pages:6} {cpu / pages * 1e3:12.3f}{walls}{peak:10.0f}")


main()
