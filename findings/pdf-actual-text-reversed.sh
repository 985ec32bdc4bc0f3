#!/bin/sh
# Readers of PDF turn round the words that a file says it shows, when they run from the right.
#
# Date: 2026-11-30. poppler 22.12 (pdftotext), MuPDF 2.0 (pymupdf), pdfium (pypdfium2 5.15.2), fpdf2 2.8.9.
#
# One would guess: ActualText is the standard's own way to say which words a piece of a page stands for (ISO 32000-1,
# 14.9.4), in the order in which they are written. A page that says so is copied and searched better than one that leaves
# it to its shapes.
#
# What happens: a Hebrew name that is drawn from the right is copied as it was written by all three readers, as long as
# the page says nothing. With ActualText around it (the very same letters, in the order of writing) all three give the
# letters backwards: they take the words for letters as they stand from left to right, and turn them round once more.
#
# Why it matters: a name is copied from a letter into another record, or searched for. Reversed it is still a word that
# can be pasted, and nobody who does not read Hebrew or Arabic sees it.
#
# What to do instead: no ActualText for words from the right. Draw each stretch by itself, and let each shape say which
# letters of its own it stands for.
#
# Needs python3 with venv, and pdftotext (Debian: poppler-utils). Exit: 0 as long as it behaves as described, 1 when that
# has changed, 2 when something is missing.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
command -v pdftotext >/dev/null || { echo "pdftotext is missing"; exit 2; }
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check fpdf2==2.8.9 uharfbuzz==0.57.0 \
    manimgx-fonts==2026.9.26.post1 pymupdf pypdfium2 2>/dev/null || { echo "a package is missing"; exit 2; }

cat > "$folder/reading.py" <<'PROGRAM'
import subprocess
import sys
from pathlib import Path

import manimgx_fonts
import pymupdf
import pypdfium2
from fpdf import FPDF

name, says_so = "\u05e9\u05e8\u05d4", sys.argv[1] == "said"
file = str(Path(sys.argv[2]) / "page.pdf")
page = FPDF()
page.add_page()
page.add_font("hebrew", "", Path(manimgx_fonts.__file__).parent / "NotoSansHebrew[wght].ttf")
page.set_text_shaping(True)
page.set_font("hebrew", "", 20)
if says_so:
    page._out(f"/Span <</ActualText <FEFF{name.encode('utf-16-be').hex()}>>> BDC")
page.cell(80, 10, name)
if says_so:
    page._out("EMC")
page.output(file)
copied = {
    "poppler": subprocess.run(["pdftotext", file, "-"], capture_output=True, text=True).stdout,
    "mupdf": pymupdf.open(file)[0].get_text(),
    "pdfium": pypdfium2.PdfDocument(file)[0].get_textpage().get_text_range(),
}
for reader, text in copied.items():
    print(reader, " ".join(f"{ord(letter):04X}" for letter in text if letter.isalpha()))
PROGRAM
silent=$("$folder/venv/bin/python" "$folder/reading.py" silent "$folder")
said=$("$folder/venv/bin/python" "$folder/reading.py" said "$folder")
echo "Written 05E9 05E8 05D4. Copied from a page that says nothing:"
echo "$silent"
echo "Copied from a page that says the name in ActualText:"
echo "$said"
for reader in poppler mupdf pdfium; do
    echo "$silent" | grep -q "^$reader 05E9 05E8 05D4$" || exit 1
    echo "$said" | grep -q "^$reader 05D4 05E8 05E9$" || exit 1
done
