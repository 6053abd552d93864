"""Readers of HTML, PDF and Word files, by libraries that are kept for it."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aishell.memory.documents.chunks import Piece
from aishell.memory.documents.plain import NotText

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

MOST_PAGES = 2000
_MOST_UNPACKED = 200 << 20
"""Bytes that a .docx may say it unpacks to. One that lies meets the memory limit of the process."""
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_UNSEEN = frozenset("script style noscript template svg math nav iframe object head".split())
_INLINE = frozenset(
    "a abbr b bdi bdo cite code data del dfn em font i ins kbd label mark q s samp small span strong sub sup time tt u"
    " var wbr".split()
)
_DEEPEST = 40
"""Elements looked up for the block a text stands in: a page nested deeper is not made to be read."""


def html(data: str) -> Iterator[Piece]:
    """The text of each block, below its headings; scripts, styles and navigation left out."""
    from selectolax.lexbor import LexborHTMLParser

    headings: dict[int, str] = {}
    for block, text in _html_blocks(LexborHTMLParser(data).root):
        text = text.strip() if block == "pre" else " ".join(text.split())
        if level := _HEADINGS.get(block):
            headings = {**{at: old for at, old in headings.items() if at < level}, level: text[:120]}
        elif text:
            yield Piece(text=text, headings=tuple(filter(None, headings.values())))


def html_title(data: str) -> str:
    from selectolax.lexbor import LexborHTMLParser

    title = LexborHTMLParser(data).css_first("title")
    return " ".join(title.text().split()) if title else ""


def _html_blocks(root: LexborNode | None) -> Iterator[tuple[str, str]]:
    """Tag and text of each block, where consecutive text has the same block around it."""
    at, tag = 0, ""
    held: list[str] = []
    for node in root.traverse(include_text=True) if root else ():
        if node.tag == "br":
            held.append("\n")
        if node.tag != "-text":
            continue
        block = _block(node)
        if block is None:
            continue
        if block.mem_id != at and held:
            yield tag, "".join(held)
            held = []
        at, tag = block.mem_id, str(block.tag)
        held.append(node.text(deep=False))
    if held:
        yield tag, "".join(held)


def _block(node: LexborNode) -> LexborNode | None:
    """The element that makes a paragraph of a text; None when the text is not shown, or lies too deep."""
    block: LexborNode | None = None
    above = node.parent
    for _ in range(_DEEPEST):
        if above is None or above.tag == "-document":
            return block
        if above.tag in _UNSEEN:
            return None
        if block is None and above.tag not in _INLINE:
            block = above
        above = above.parent
    return block


def pdf(data: bytes) -> Iterator[Piece]:
    """The paragraphs of each page. Raises NotText."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise NotText("it is locked with a password")
        for number, page in zip(range(1, MOST_PAGES + 1), reader.pages, strict=False):
            for paragraph in page.extract_text().split("\n\n"):
                yield Piece(text=" ".join(paragraph.split()), page=number)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError) as error:
        # a damaged file ends in any of these, wherever pypdf meets the damage
        raise NotText(f"it is not a PDF that can be read ({type(error).__name__})") from error


def docx(data: bytes) -> Iterator[Piece]:
    """Paragraphs below their headings, and the rows of tables. Raises NotText."""
    from docx import Document
    from docx.opc.exceptions import OpcError
    from docx.table import Table

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(member.file_size for member in archive.infolist()) > _MOST_UNPACKED:
                raise NotText("it unpacks to more than a document needs")
        headings: dict[int, str] = {}
        for block in Document(io.BytesIO(data)).iter_inner_content():
            if isinstance(block, Table):
                for row in block.rows:
                    yield Piece(text=" | ".join(cell.text.strip() for cell in row.cells), headings=tuple(headings.values()))
                continue
            text, style = block.text.strip(), (block.style.name if block.style else "") or ""
            level = 1 if style == "Title" else int(style[8:]) if style[:8] == "Heading " and style[8:].isdigit() else 0
            if level and text:
                headings = {**{at: old for at, old in headings.items() if at < level}, level: text[:120]}
            elif text:
                yield Piece(text=text, headings=tuple(headings.values()))
    except (
        zipfile.BadZipFile,
        zlib.error,
        OpcError,
        SyntaxError,  # what lxml's errors are
        KeyError,
        ValueError,
        AttributeError,
        NotImplementedError,
    ) as error:
        raise NotText(f"it is not a Word document that can be read ({type(error).__name__})") from error
