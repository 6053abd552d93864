"""Small documents of each kind, made here: also some that are made to do harm."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

from docx import Document


def pdf(pages: Sequence[str]) -> bytes:
    """A PDF with a line or more of ASCII text on each page."""
    kids = " ".join(f"{4 + 2 * at} 0 R" for at in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for at, text in enumerate(pages):
        shown = " ".join(f"({line}) Tj T*" for line in text.splitlines())
        content = f"BT /F1 12 Tf 14 TL 72 720 Td {shown} ET"
        font = "/Resources << /Font << /F1 3 0 R >> >> /MediaBox [0 0 612 792]"
        objects += [
            f"<< /Type /Page /Parent 2 0 R {font} /Contents {5 + 2 * at} 0 R >>",
            f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        ]
    return _assembled(objects)


def endless_pdf() -> bytes:
    """A PDF whose page tree goes round in circles."""
    return _assembled(["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [2 0 R 2 0 R 2 0 R] /Count 99999999 >>"])


def swelling_pdf() -> bytes:
    """A PDF of some kilobytes with a page that unpacks to 200 MB."""
    packed = zlib.compressobj(9)
    bomb = b"".join(packed.compress(b"\0" * (1 << 24)) for _ in range(12)) + packed.flush()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>",
        b"<< /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (len(bomb), bomb),
    ]
    return _file(objects)


def docx(paragraphs: Sequence[tuple[str, str]], rows: Sequence[Sequence[str]] = ()) -> bytes:
    """A Word file of (style, text) and a table."""
    document = Document()
    for style, text in paragraphs:
        document.add_paragraph(text, style=style)
    if rows:
        table = document.add_table(len(rows), len(rows[0]))
        for row, cells in zip(table.rows, rows, strict=True):
            for cell, text in zip(row.cells, cells, strict=True):
                cell.text = text
    held = io.BytesIO()
    document.save(held)
    return held.getvalue()


def docx_bomb(*, honest: bool) -> bytes:
    """A Word file of some hundred kilobytes whose text unpacks to 300 MB; one that is not `honest` says it is small."""
    held = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(docx([("Normal", "x")]))) as plain,
        zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as bomb,
    ):
        for name in plain.namelist():
            if name != "word/document.xml":
                bomb.writestr(name, plain.read(name))
        start, end = plain.read("word/document.xml").split(b"<w:t>x</w:t>")
        with bomb.open("word/document.xml", "w", force_zip64=True) as text:
            text.write(start)
            for _ in range(300):
                text.write(b"<w:t>%s</w:t>" % (b"a" * (1 << 20)))
            text.write(end)
        if not honest:
            bomb.getinfo("word/document.xml").file_size = 1000
    return held.getvalue()


def some(folder: Path, count: int) -> None:
    """`count` files of eight kinds, each with a word of its own in it."""
    for at in range(count):
        place = folder / f"part{at % 7}"
        place.mkdir(parents=True, exist_ok=True)
        word = f"word{at}"
        prose = [f"Paragraph {number} of {word} tells how the parts of machine {at} are put together." for number in range(12)]
        match at % 8:
            case 0:
                (place / f"{at}.md").write_text(f"# About {word}\n\n" + "\n\n".join(prose))
            case 1:
                (place / f"{at}.txt").write_text("\n\n".join(prose))
            case 2:
                (place / f"{at}.html").write_text(f"<h1>{word}</h1>" + "".join(f"<p>{text}</p>" for text in prose))
            case 3:
                (place / f"{at}.csv").write_text("name,value\n" + "".join(f"{word} {row},{row * at}\n" for row in range(80)))
            case 4:
                (place / f"{at}.py").write_text("".join(f"def {word}_{row}():\n    return {row}\n\n\n" for row in range(30)))
            case 5:
                (place / f"{at}.docx").write_bytes(docx([("Heading 1", word), *(("Normal", text) for text in prose)]))
            case 6:
                (place / f"{at}.pdf").write_bytes(pdf(["\n".join(prose[:6]), "\n".join(prose[6:])]))
            case 7:
                (place / f"{at}.json").write_text('{"name": "' + word + '"}\n')


def _assembled(objects: Sequence[str]) -> bytes:
    return _file([text.encode("ascii") for text in objects])


def _file(objects: Sequence[bytes]) -> bytes:
    data, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    data += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(data)
