#!/usr/bin/env python3
"""Gives every file of a folder of hostile and odd files to `PROGRAM mail explain FILE --json`.

    corpus.py DIR PROGRAM [DUMP]

A mail is given as it is; any other file is first attached to a small mail. Each must be answered within 30 seconds: read, or with
a named problem. Of saved mails (`msg`, `tnef`) every attachment that other programs found (`expected/`) must be among the documents.
With DUMP, the example `dump_reading`, the words of each PDF are compared with those of `pdftotext` (F1 of the two bags of words), and the
values of fields, subjects and senders with those in `expected/`: what the forms were filled with, and what other programs read.
Prints a line for each folder and a total, names the offenders, and ends with 1 when there is one or a threshold is missed.
"""

import collections
import concurrent.futures
import email.message
import email.policy
import json
import mimetypes
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile

JOBS = 2
SECONDS_MAX = 30
# The parts of the corpus that are no input: what other programs read from it.
NO_INPUT = {"expected"}
# Of the files whose words are compared: the middle one is at least this good, and no more than this share is below a half.
WORDS_F1_MEDIAN_MIN = 0.98
WORDS_POOR_SHARE_MAX = 0.05
# Shares of values equal to those in `expected/`. What is known for certain is always equal; the rest is read by other programs, which err
# too. These thresholds only rise.
VALUES_MIN = {"filled_with": 1.0, "pdf_fields": 0.996, "pdf_fields_found": 1.0, "word_controls": 0.93, "subjects": 0.98, "senders": 0.99}
# Fewer words than these say nothing about how well a page is read.
WORDS_COMPARED_MIN = 10
# Pictures set into a text are passed over below this size; other programs list them.
DECORATION_BYTES_MAX = 20 << 10


def wrapped(file: pathlib.Path, folder: str) -> pathlib.Path:
    """A small mail in `folder` with `file` attached."""
    kind = (mimetypes.guess_type(file.name)[0] or "application/octet-stream").split("/")
    if kind[0] in ("message", "multipart", "text"):
        kind = ["application", "octet-stream"]
    mail = email.message.EmailMessage(policy=email.policy.SMTP)
    mail["From"] = "Robin Sample <robin.sample@example.org>"
    mail["To"] = "nominations@example.org"
    mail["Date"] = "Mon, 01 Feb 2016 10:00:00 +0000"
    mail["Message-ID"] = "<corpus@example.org>"
    mail["Subject"] = "Nomination form"
    mail.set_content("Please find the form attached.\n")
    mail.add_attachment(file.read_bytes(), maintype=kind[0], subtype=kind[1], filename=file.name)
    path = pathlib.Path(tempfile.mkstemp(suffix=".eml", dir=folder)[1])
    path.write_bytes(mail.as_bytes())
    return path


def outcome(program: str, file: pathlib.Path, folder: str) -> tuple[str, str]:
    """`read`, `problem`, `crash` or `timeout`, and what was said."""
    mail = file if file.parent.name == "eml" else wrapped(file, folder)
    command = [program, "mail", "explain", str(mail), "--json"]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, start_new_session=True)
    try:
        said, complained = process.communicate(timeout=SECONDS_MAX)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return "timeout", f"no answer within {SECONDS_MAX} s"
    finally:
        if mail is not file:
            mail.unlink()
    try:
        answer = json.loads(said)
        documents = answer["documents"]
    except (ValueError, KeyError, TypeError):
        last = complained.decode("utf-8", "replace").strip().splitlines()[-1:]
        return "crash", f"exit {process.returncode} without an answer: {' '.join(last)}"
    if answer.get("problem"):
        return "problem", "unread_mail"
    if mail is not file and not documents:
        return "crash", "the attached file is not among the documents"
    lost = attachments_lost(file, documents)
    if lost:
        return "crash", f"other programs found attachments that we did not: {', '.join(lost)}"
    problems = sorted({document["problem"] for document in documents if document["problem"]})
    return ("problem", " ".join(problems)) if problems else ("read", "")


def attachments_lost(file: pathlib.Path, documents: list) -> list[str]:
    """Names of attachments that other programs found in a saved mail and we did not."""
    expected = file.parent.parent / "expected" / f"{file.name}.json"
    if file.parent.name not in ("msg", "tnef") or not expected.exists():
        return []
    found = collections.Counter(plain(document["name"] or "") for document in documents)
    wanted = json.loads(expected.read_text()).get("attachments", [])
    wanted = [one for one in wanted if one.get("name") and (one.get("size") or 0) > DECORATION_BYTES_MAX]
    return [one["name"] for one in wanted if not found[plain(one["name"])]]


def plain(name: str) -> str:
    return re.sub(r"\W", "", name.rstrip("\0")).lower()


def bag(text: str) -> collections.Counter:
    return collections.Counter(re.findall(r"[^\W_]+", text.lower()))


def words_f1(dump: str, file: pathlib.Path, folder: str) -> float | None:
    """How alike the words of `file` are to us and to `pdftotext`; None where there is nothing to compare."""
    try:
        theirs = subprocess.run(["pdftotext", "-q", str(file), "-"], capture_output=True, timeout=SECONDS_MAX).stdout
        wanted = bag(theirs.decode("utf-8", "replace"))
        # The page of a dynamic XFA form tells what program to buy; we read the form behind it.
        elsewhere = re.search(rb"please wait|requires adobe reader", theirs, re.IGNORECASE)
        if wanted.total() < WORDS_COMPARED_MIN or elsewhere:
            return None
        mail = wrapped(file, folder)
        ours = subprocess.run([dump, "--words", str(mail)], capture_output=True, timeout=4 * SECONDS_MAX)
        mail.unlink()
    except subprocess.TimeoutExpired:
        return 0.0
    got = bag(ours.stdout.decode("utf-8", "replace"))
    shared = (wanted & got).total()
    return 2 * shared / (wanted.total() + got.total())


def compare_words(root: pathlib.Path, dump: str) -> bool:
    """Prints how alike our words are to those of `pdftotext`; true when the thresholds hold."""
    files = sorted(path for path in (root / "pdf").glob("*") if path.is_file())
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        scores = list(pool.map(lambda file: words_f1(dump, file, folder), files))
    compared = [(score, file) for score, file in zip(scores, files) if score is not None]
    if not compared:
        print("words: nothing to compare", file=sys.stderr)
        return False
    median = statistics.median(score for score, _ in compared)
    poor = [(score, file) for score, file in compared if score < 0.5]
    for score, file in sorted(compared, key=lambda one: one[0])[:20]:
        print(f"  {score:.2f} {file.name}")
    print(f"words: {len(compared)} PDFs compared, F1 median {median:.3f}, below 0.5: {len(poor)}")
    return median >= WORDS_F1_MEDIAN_MIN and len(poor) <= WORDS_POOR_SHARE_MAX * len(compared)


def values_of(dump: str, file: pathlib.Path, folder: str) -> dict | None:
    """Subject, senders and fields of `file` as we read them; None where nothing is read."""
    mail = file if file.parent.name == "eml" else wrapped(file, folder)
    try:
        said = subprocess.run([dump, "--values", str(mail)], capture_output=True, timeout=4 * SECONDS_MAX).stdout
        return json.loads(said)
    except (subprocess.TimeoutExpired, ValueError):
        return None
    finally:
        if mail is not file:
            mail.unlink()


def same(value: object) -> object:
    """A value without what programs write each in their own way: white space, PDF's names of an empty box."""
    if isinstance(value, list):
        return " ".join(str(same(one)) for one in value)
    if value in (None, False, "Off", "/Off", ""):
        return ""
    return re.sub(r"\s+", " ", str(value).lstrip("/")).strip()


def fields_differing(expected: dict, ours: list, certain: bool) -> tuple[int, list[str]]:
    """How many fields were compared, and those that differ. A ticked box is `true` to us and the name of its state to others."""
    read = collections.defaultdict(list)
    for field in ours:
        read[field["name"]].append(field["value"])
    compared, wrong = 0, []
    wanted = expected["fields"]
    if isinstance(wanted, dict):
        wanted = [{"name": name, "value": value, "agree": True} for name, value in wanted.items()]
    for field in wanted:
        name, value = field["name"], field.get("value")
        # A signature is a fact to us and bytes to others.
        if not field.get("agree") or field.get("type") == "/Sig" or (not certain and name not in read):
            continue
        compared += 1
        got = read.get(name, [])
        ticked = any(one is True or (isinstance(one, str) and one) for one in got)
        equal = same(value) in [same(one) for one in got] or (not same(value) and not any(same(one) for one in got))
        if not (equal or (field.get("type", "/Btn") == "/Btn" and bool(same(value)) == ticked and (ticked or not same(value)))):
            wrong.append(f"{name}: {value!r}, we read {got!r}")
    return compared, wrong


def fields_missed(expected: dict, ours: list) -> tuple[int, list[str]]:
    """How many filled fields several programs agree on, and those of them we did not read at all."""
    read = {field["name"] for field in ours}
    filled = [one for one in expected["fields"] if one.get("agree") and one.get("type") != "/Sig" and same(one.get("value"))]
    return len(filled), [f"{one['name']}: not read" for one in filled if one["name"] not in read]


def controls_differing(expected: dict, ours: list) -> tuple[int, list[str]]:
    """The same of a Word document's content controls, which have no names: each text that is no placeholder is among ours."""
    read = collections.Counter(same(field["value"]) for field in ours if isinstance(field["value"], str))
    compared, wrong = 0, []
    for control in expected.get("sdt", []):
        groups = {"docPartObj", "docPartList", "repeatingSection", "repeatingSectionItem", "picture", "citation", "bibliography", "checkbox"}
        # Beside what somebody chose, some files keep the words that asked for it.
        text = same(control["text"]).removeprefix("Choose an item.")
        if control["placeholder"] or groups & set(control["kind"]) or not text or len(text) > 200:
            continue
        compared += 1
        if not read[text]:
            wrong.append(f"{control['alias'] or control['tag'] or 'a control'}: {text!r}")
    return compared, wrong


def differing(root: pathlib.Path, file: pathlib.Path, dump: str, folder: str) -> list[tuple[str, int, list[str]]]:
    """Of `file`: for each kind of value how many were compared, and which differ."""
    known = {}
    for kind in ("authoritative.json", "json"):
        path = root / "expected" / f"{file.name}.{kind}"
        if path.exists():
            known[kind] = json.loads(path.read_text())
    if not known:
        return []
    # What could not be read counts as nothing read.
    ours = values_of(dump, file, folder) or {"fields": [], "from": [], "subject": ""}
    found = []
    if "authoritative.json" in known:
        found.append(("filled_with", *fields_differing(known["authoritative.json"], ours["fields"], True)))
    expected = known.get("json", {})
    if isinstance(expected.get("fields"), list):
        found.append(("pdf_fields", *fields_differing(expected, ours["fields"], False)))
        found.append(("pdf_fields_found", *fields_missed(expected, ours["fields"])))
    if "sdt" in expected:
        found.append(("word_controls", *controls_differing(expected, ours["fields"])))
    if file.parent.name == "eml" and expected.get("from"):
        theirs = re.findall(r"[\w.+-]+@[\w.-]+", expected["from"])
        equal = not theirs or any(one.lower() in [two.lower() for two in theirs] for one in ours["from"][:1])
        found.append(("senders", 1, [] if equal else [f"{expected['from']!r}, we read {ours['from']!r}"]))
    if file.parent.name in ("eml",) and expected.get("subject"):
        equal = same(expected["subject"]) == same(ours["subject"])
        found.append(("subjects", 1, [] if equal else [f"{expected['subject']!r}, we read {ours['subject']!r}"]))
    return found


def compare_values(root: pathlib.Path, files: list, dump: str) -> bool:
    """Prints how many values are those of `expected/`; true when the thresholds hold."""
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        found = list(pool.map(lambda file: differing(root, file, dump, folder), files))
    compared, wrong = collections.Counter(), collections.Counter()
    for file, kinds in zip(files, found):
        for kind, number, differ in kinds:
            compared[kind] += number
            wrong[kind] += len(differ)
            for one in differ[:3]:
                print(f"  {kind} {file.name}: {one[:160]}")
    good = True
    for kind, least in VALUES_MIN.items():
        share = 1 - wrong[kind] / compared[kind] if compared[kind] else 0.0
        good &= share >= least
        print(f"values, {kind}: {compared[kind]} compared, {share:.3f} equal, at least {least}")
    return good


def main() -> int:
    if len(sys.argv) not in (3, 4):
        print(__doc__, file=sys.stderr)
        return 2
    root, program = pathlib.Path(sys.argv[1]), os.path.abspath(sys.argv[2])
    folders = sorted(path for path in root.iterdir() if path.is_dir() and path.name not in NO_INPUT)
    files = [file for folder in folders for file in sorted(folder.rglob("*")) if file.is_file()]
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        outcomes = list(pool.map(lambda file: outcome(program, file, folder), files))
    counts, problems = collections.defaultdict(collections.Counter), collections.Counter()
    for file, (what, said) in zip(files, outcomes):
        counts[file.relative_to(root).parts[0]][what] += 1
        problems.update(said.split() if what == "problem" else [])
    counts["total"] = sum(counts.values(), collections.Counter())
    for name, count in counts.items():
        print(f"{name:8}" + "".join(f"{count[what]:6} {what}" for what in ("read", "problem", "crash", "timeout")))
    print("problems named:", ", ".join(f"{problem} {count}" for problem, count in sorted(problems.items())) or "none")
    for file, (what, said) in zip(files, outcomes):
        if what in ("crash", "timeout"):
            print(f"{what}: {file}: {said}", file=sys.stderr)
    alike = len(sys.argv) != 4 or compare_values(root, files, os.path.abspath(sys.argv[3]))
    if len(sys.argv) == 4 and shutil.which("pdftotext"):
        alike &= compare_words(root, os.path.abspath(sys.argv[3]))
    elif len(sys.argv) == 4:
        print("NOT RUN: words are compared with `pdftotext`, of the package poppler-utils", file=sys.stderr)
    return 1 if counts["total"]["crash"] or counts["total"]["timeout"] or not files or not alike else 0


if __name__ == "__main__":
    sys.exit(main())
