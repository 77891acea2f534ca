#!/usr/bin/env python3
"""Writes the notices of everything inside the binary: each licence text once, under the names of the crates that carry it.

    notices.py [FILE]      writes FILE, by default THIRD-PARTY-NOTICES.md
    notices.py --check     ends with 1 when the file in the repository is not what would be written

Only what the binary holds on Linux counts: normal dependencies, no build tools, no tests. The texts are those that each crate
carries in the registry; Apache-2.0 and the like, which say the same for all, stand once, the others with their copyright lines.
"""

import collections
import json
import pathlib
import re
import subprocess
import sys

FILE = "THIRD-PARTY-NOTICES.md"
TARGET = "x86_64-unknown-linux-gnu"
LICENCE_FILE = re.compile(r"^(licen[cs]e|copying|notice|unlicense|copyright)", re.IGNORECASE)
# Where a crate offers a choice, the first of these that it offers is the one we take.
PREFERRED = ["MIT", "Apache-2.0", "BSD-3-Clause", "BSD-2-Clause", "ISC", "Zlib", "Unicode-3.0", "CDLA-Permissive-2.0", "MPL-2.0"]


def metadata() -> dict:
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", TARGET]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def inside_the_binary(data: dict) -> list[dict]:
    """Packages reached from ours over normal dependencies, by name and version. Macros run in the compiler and stay there."""
    nodes = {node["id"]: node for node in data["resolve"]["nodes"]}
    packages = {package["id"]: package for package in data["packages"]}
    reached, waiting = set(), [data["resolve"]["root"]]
    while waiting:
        one = waiting.pop()
        if one in reached or any("proc-macro" in target["kind"] for target in packages[one]["targets"]):
            continue
        reached.add(one)
        for dependency in nodes[one]["deps"]:
            if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
                waiting.append(dependency["pkg"])
    reached.discard(data["resolve"]["root"])
    return sorted((packages[one] for one in reached), key=lambda package: (package["name"], package["version"]))


def texts(package: dict) -> list[str]:
    """The licence texts of a package that hold for the licence taken, and its notices."""
    folder = pathlib.Path(package["manifest_path"]).parent
    files = [file for file in sorted(folder.iterdir()) if file.is_file() and LICENCE_FILE.match(file.name)]
    found = {file.name: file.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n").strip() for file in files}
    return list(dict.fromkeys(text for text in found.values() if text and wanted(text, package, found)))


def wanted(text: str, package: dict, found: dict[str, str]) -> bool:
    """Of a choice of licences one text is enough; what is no alternative, such as a notice, stays."""
    choice = re.split(r"\s+OR\s+|/", (package["license"] or "").replace("(", "").replace(")", ""))
    if len(choice) == 1 or " AND " in package["license"]:
        return True
    carried = [licence for licence in choice if any(is_text_of(licence, other) for other in found.values())]
    taken = next((licence for licence in PREFERRED if licence in carried), None)
    return taken is None or is_text_of(taken, text) or not any(is_text_of(licence, text) for licence in carried)


def is_text_of(licence: str, text: str) -> bool:
    marks = {
        "MIT": "Permission is hereby granted, free of charge",
        "Apache-2.0": "Apache License",
        "Apache-2.0 WITH LLVM-exception": "LLVM Exceptions",
        "Zlib": "This software is provided 'as-is'",
        "Unlicense": "free and unencumbered software",
        "BSL-1.0": "Boost Software License",
        "ISC": "Permission to use, copy, modify",
        "0BSD": "Permission to use, copy, modify",
    }
    flat = " ".join(text.split())
    return licence in marks and marks[licence] in flat


def written() -> str:
    """The whole file."""
    packages = inside_the_binary(metadata())
    carriers, without = collections.defaultdict(list), []
    for package in packages:
        label = f"{package['name']} {package['version']}"
        found = texts(package)
        if not found:
            without.append(f"- {label}: {package['license']}, {package['repository'] or 'no address given'}")
        for text in found:
            carriers[" ".join(text.split())].append((label, text))
    lines = [
        "# Third-party notices",
        "",
        f"The program contains {len(packages)} crates by others. Each licence stands once, under the crates that carry it.",
        "`.ci/notices.py` writes this file; do not edit it.",
        "",
    ]
    if without:
        lines += ["## Named in the manifest only", "", *without, ""]
    for _, group in sorted(carriers.items(), key=lambda item: item[1][0][0]):
        names = ", ".join(label for label, _ in group)
        lines += ["## " + names, "", "```text", group[0][1], "```", ""]
    return "\n".join(lines)


def main() -> int:
    path = pathlib.Path(__file__).resolve().parent.parent / FILE
    if sys.argv[1:] == ["--check"]:
        if path.is_file() and path.read_text(encoding="utf-8") == written():
            print(f"{FILE} is up to date")
            return 0
        print(f"{FILE} is not what the dependencies carry; write it anew with `.ci/notices.py`", file=sys.stderr)
        return 1
    path = pathlib.Path(sys.argv[1]) if sys.argv[1:] else path
    path.write_text(written(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
