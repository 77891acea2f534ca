#!/usr/bin/env python3
"""Gives every file of a folder of hostile and odd files to `PROGRAM mail explain FILE --json`.

    corpus.py DIR PROGRAM

A mail is given as it is; any other file is first attached to a small mail. Each must be answered within 30 seconds: read, or with
a named problem. Prints a line for each folder and a total, names the offenders, and ends with 1 when there is one.
"""

import collections
import concurrent.futures
import email.message
import email.policy
import json
import mimetypes
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

JOBS = 2
SECONDS_MAX = 30
# The parts of the corpus that are no input: what other programs read from it.
NO_INPUT = {"expected"}


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
    problems = sorted({document["problem"] for document in documents if document["problem"]})
    return ("problem", " ".join(problems)) if problems else ("read", "")


def main() -> int:
    if len(sys.argv) != 3:
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
    return 1 if counts["total"]["crash"] or counts["total"]["timeout"] or not files else 0


if __name__ == "__main__":
    sys.exit(main())
