#!/usr/bin/env python3
"""roundup_gateway.py TRACKER MAILS: gives every mail of a folder to Roundup's mail gateway and prints the CPU each cost."""
import pathlib
import resource
import sys
import types

from roundup import instance, mailgw


def spent():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


tracker = instance.open(sys.argv[1])
files = sorted(pathlib.Path(sys.argv[2]).glob("*.eml"))


def issues():
    database = tracker.open("admin")
    count = len(database.issue.list())
    database.close()
    return count


def give(raw):
    options = types.SimpleNamespace(default_class="", set_value=[])
    tracker.MailGW(tracker, options).handle_Message(mailgw.message_from_bytes(raw, mailgw.RoundupMessage))


for name in ("each sender new", "each sender known"):
    before, start = issues(), spent()
    for file in files:
        raw = file.read_bytes()
        # The second time it is another mail of the same sender.
        give(raw if name == "each sender new" else raw.replace(b"Message-ID: <", b"Message-ID: <again-", 1))
    each = 1000 * (spent() - start) / len(files)
    print(f"Roundup, {name}: {each:.1f} ms CPU a mail, {len(files)} mails, {issues() - before} issues opened")
