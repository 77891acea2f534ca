#!/bin/sh
# Installs the programs measured beside ours into a virtual environment below target/; run it once, from the repository's folder.
set -eu
python3 -m venv target/peers/venv
target/peers/venv/bin/pip install --quiet --disable-pip-version-check pypdf pikepdf pypdfium2 docx2txt python-docx
target/peers/venv/bin/pip install --quiet --disable-pip-version-check dbos
mkdir -p target/peers/restate
cd target/peers/restate
npm install --silent --no-audit --no-fund @restatedev/restate-server @restatedev/restate-sdk @restatedev/restate-sdk-clients
