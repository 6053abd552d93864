"""Documents: each kind read, cut where a reader would, and harmless whatever is in them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from aishell.memory.documents.chunks import MOST, Chunk, Piece, chunks
from aishell.memory.documents.kinds import Kind, is_secret, kind_of
from aishell.memory.documents.plain import NotText, code, decoded, markdown, paragraphs, table
from aishell.memory.documents.reader import Extract, Reader
from aishell.memory.documents.rich import html
from tests import documents

MOST_BYTES = 64 << 20


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader(patience_s=40) as process:
        yield process


def read(reader: Reader, tmp_path: Path, name: str, data: bytes) -> Extract:
    file = tmp_path / name
    file.write_bytes(data)
    kind = kind_of(name)
    assert kind is not None
    return reader.read(str(file), kind, known="", most_bytes=MOST_BYTES)


def test_markdown_keeps_the_path_of_headings_and_the_lines() -> None:
    text = (
        "# Guide\n\nHello.\n\n## Install\n\n### Linux\n\n"
        + "Use apt. " * 60
        + "\n\n```sh\n# not a heading\n```\n\nUse\n---\n\nEnd.\n"
    )
    found = [*chunks(markdown(text))]
    assert [chunk.headings for chunk in found] == ["Guide > Install > Linux", "Guide > Use"] or found[0].headings == "Guide"
    linux = next(chunk for chunk in found if "apt" in chunk.text)
    assert "# not a heading" in "".join(chunk.text for chunk in found)
    assert linux.place.startswith("Guide")
    assert "lines" in linux.place


def test_a_part_says_its_section_and_lines() -> None:
    text = "# Install\n\n## Linux\n\n" + "\n".join(f"Line {at} says something of use here." for at in range(20))
    (only,) = chunks(markdown(text))
    assert (only.headings, only.place) == ("Install > Linux", "Install > Linux, lines 5-24")


def test_small_sections_share_a_part_with_their_headings_in_it() -> None:
    text = "# Keys\n\n" + "\n\n".join(f"## Key {at}\n\nDoes {at}." for at in range(4))
    (only,) = chunks(markdown(text))
    assert "Key 3\nDoes 3." in only.text
    assert only.headings == "Keys"


@pytest.mark.parametrize(
    "text",
    [
        "A sentence of some words. " * 500,
        "没有空格的一句话，说的是机器。" * 300,
        "x" * 20_000,
        "word " * 4000,
        "\n" * 5000 + "end",
        "",
    ],
    ids=["sentences", "chinese", "no blank", "no sentence", "empty lines", "nothing"],
)
def test_parts_are_never_too_long_and_nothing_is_lost(text: str) -> None:
    found = [*chunks([Piece(text=text)])]
    assert all(len(chunk.text.encode()) <= MOST for chunk in found)
    joined = "".join(chunk.text for chunk in found)
    assert set(text.split()) <= set(joined.replace("\n", " ").split()) or "".join(text.split()) in "".join(joined.split())
    if len(text.strip().encode()) > 4000:
        assert sum(len(chunk.text.encode()) for chunk in found) / len(found) > 700


def test_the_next_part_begins_with_the_last_sentence() -> None:
    text = "\n\n".join(f"Paragraph {at} is about one thing, and {at} says it at some length. End of {at}." for at in range(30))
    first, second, *_ = chunks(paragraphs(text))
    assert second.text.startswith(first.text.split(". ")[-1])


def test_code_is_cut_at_definitions_with_their_lines() -> None:
    body = "\n\n".join(f"    step_{at} = {at}  # a comment of some length to fill the line" for at in range(20))
    text = f"import os\n\n\ndef first(a):\n{body}\n\n\nclass Second:\n    x = 1\n"
    found = [*chunks(code(text))]
    assert {chunk.headings for chunk in found} >= {"def first(a)"}
    for chunk in found:
        first = int(chunk.place.rpartition(" ")[2].split("-")[0])
        assert chunk.text.splitlines()[0].strip() in (text.splitlines()[first - 1].strip(), *chunk.headings.split(" > "))


def test_a_table_repeats_its_header() -> None:
    text = "city;people\n" + "".join(f"Town {at};{at * 1000}\n" for at in range(200))
    found = [*chunks(table(text, tabs=False))]
    assert len(found) > 2
    assert all(chunk.text.startswith("city | people\n") for chunk in found)
    assert found[1].place.startswith("rows ")
    assert sum(chunk.text.count("Town") for chunk in found) == 200


def test_html_without_scripts_and_menus() -> None:
    text = (
        "<title>T</title><script>bad()</script><nav>menu</nav><h1>Top</h1>tail<p>one <i>two</i> three<h2>Sub</h2>"
        "<ul><li>x<li>y</ul><pre>a\n  b</pre>"
    )
    found = [(piece.headings, piece.text) for piece in html(text)]
    assert found[:2] == [(("Top",), "tail"), (("Top",), "one two three")]
    assert (("Top", "Sub"), "a\n  b") in found
    assert not any(word in str(found) for word in ("bad()", "menu"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(encoding: str) -> None:
    text = "Größe und Wärme: über die Übung für Mädchen, schön gemäß der Straße.\n" * 5
    assert decoded(text.encode(encoding)) == text


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(NotText):
        decoded(b"\x7fELF\0\0\0\1")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.MD", "markdown"),
        ("Makefile", "code"),
        ("README", "text"),
        ("x.tsv", "csv"),
        ("a.bin", None),
        (".md", None),
        ("a", None),
    ],
)
def test_kinds_by_name(name: str, kind: Kind | None) -> None:
    assert kind_of(name) == kind


@pytest.mark.parametrize("name", ["id_rsa", ".env", "server.PEM", ".netrc", ".aws/credentials", ".ssh/config", ".env.local"])
def test_secrets_by_name(name: str) -> None:
    assert is_secret(Path("/home/me") / name)
    assert not is_secret(Path("/home/me/environment.md"))


def test_a_pdf_says_its_pages(reader: Reader, tmp_path: Path) -> None:
    found = read(reader, tmp_path, "a.pdf", documents.pdf(["first page here\n" * 25, "second page\nwith lines", "third"]))
    assert [chunk.place for chunk in found.chunks] == ["page 1", "pages 2-3"]
    assert found.chunks[-1].text == "second page with lines\nthird"


def test_a_word_file_has_headings_and_tables(reader: Reader, tmp_path: Path) -> None:
    data = documents.docx(
        [("Title", "Guide"), ("Heading 1", "Start"), ("Normal", "Press it. " * 40)], rows=[["a", "b"], ["c", "d"]]
    )
    found = read(reader, tmp_path, "a.docx", data)
    assert found.chunks[0].headings == "Start"
    assert any("c | d" in chunk.text for chunk in found.chunks)


HOSTILE: dict[str, bytes] = {
    "endless.pdf": documents.endless_pdf(),
    "noise.pdf": b"%PDF-1.7\n" + bytes(range(256)) * 40,
    "empty.docx": b"PK\3\4",
    "deep.html": b"<div>" * 20_000 + b"text",
    "deep.json": b"[" * 300_000,
    "line.txt": b"a" * 12_000_000,
    "bytes.txt": b"\xff\xfe\xfd" * 9999,
    "broken.md": b"# \xff\xfe \xc3\x28\n\nwords",
    "quote.csv": b'a,b\n"' + b"x" * 500_000,
    "binary.py": b"\0\1\2" * 1000,
    "nul.txt": b"one\n" * 40_000 + b"two\0three",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_document_ends_in_parts_or_a_sentence(reader: Reader, tmp_path: Path, name: str) -> None:
    found = read(reader, tmp_path, name, HOSTILE[name])
    assert bool(found.problem) is not bool(found.chunks)
    assert all(len(chunk.text.encode()) <= MOST and "\0" not in chunk.text for chunk in found.chunks)
    after = read(reader, tmp_path, "fine.md", b"# Fine\n\nStill reading.")
    assert after.chunks == (Chunk(text="Still reading.", headings="Fine", place="Fine, line 3"),)


@pytest.mark.parametrize("honest", [True, False])
def test_a_zip_bomb_is_given_up(reader: Reader, tmp_path: Path, honest: bool) -> None:
    found = read(reader, tmp_path, "bomb.docx", documents.docx_bomb(honest=honest))
    assert found.problem
    assert not found.chunks


def test_a_page_that_swells_is_given_up(reader: Reader, tmp_path: Path) -> None:
    found = read(reader, tmp_path, "bomb.pdf", documents.swelling_pdf())
    assert not found.chunks
    assert read(reader, tmp_path, "fine.txt", b"Still reading.").chunks


def test_a_reader_that_falls_silent_is_replaced(tmp_path: Path) -> None:
    with Reader(patience_s=1.5) as impatient:
        fine = read(impatient, tmp_path, "a.txt", b"words")
        assert fine.chunks
        process = impatient._process
        assert process is not None
        process.send_signal(19)  # it stops, as one that computes for ever would seem to
        assert "too long" in read(impatient, tmp_path, "b.txt", b"words").problem
        assert process.returncode == -9
        assert read(impatient, tmp_path, "b.txt", b"words").chunks == fine.chunks


def test_a_link_a_pipe_and_a_missing_file_are_not_read(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "link.txt").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe.txt")
    for name in ("link.txt", "pipe.txt", "missing.txt"):
        assert reader.read(str(tmp_path / name), "text", known="", most_bytes=MOST_BYTES).problem


def test_what_is_known_is_not_read_again(reader: Reader, tmp_path: Path) -> None:
    first = read(reader, tmp_path, "a.txt", b"words")
    again = reader.read(str(tmp_path / "a.txt"), "text", known=first.sha256, most_bytes=MOST_BYTES)
    assert again.same
    assert not again.chunks
