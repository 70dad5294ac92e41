#!/usr/bin/env python3
"""Build the sample packs from their sources in src/.

Only needed to rebuild: the PDFs are checked in.

Needs    LibreOffice (soffice), Chromium, the Liberation fonts, and Python 3.9
         or later with pypdf (pip install pypdf)
Run      python3 samples/build.py            all three samples
         python3 samples/build.py minutes    one of them
Settings SOFFICE and CHROMIUM name the two programs if they are not on the path

Each source becomes a PDF by its own program: .html by Chromium, .fodt, .fods and
.fodp by LibreOffice Writer, Calc and Impress. The parts are then put together as
the software of councils does it: every part is padded to an even number of pages,
"Page N" is stamped at the bottom and "Agenda Item N" on the first page of an item,
and the front sheet is printed last, when the page numbers are known ("@@4@@" in
its source becomes the page range of item 4).

Dates and identifiers are fixed, so the same versions of the programs give the
same bytes.
"""

import hashlib
import html
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    StreamObject,
    TextStringObject,
)

HERE = Path(__file__).resolve().parent
SRC = HERE / "src"
A4 = (595.28, 841.89)

# Widths of the letters of Helvetica that stamps use, in thousandths of the size.
HELVETICA = {
    " ": 278, "A": 667, "I": 278, "P": 667, "T": 611, "a": 556, "b": 556, "d": 556,
    "e": 556, "f": 278, "g": 556, "h": 556, "i": 222, "k": 500, "l": 222, "m": 833,
    "n": 556, "o": 556, "p": 556, "s": 500, "t": 278, "y": 500, **dict.fromkeys("0123456789", 556),
}

PACKS = {
    "scrutiny-panel": {
        "front": "panel-front.fodt",
        "range": "{first} - {last}",
        "count_front": True,
        "blank": "This page is intentionally left blank",
        "outline": True,
        "info": {"/Title": "Agenda Document for Children, Families and Learning Scrutiny Panel, 14/10/2025 14:00"},
        "date": "D:20251006090000Z",
        "items": [
            ("3", "Minutes of the previous meeting", ["panel-minutes.html"]),
            ("4", "Hallowmere and Pellbrook Safeguarding Children Partnership - Annual Report 2024/25",
             ["panel-item4-report.fodt", ("Annual Report 2024/25", "annual-report.html")]),
            ("5", "Severe Absence from School - Report of the Task and Finish Group",
             ["panel-item5-report.fodt", ("Appendix A - Action Plan", "panel-item5-appendix-a.fodt"),
              ("Appendix B - Costs", "panel-item5-appendix-b.fods")]),
            ("6", "Children's Services Performance Report - Quarter 2", ["panel-item6-performance.html"]),
            ("7", "Scrutiny Work Programme 2025/26", ["panel-item7-programme.fodt"]),
        ],
    },
    "committee-no-outline": {
        "front": "committee-front.html",
        "range": "(Pages {first} - {last})",
        "count_front": False,
        "blank": "",
        "outline": False,
        # Real packs carry whatever the first part was made with, years ago.
        "info": {"/Title": "Agenda", "/Author": "Your Council"},
        "date": "D:20030514110000Z",
        "items": [
            ("3", "Minutes", ["committee-minutes.fodt"]),
            ("5", "Highways Maintenance Programme 2026/27",
             ["committee-item5-report.fodt", ("Appendix 1", "committee-item5-schemes.html")]),
            ("6", "Budget Monitoring - Quarter 2",
             ["committee-item6-report.fodt", ("Appendix A", "committee-item6-budget.fods")]),
            ("7", "Draft Waste and Recycling Strategy", ["committee-item7-strategy.html"]),
            ("8", "Bus Services in the West of the Borough", ["committee-item8-slides.fodp"]),
        ],
    },
}


def program(setting, *names):
    """The program that the setting names, or the first of `names` on the path."""
    for name in (os.environ.get(setting), *names):
        if name and shutil.which(name):
            return name
    sys.exit(f"build.py: none of {', '.join(names)} found; set {setting}")


def print_source(path, work, tagged=False):
    """Print one source by the program it is for; the PDF's path."""
    pdf = work / f"{path.stem}.pdf"
    if path.suffix == ".html":
        command = [
            program("CHROMIUM", "chromium", "chromium-browser", "google-chrome"),
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
            "--no-pdf-header-footer", f"--user-data-dir={work / 'chromium'}",
            f"--print-to-pdf={pdf}", path.as_uri(),
        ]
    else:
        kind = {".fodt": "writer", ".fods": "calc", ".fodp": "impress"}[path.suffix]
        tags = ':{"UseTaggedPDF":{"type":"boolean","value":"true"}}' if tagged else ""
        command = [
            program("SOFFICE", "soffice", "libreoffice"),
            f"-env:UserInstallation={(work / 'office').as_uri()}", "--headless",
            "--convert-to", f"pdf:{kind}_pdf_Export{tags}", "--outdir", str(work), str(path),
        ]
    done = subprocess.run(command, env={**os.environ, "TZ": "UTC"}, capture_output=True, text=True, timeout=180)
    if not pdf.exists():
        sys.exit(f"build.py: {path.name}: {done.stderr.strip() or done.stdout.strip()}")
    return pdf


def with_contents(path, work):
    """A copy of an HTML source with its contents page filled from data-toc."""
    text = path.read_text(encoding="utf-8")
    if "<!--toc-->" not in text:
        return path
    lines = []
    for sheet, section in enumerate(text.split("<section")[1:], 1):
        for title in re.findall(r'data-toc="([^"]*)"', section):
            number = re.search(r"<h1[^>]*>(\d+\.)", section)
            label = f"{number[1]} {title}" if number else title
            lines.append(f"<div>{label}<i></i>{sheet}</div>")
    copy = work / path.name
    copy.write_text(text.replace("<!--toc-->", "\n".join(lines)), encoding="utf-8")
    return copy


def width(text, size=12):
    return sum(HELVETICA[letter] for letter in text) * size / 1000


def form(writer, page, text, matrix):
    """Draw `text` as a form of its own at the end of the page, outside all tags."""
    font = writer._add_object(DictionaryObject({
        NameObject("/Type"): NameObject("/Font"), NameObject("/Subtype"): NameObject("/Type1"),
        NameObject("/BaseFont"): NameObject("/Helvetica"), NameObject("/Encoding"): NameObject("/WinAnsiEncoding"),
    }))
    stamp = StreamObject()
    stamp.set_data(f"BT /Helv 12 Tf 0 g 0 0 Td ({text}) Tj ET".encode())
    stamp.update({
        NameObject("/Type"): NameObject("/XObject"), NameObject("/Subtype"): NameObject("/Form"),
        NameObject("/BBox"): ArrayObject(map(FloatObject, (0, -4, round(width(text), 2) + 2, 12))),
        NameObject("/Resources"): DictionaryObject({NameObject("/Font"): DictionaryObject({NameObject("/Helv"): font})}),
    })
    resources = page.get("/Resources", DictionaryObject()).get_object()
    # Pages of one part may share their resources: give this page its own.
    resources = DictionaryObject(resources)
    forms = DictionaryObject(resources.get("/XObject", DictionaryObject()).get_object())
    name = f"/Stamp{sum(key.startswith('/Stamp') for key in forms)}"
    forms[NameObject(name)] = writer._add_object(stamp)
    resources[NameObject("/XObject")] = forms
    page[NameObject("/Resources")] = resources
    draw = StreamObject()
    draw.set_data(f"q {matrix} cm {name} Do Q".encode())
    contents = page["/Contents"].get_object() if "/Contents" in page else ArrayObject()
    if not isinstance(contents, ArrayObject):
        contents = ArrayObject([page.raw_get("/Contents")])
    if name == "/Stamp0":
        # Whatever the part leaves behind in the graphics state must not move the stamp.
        save, restore = StreamObject(), StreamObject()
        save.set_data(b"q\n")
        restore.set_data(b"\nQ\n")
        contents = ArrayObject([writer._add_object(save), *contents, writer._add_object(restore)])
    page[NameObject("/Contents")] = ArrayObject([*contents, writer._add_object(draw)])


def stamp(writer, page, number, item):
    """"Page N" at the foot and "Agenda Item N" at the head, sideways on landscape pages."""
    wide, high = float(page.mediabox.width), float(page.mediabox.height)
    foot = f"Page {number}"
    head = f"Agenda Item {item}" if item else ""
    if wide > high:
        form(writer, page, foot, f"0 -1 1 0 38 {high / 2 + width(foot) / 2:.2f}")
        if head:
            form(writer, page, head, f"0 -1 1 0 {wide - 36:.2f} {49 + width(head):.2f}")
    else:
        form(writer, page, foot, f"1 0 0 1 {wide / 2 - width(foot) / 2:.2f} 38")
        if head:
            form(writer, page, head, f"1 0 0 1 {wide - 49 - width(head):.2f} {high - 34:.2f}")


def blank(writer, text):
    page = writer.add_blank_page(*A4)
    if text:
        form(writer, page, text, f"1 0 0 1 {A4[0] / 2 - width(text) / 2:.2f} {A4[1] / 2:.2f}")


def save(writer, name, info, date):
    """Write the PDF with fixed dates and identifier."""
    writer.metadata = None
    writer.add_metadata({**info, "/CreationDate": date, "/ModDate": date})
    writer.compress_identical_objects(remove_duplicates=True, remove_unreferenced=True)
    # Once more through memory, so that the objects are numbered without gaps.
    memory = io.BytesIO()
    writer.write(memory)
    writer = PdfWriter(clone_from=memory)
    writer.pdf_header = "%PDF-1.6"
    ident = ByteStringObject(hashlib.md5(name.encode(), usedforsecurity=False).digest())
    writer._ID = ArrayObject([ident, ident])
    path = HERE / f"{name}.pdf"
    writer.write(path)
    print(f"{path.name}: {len(writer.pages)} pages, {path.stat().st_size // 1024} KB")


def even(pages):
    return pages + pages % 2


def build_pack(name, work):
    pack = PACKS[name]
    printed = {}
    for _, _, parts in pack["items"]:
        for part in parts:
            source = SRC / (part if isinstance(part, str) else part[1])
            printed[source.name] = PdfReader(print_source(with_contents(source, work), work))

    # Its length is needed first; the numbers put into it below must not change it.
    front = len(PdfReader(print_source(SRC / pack["front"], work)).pages)
    offset = 0 if pack["count_front"] else even(front)
    ranges, at = {}, even(front)
    for order, _, parts in pack["items"]:
        first = at + 1
        at += sum(even(len(printed[part if isinstance(part, str) else part[1]].pages)) for part in parts)
        ranges[order] = pack["range"].format(first=first - offset, last=at - offset)
    text = (SRC / pack["front"]).read_text(encoding="utf-8")
    text = re.sub(r"@@(\w+)@@", lambda m: html.escape(ranges[m[1]]), text)
    sheet = work / f"final-{pack['front']}"
    sheet.write_text(text, encoding="utf-8")
    length, front = front, PdfReader(print_source(sheet, work))
    if len(front.pages) != length:
        sys.exit(f"build.py: {pack['front']} changes its length with the page numbers")

    writer = PdfWriter()
    for page in front.pages:
        writer.add_page(page)
    if len(front.pages) % 2:
        blank(writer, pack["blank"])
    marks = [("Agenda", 0, [])]
    for order, title, parts in pack["items"]:
        start, attachments = len(writer.pages), []
        for part in parts:
            source = part if isinstance(part, str) else part[1]
            if not isinstance(part, str):
                attachments.append((part[0], len(writer.pages)))
            for source_page in printed[source].pages:
                index = len(writer.pages)
                page = writer.add_page(source_page)
                stamp(writer, page, index + 1 - offset, order if index == start else None)
            if len(printed[source].pages) % 2:
                blank(writer, pack["blank"])
        marks.append((f"{order} {title}", start, attachments))
    if pack["outline"]:
        for title, index, attachments in marks:
            parent = writer.add_outline_item(title=title, page_number=index)
            for label, page in attachments:
                writer.add_outline_item(title=label, page_number=page, parent=parent)
    for order, pages in ranges.items():
        print(f"  item {order}: {pages}")
    save(writer, name, pack["info"], pack["date"])


def build_minutes(work):
    """The minutes are one document, kept as Writer made it, tags and all."""
    pdf = print_source(SRC / "minutes.fodt", work, tagged=True)
    writer = PdfWriter(clone_from=pdf)
    info = {
        "/Title": "Minutes of the Executive, 11 June 2025",
        "/Creator": "Writer",
        "/Producer": TextStringObject(PdfReader(pdf).metadata.producer or "LibreOffice"),
    }
    save(writer, "minutes", info, "D:20250618101500Z")


def main():
    wanted = sys.argv[1:] or [*PACKS, "minutes"]
    for name in wanted:
        if name != "minutes" and name not in PACKS:
            sys.exit(f"build.py: no sample {name!r}: choose from {', '.join([*PACKS, 'minutes'])}")
        with tempfile.TemporaryDirectory() as folder:
            work = Path(folder)
            build_minutes(work) if name == "minutes" else build_pack(name, work)


if __name__ == "__main__":
    main()
