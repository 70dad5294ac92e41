#!/usr/bin/env python3
"""Leaves the program alone with an archive of thousands of packs, and looks what became of it.

    cargo build --release && python3 tests/soak.py target/release/agendapack [--packs 5000]

Makes packs by copies and mutations of the samples (1 in 50 damaged, 1 in 500 hostile, some copies, odd
names, zip files), converts them twice, kills and resumes a third conversion, runs one stage again on
all, and prints the figures. Exits with 1 if a file was lost, a damaged one told of nothing, an output
differs from the undisturbed run, the journal does not account for every file, or the second run took 2%
of the first's time.
Only Python's own library is needed.
"""

import argparse
import collections
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SMALL = sorted(ROOT.glob("tests/golden/*/input.pdf")) + [ROOT / "samples/minutes.pdf"]
LARGE = [ROOT / "samples/scrutiny-panel.pdf", ROOT / "samples/committee-no-outline.pdf"]


# --- The archive ---------------------------------------------------------------------------------


def pdf(objects, root=1):
    """A PDF of these objects (bytes each), numbered from 1."""
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % p for p in places)
    out += b"trailer\n<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, root, start)
    return out


def stream(data, more=b""):
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (more, len(data), data)


def one_page(content, resources=b"", more=()):
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<%s>>/Contents 4 0 R>>" % resources
    return pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[3 0 R]>>", page, content, *more])


def bomb(dice):
    """A few kilobytes that inflate to hundreds of megabytes."""
    packer = zlib.compressobj(9)
    block = b"q Q " * (1 << 18)
    data = b"".join(packer.compress(block) for _ in range(dice.randint(150, 300))) + packer.flush()
    return one_page(stream(data, b"/Filter/FlateDecode"))


def double_bomb(dice):
    return one_page(stream(zlib.compress(zlib.compress(bytes(dice.randint(100, 300) << 20), 9), 9),
                           b"/Filter[/FlateDecode/FlateDecode]"))


def forms(_):
    """Ten forms, each drawing the next ten times: ten thousand million drawings."""
    def form(i):
        names = b"".join(b"/F%d %d 0 R" % (n, 6 + i) for n in range(10))
        body = b" ".join(b"/F%d Do" % n for n in range(10))
        return stream(body, b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<<%s>>>>" % names)
    return one_page(stream(b"/F Do"), b"/XObject<</F 5 0 R>>", [form(i) for i in range(10)])


def deep(dice):
    return one_page(stream(b"[" * dice.randint(200_000, 2_000_000)))


def endless(_):
    """Pages that are their own parents and children."""
    return pdf([b"<</Type/Catalog/Pages 2 0 R>>",
                b"<</Type/Pages/Count 2147483647/Kids[2 0 R 3 0 R]>>",
                b"<</Type/Pages/Parent 2 0 R/Count 1000000/Kids[2 0 R 3 0 R]>>"])


def empty(_):
    return b""


HOSTILE = [bomb, double_bomb, forms, deep, endless, empty]


def damaged(data, dice):
    kind = dice.randrange(4)
    if kind == 0:
        return data[:dice.randrange(1, len(data))]
    if kind == 1:
        return b"<html><body>404 Not Found %d</body></html>" % dice.randrange(1 << 30)
    data = bytearray(data)
    for _ in range(dice.randrange(1, 400)):
        data[dice.randrange(len(data))] = dice.randrange(256)
    if kind == 2:
        at = dice.randrange(len(data))
        del data[at:at + dice.randrange(5000)]
    return bytes(data)


def make(folder, count, dice):
    """Writes the packs; gives how many of each kind there are, and of sound and damaged ones the sample."""
    sources = {p: p.read_bytes() for p in SMALL + LARGE}
    kinds, samples, last = collections.Counter(), {}, None
    zipped = []
    for i in range(count):
        place = folder / f"{2010 + i % 14}" / f"{i % 12 + 1:02}"
        place.mkdir(parents=True, exist_ok=True)
        path = dice.choice(LARGE) if i % 60 == 7 else dice.choice(SMALL)
        # What follows the end of a PDF is of no account, and makes it another file.
        data = sources[path] + b"\n%% pack %d\n" % i
        kind = "sound"
        if i % 500 == 250:
            kind, data = "hostile", dice.choice(HOSTILE)(dice) + (b"\n%% %d\n" % i)
        elif i % 50 == 25:
            kind, data = "damaged", damaged(data, dice)
        elif i % 100 == 60 and last:
            kind, data = "copies", last
        name = dice.choice([f"agenda-{i}.pdf", f"Agenda Pack {i}.PDF", "agenda.pdf", f"Überblick {i} – Ö.pdf"])
        if (place / name).exists():
            name = f"agenda-{i}.pdf"
        kinds[kind] += 1
        if kind == "sound":
            last = data
            if i % 40 == 3:
                zipped.append((name, data))
                continue
        if i % 97 == 5:
            name = os.fsdecode(b"caf\xe9 %d.pdf" % i)
        (place / name).write_bytes(data)
        if kind in ("sound", "damaged"):
            samples[str(place / name)] = (kind, path)
    for n in range(0, len(zipped), 10):
        with zipfile.ZipFile(folder / f"bundle-{n}.zip", "w", zipfile.ZIP_DEFLATED) as bundle:
            for i, (name, data) in enumerate(zipped[n:n + 10]):
                bundle.writestr(f"council {i}/{name}", data)
    return kinds, samples


# --- Runs ----------------------------------------------------------------------------------------


class Soak:
    def __init__(self, program, packs, jobs):
        self.program, self.packs, self.jobs = program, packs, jobs
        self.wrong = []

    def command(self, out):
        more = ["--jobs", str(self.jobs)] if self.jobs else []
        return [self.program, "convert", str(self.packs), "--out", str(out), "--pipeline", "archive", *more]

    def convert(self, out):
        """Converts to the end; seconds and summary."""
        begun = time.monotonic()
        run = subprocess.run(self.command(out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        seconds = time.monotonic() - begun
        summary = json.loads((out / ".agendapack/summary.json").read_text())
        self.check(run.returncode in (0, 3), f"exit code {run.returncode}: {summary['codes']}")
        return seconds, summary

    def killed(self, out, seconds, kills, dice):
        """Starts and kills it at random moments."""
        for _ in range(kills):
            with subprocess.Popen(self.command(out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
                try:
                    run.wait(dice.uniform(0.02, seconds / kills))
                except subprocess.TimeoutExpired:
                    run.send_signal(signal.SIGKILL)

    def check(self, right, what):
        if not right:
            self.wrong.append(what)
        return right


def journal(out):
    """Of the last run: how documents ended, by source."""
    ends = collections.defaultdict(list)
    run = None
    for line in (out / ".agendapack/journal.jsonl").open(encoding="utf-8"):
        try:
            event = json.loads(line)
        except json.JSONDecodeError:
            continue  # torn by a kill
        if event["event"] == "run_started":
            run, ends = event["run"], collections.defaultdict(list)
        elif event["event"] == "finished" and event["run"] == run:
            ends[event["source"]].append((event["outcome"], event["stem"]))
    return ends


def silent(run, out, ends, samples):
    """Damaged packs that ended as done with another text than their sample's: nobody was told."""
    def text(stem):
        return (out / stem / "pack.md").read_text(encoding="utf-8").split("\n---\n", 1)[-1]
    sound, damaged = {}, []
    for source, ((outcome, stem), *_) in ends.items():
        kind, sample = samples.get(source, (None, None))
        if kind == "sound" and outcome == "done":
            sound.setdefault(sample, stem)
        elif kind == "damaged":
            damaged.append((outcome, stem, sample))
    lost = [s for outcome, s, sample in damaged if outcome == "done" and text(s) != text(sound[sample])]
    print(f"lost in silence         {len(lost)} of {len(damaged)} damaged")
    # A byte of what has no checksum (a number, a key) can change the text with nobody to know.
    run.check(len(lost) <= 1 + len(damaged) // 50, f"lost in silence: {lost[:5]}")


def tree(out):
    """Hash of every file but those of the work folder."""
    hashes = {}
    for folder, folders, files in os.walk(out):
        folders[:] = [f for f in folders if f != ".agendapack"]
        for name in files:
            path = Path(folder, name)
            hashes[str(path.relative_to(out))] = hashlib.blake2b(path.read_bytes()).digest()
    return hashes


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--packs", type=int, default=5000)
    parser.add_argument("--jobs", type=int, default=0)
    parser.add_argument("--kills", type=int, default=8)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--folder", type=Path, help="work here and keep all [default: a temporary folder]")
    args = parser.parse_args()
    folder = args.folder or Path(tempfile.mkdtemp(prefix="agendapack-soak-"))
    try:
        sys.exit(soak(args, folder))
    finally:
        if not args.folder:
            shutil.rmtree(folder, ignore_errors=True)


def soak(args, folder):
    dice = random.Random(args.seed)
    packs, first, second = folder / "packs", folder / "undisturbed", folder / "killed"
    for old in (packs, first, second):
        shutil.rmtree(old, ignore_errors=True)
    kinds, samples = make(packs, args.packs, dice)
    print(f"packs                   {args.packs}: " + ", ".join(f"{n} {k}" for k, n in kinds.most_common()))
    time.sleep(2.1)  # files of this moment are read again by the next run
    run = Soak(str(Path(args.program).resolve()), packs, args.jobs)

    seconds, summary = run.convert(first)
    outcomes = ("done", "partial", "failed", "skipped", "duplicates")
    print(f"first run               {seconds:.1f} s: " + ", ".join(f"{summary[o]} {o}" for o in outcomes))
    print(f"                        failed: {summary['codes']}")
    print(f"packs a minute          {60 * (summary['done'] + summary['partial']) / seconds:.0f}")
    print(f"pages a minute          {60 * summary['pages'] / seconds:.0f} ({summary['pages']} pages)")
    print(f"peak memory             {summary.get('peak_mb')} MB, workers {summary.get('worker_peak_mb')} MB each at most")
    print(f"workers replaced        {summary['workers_replaced']}")
    account(run, "journal, first run", journal(first), args.packs)
    silent(run, first, journal(first), samples)

    again, summary = run.convert(first)
    share = again / seconds
    print(f"second run              {again:.2f} s, {100 * share:.2f}% of the first: {summary['done'] + summary['partial']} converted")
    run.check(summary["done"] + summary["partial"] == 0, "the second run converted something")
    run.check(share < 0.02, f"the second run took {100 * share:.1f}% of the first's time")
    account(run, "journal, second run", journal(first), args.packs)

    run.killed(second, seconds * 0.8, args.kills, dice)
    resumed, _ = run.convert(second)
    print(f"killed {args.kills} times, resumed  {resumed:.1f} s to the end")
    account(run, "journal, resumed run", journal(second), args.packs)
    wanted = compare(run, "killed and resumed", tree(first), tree(second))

    begun = time.monotonic()
    stage = subprocess.run([run.program, "stage", "tables", str(first), "--pipeline", "archive"], capture_output=True, text=True)
    if stage.returncode == 2:
        print("stage tables on all     not by this version:", stage.stderr.strip().splitlines()[0])
    else:
        # Packs that failed before fail again.
        run.check(stage.returncode in (0, 3), f"stage: exit code {stage.returncode}: {stage.stderr[-300:]}")
        print(f"stage tables on all     {time.monotonic() - begun:.1f} s, exit code {stage.returncode}")
        compare(run, "one stage again", wanted, tree(first))
    for what in run.wrong:
        print("WRONG:", what)
    return 1 if run.wrong else 0


def account(run, name, ends, packs):
    """Every file has one line."""
    lines = sum(map(len, ends.values()))
    print(f"{name:24}{lines} lines for {packs} files")
    run.check(lines == packs and len(ends) == packs, f"{name}: {lines} lines for {len(ends)} of {packs} files")


def compare(run, name, wanted, got):
    lost = [p for p in wanted if p not in got]
    added = [p for p in got if p not in wanted]
    other = [p for p in wanted if p in got and got[p] != wanted[p]]
    print(f"{name:24}{len(lost)} files lost, {len(added)} too many, {len(other)} differing of {len(wanted)}")
    run.check(not lost + added + other, f"{name}: {(lost + added + other)[:5]}")
    return wanted


if __name__ == "__main__":
    main()
