#!/bin/sh
# Installs the programs measured beside ours into a virtual environment below target/; run it once, from the repository's folder.
set -eu
python3 -m venv target/peers/venv
target/peers/venv/bin/pip install --quiet --disable-pip-version-check pypdf pikepdf pypdfium2 docx2txt python-docx
