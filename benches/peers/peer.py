"""One peer over a folder of files: peer.py NAME FOLDER ROUNDS. Prints processor microseconds a file, a round each, and what it found."""
import io
import json
import pathlib
import sys
import time


def pypdf_fields(data):
    import pypdf
    return len(pypdf.PdfReader(io.BytesIO(data)).get_fields() or {})


def pikepdf_fields(data):
    import pikepdf
    found = 0
    with pikepdf.open(io.BytesIO(data)) as pdf:
        open_fields = list(pdf.Root.AcroForm.Fields)
        while open_fields:
            field = open_fields.pop()
            kids = [kid for kid in field.get("/Kids", []) if "/T" in kid]
            open_fields.extend(kids)
            if not kids:
                str(field.get("/T", "")), str(field.get("/V", ""))
                found += 1
    return found


def pypdfium2_text(data):
    import pypdfium2
    pdf = pypdfium2.PdfDocument(data)
    found = 0
    for page in pdf:
        text = page.get_textpage()
        found += len(text.get_text_bounded().split())
        text.close()
        page.close()
    pdf.close()
    return found


def docx2txt_text(data):
    import docx2txt
    return len(docx2txt.process(io.BytesIO(data)).split())


def python_docx_text(data):
    import docx
    document = docx.Document(io.BytesIO(data))
    found = sum(len(paragraph.text.split()) for paragraph in document.paragraphs)
    for table in document.tables:
        for row in table.rows:
            for cell in row.cells:
                found += len(cell.text.split())
    return found


PEERS = {
    "pypdf": pypdf_fields,
    "pikepdf": pikepdf_fields,
    "pypdfium2": pypdfium2_text,
    "docx2txt": docx2txt_text,
    "python-docx": python_docx_text,
}


def main():
    name, folder, rounds = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
    read = PEERS[name]
    files = [path.read_bytes() for path in sorted(folder.iterdir())]
    found = sum(read(data) for data in files)  # warm: imports, caches
    times = []
    for _ in range(rounds):
        before = time.process_time()
        for data in files:
            read(data)
        times.append((time.process_time() - before) / len(files) * 1e6)
    print(json.dumps({"microseconds": times, "found": found}))


main()
