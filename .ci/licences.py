#!/usr/bin/env python3
"""Every dependency has a licence we may ship and comes from the registry; each of our own choice stands in `docs/dependencies.md`.

Prints nothing but faults and one line of counts.
"""
import json
import pathlib
import re
import subprocess
import sys

ALLOWED = {
    "MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause", "ISC", "Zlib", "0BSD", "CC0-1.0",
    "Unicode-3.0", "Unlicense", "BSL-1.0", "CDLA-Permissive-2.0", "MPL-2.0", "MIT-0", "bzip2-1.0.6",
}


def fine(expression: str) -> bool:
    """One alternative of the expression consists of allowed licences only."""
    flat = expression.replace("(", " ").replace(")", " ").replace("/", " OR ")
    return any(
        all(part.strip() in ALLOWED for part in re.split(r"\s+AND\s+", alternative))
        for alternative in re.split(r"\s+OR\s+", flat)
    )


def main() -> int:
    text = subprocess.run(
        ["cargo", "metadata", "--format-version", "1", "--locked"], check=True, capture_output=True, text=True
    ).stdout
    packages = json.loads(text)["packages"]
    chosen = {one["name"] for package in packages if package["source"] is None for one in package["dependencies"]}
    rows = [line.split("|")[1] for line in pathlib.Path("docs/dependencies.md").read_text().splitlines() if line.startswith("|")]
    told = {name for row in rows for name in re.split(r"[\s,()]+", row)}
    faults = [f"{name}: a direct dependency without a row in docs/dependencies.md" for name in sorted(chosen - told)]
    for package in packages:
        licence = package.get("license") or ""
        if package["source"] is None:
            continue
        if not package["source"].startswith("registry+"):
            faults.append(f"{package['name']} {package['version']}: not from the registry")
        if not licence or not fine(licence):
            faults.append(f"{package['name']} {package['version']}: licence `{licence}` is not on the list")
    for fault in faults:
        print(fault)
    print(f"{len(packages) - 1} dependencies, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
