"""Pictures: what their bytes may be, the order of what stands on them, and the real reader of text."""

from __future__ import annotations

import io
import random
import socket
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from aishell.core.errors import UsageError
from aishell.functions.pictures import layout, picture
from aishell.functions.pictures.describe import Describing
from aishell.functions.pictures.layout import Piece
from aishell.functions.pictures.reading import Reader

CHINESE = Path("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc")
LINES = ("The bridge is closed on Monday.", "Take the ferry at 7:45 instead.", "Fare: 2.50 EUR")


def drawn(lines: tuple[str, ...] = LINES, size: float = 28, font: Path | None = None) -> Image.Image:
    letters = ImageFont.truetype(str(font), size) if font else ImageFont.load_default(size)
    image = Image.new("RGB", (520, 60 + 50 * len(lines)), "white")
    for number, line in enumerate(lines):
        ImageDraw.Draw(image).text((30, 30 + 50 * number), line, font=letters, fill="black")
    return image


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    data = io.BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


def exif(*, turned: int = 1, place: bool = False) -> Image.Exif:
    made = Image.Exif()
    made[0x010F], made[0x0110], made[0x0112], made[0x0132] = "Evil\x1b]52;c;eA==\x07", "X\nY", turned, "2026:05:01 12:30:00"
    if place:
        made.get_ifd(0x8825).update({1: "S", 2: (48.0, 12.0, 30.0), 3: "W", 4: (11.0, 30.0, 0.0)})
    return made


def piece(text: str, left: float, top: float, width: float | None = None, height: float = 20) -> Piece:
    right = left + (10 * len(text) if width is None else width)
    return Piece(text=text, score=1.0, box=((left, top), (right, top), (right, top + height), (left, top + height)))


def read(pieces: list[Piece]) -> list[str]:
    random.Random(3).shuffle(pieces)
    return layout.text(layout.rows(pieces)).splitlines()


# ---- order


def test_pieces_of_a_row_are_one_line_with_a_tab_where_the_gap_is_wide() -> None:
    pieces = [piece("Rye", 0, 0), piece("bread", 38, 3), piece("3.40", 300, -2), piece("Milk", 0, 40), piece("2.19", 300, 41)]
    assert read(pieces) == ["Rye bread\t3.40", "Milk\t2.19"]


def test_columns_of_prose_are_read_one_after_the_other_between_title_and_foot() -> None:
    left = [piece(f"left column line {number}", 0, 40 + 30 * number) for number in range(4)]
    right = [piece(f"right column line {number}", 300, 40 + 30 * number) for number in range(4)]
    title, foot = (
        piece("A title over the whole page, wide as both", 0, 0, 480),
        piece("page 1 of 2, printed in Leipzig", 100, 200),
    )
    found = read([title, *left, *right, foot])
    assert [line[:5] for line in found] == ["A tit", *["left "] * 4, *["right"] * 4, "page "]
    assert found[1].endswith("0")
    assert found[5].endswith("0")


def test_a_table_is_no_page_of_columns() -> None:
    cells = [piece(f"cell {row}{column}", 200 * column, 30 * row) for row in range(5) for column in range(3)]
    assert read(cells) == [f"cell {row}0\tcell {row}1\tcell {row}2" for row in range(5)]


def test_a_page_that_is_askew_is_put_straight_first() -> None:
    def lean(one: Piece) -> Piece:
        first, second, third, fourth = ((x - 0.15 * y, y + 0.15 * x) for x, y in one.box)
        return Piece(text=one.text, score=1.0, box=(first, second, third, fourth))

    pieces = [piece("a long line of a table", 0, 30 * row) for row in range(4)] + [
        piece(str(row), 500, 30 * row) for row in range(4)
    ]
    assert read([lean(one) for one in pieces]) == [f"a long line of a table\t{row}" for row in range(4)]


def test_chinese_pieces_that_touch_are_joined_without_a_blank() -> None:
    assert read([piece("今天", 0, 0, 40), piece("天气", 42, 0, 40), piece("ok", 130, 0, 20)]) == ["今天天气\tok"]


# ---- what may be in a file


def test_a_picture_is_turned_as_its_camera_noted_and_says_where_it_was_taken_only_when_asked() -> None:
    data = encoded(Image.new("RGB", (40, 30)), "JPEG", exif=exif(turned=6, place=True))
    found = picture.opened(data)
    assert (found.facts.width, found.facts.height, found.image.size) == (30, 40, (30, 40))
    assert (found.facts.taken, found.facts.located, found.facts.place) == ("2026-05-01 12:30:00", True, None)
    assert "--place" in found.notes[0]
    assert picture.opened(data, place=True).facts.place == (-48.208333, -11.5)


def test_what_a_file_says_of_itself_reaches_nobody_s_terminal_as_it_is() -> None:
    said = picture.opened(encoded(Image.new("RGB", (9, 9)), "JPEG", exif=exif())).facts.said()
    assert "\x1b" not in said
    assert "\n" not in said
    assert "Evil" in said


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"hello", "no picture"),
        (b"%PDF-1.7\n", "pdftoppm"),
        (b"\0\0\0\x18ftypheic", "heif-convert"),
        (b"<svg xmlns='x'/>", "rsvg-convert"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no picture"),
    ],
)
def test_what_is_no_picture_is_told_with_a_way_out(data: bytes, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        picture.opened(data)


def test_a_small_file_that_would_fill_the_memory_is_refused() -> None:
    with pytest.raises(UsageError, match="too many pixels"):
        picture.opened(encoded(Image.new("1", (20_000, 20_000)), "PNG"))


def test_broken_files_of_every_kind_end_in_a_sentence() -> None:
    chance = random.Random(5)
    image = drawn().convert("P").convert("RGB")
    for kind in ("PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP", "PPM"):
        whole = encoded(image, kind)
        for _ in range(25):
            data = bytearray(whole[: chance.randrange(1, len(whole))] if chance.random() < 0.5 else whole)
            for _ in range(chance.randrange(4)):
                data[chance.randrange(min(len(data), 400))] = chance.randrange(256)
            said = "It opens."
            try:
                picture.opened(bytes(data))
            except UsageError as error:
                said = str(error)
            assert said.endswith(".")


def test_of_an_animation_the_first_frame_is_looked_at() -> None:
    first, second = Image.new("RGB", (9, 9), "red"), Image.new("RGB", (9, 9), "blue")
    found = picture.opened(encoded(first, "GIF", save_all=True, append_images=[second]))
    assert (found.facts.frames, found.image.getpixel((4, 4))) == (2, (255, 0, 0))
    assert "first" in found.notes[0]


def test_light_letters_on_nothing_stand_out_from_the_ground() -> None:
    for ink, ground in (((250, 250, 250, 255), (0, 0, 0)), ((10, 10, 10, 255), (255, 255, 255))):
        image = Image.new("RGBA", (9, 9), (0, 0, 0, 0))
        image.putpixel((4, 4), ink)
        assert picture.opened(encoded(image)).image.getpixel((0, 0)) == ground


def test_sixteen_bits_a_pixel_are_scaled_and_not_cut() -> None:
    image = Image.new("I;16", (4, 1))
    for x, value in enumerate((0, 20_000, 40_000, 60_000)):
        image.putpixel((x, 0), value)
    found = picture.opened(encoded(image)).image
    grey = [pixel[0] for pixel in (found.getpixel((x, 0)) for x in range(4)) if isinstance(pixel, tuple)]
    assert grey == [0, 85, 170, 255]


# ---- reading


@pytest.fixture(scope="module")
def describing() -> Describing:
    return Describing(Reader(1), None)


def test_text_is_read_and_its_boxes_hold_it(describing: Describing, capfd: pytest.CaptureFixture[str]) -> None:
    found = describing(encoded(drawn()))
    assert found.text.splitlines() == list(LINES)
    left, top = found.rows[0][0].box[0]
    right, bottom = found.rows[0][0].box[2]
    assert 15 < left < 35 < 350 < right
    assert 15 < top < 45 < bottom < 75
    assert capfd.readouterr() == ("", "")


def test_a_page_without_text_has_none_and_says_nothing(describing: Describing, capfd: pytest.CaptureFixture[str]) -> None:
    found = describing(encoded(Image.new("RGB", (300, 200), "teal")))
    assert (found.rows, found.text, found.said().splitlines()[-1]) == ((), "", "No text.")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_turned_page_is_read_upright_and_its_boxes_stay_where_they_are(describing: Describing, turned: int) -> None:
    found = describing(encoded(drawn().rotate(turned, expand=True)))  # the other way round
    assert found.text.splitlines() == list(LINES)
    assert found.turned == turned
    width, height = drawn().rotate(turned, expand=True).size
    x, y = found.rows[0][0].box[0]
    corner = {90: (0, 1), 180: (1, 1), 270: (1, 0)}[turned]
    assert abs(x - corner[0] * width) < 60
    assert abs(y - corner[1] * height) < 60


def test_small_faint_letters_are_read(describing: Describing) -> None:
    small = drawn(size=11).point(lambda value: 170 + value // 8)
    assert "ferry at 7:45" in describing(encoded(small)).text


@pytest.mark.skipif(not CHINESE.exists(), reason="needs fonts-wqy-zenhei")
def test_chinese_is_read(describing: Describing) -> None:
    lines = ("今天天气很好，我们去公园。", "合计 88.50 元")
    found = describing(encoded(drawn(lines, font=CHINESE)))
    assert found.text.replace(" ", "") == "\n".join(lines).replace(" ", "")


def test_the_reader_never_asks_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("it reached for the network")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    assert Describing(Reader(1), None)(encoded(drawn())).rows
