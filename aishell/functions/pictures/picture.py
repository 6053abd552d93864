"""A picture out of bytes: upright, in plain colours, of bounded size, with what its file says of it."""

from __future__ import annotations

import struct
import warnings
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, cast

from aishell.core.errors import UsageError
from aishell.functions.pictures.results import Facts

if TYPE_CHECKING:
    from PIL.Image import Exif, Image

MOST_BYTES = 256 << 20
"""Of a file."""
LONGEST_SIDE = 4096
"""Pixels; what is larger is scaled down: text that a person reads on a page photographed in 40 megapixels survives it."""
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "PPM", "AVIF")
"""Decoded inside this process. Others that Pillow knows start programs (EPS) or are read by nobody else any more."""
_BROKEN = (OSError, SyntaxError, ValueError, IndexError, KeyError, TypeError, EOFError, struct.error, zlib.error, OverflowError)
"""What Pillow's decoders raise on files that are not what they begin as: found by cutting and flipping bytes."""
_MAKE, _MODEL, _WHEN, _MORE, _GPS = 0x010F, 0x0110, 0x0132, 0x8769, 0x8825
_ORIGINAL = 0x9003


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    image: Image
    """RGB, upright, no side longer than LONGEST_SIDE."""
    scale: float
    """Pixels of the file's picture for one of `image`."""
    facts: Facts
    notes: tuple[str, ...] = ()


def opened(data: bytes, *, place: bool = False) -> Picture:
    """`place`: tell where it was taken. Raises UsageError with a sentence for what is no usable picture."""
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pictures that are large (an error comes at 179 megapixels), or oddly made
            Image.init()
            known = [name for name in _FORMATS if name in Image.OPEN]  # not every build has AVIF
            with Image.open(BytesIO(data), formats=known) as file:
                return _upright(file, len(data), place=place)
    except Image.DecompressionBombError:
        raise UsageError("It has too many pixels.", hint="Above 178 million, a small file may fill the memory.") from None
    except UnidentifiedImageError:
        raise UsageError(_what_else(data)) from None
    except MemoryError:
        raise UsageError("There is not enough memory for it.", hint="Scale it down first.") from None
    except _BROKEN as error:
        raise UsageError(f"It is broken: {str(error) or type(error).__name__}.") from None


def _upright(file: Image | Any, size: int, *, place: bool) -> Picture:
    from PIL import ImageOps

    kind, frames = file.format, int(getattr(file, "n_frames", 1))
    whole = file.size
    file.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG is decoded at half or a quarter of its size where that does
    image = ImageOps.exif_transpose(file)
    exif = file.getexif()
    turned = (image.size[0] > image.size[1]) != (whole[0] > whole[1])
    width, height = whole[::-1] if turned else whole
    image = _plain(image)
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    where = _place(exif)
    facts = Facts(
        format=str(kind),
        width=width,
        height=height,
        bytes=size,
        frames=frames,
        taken=_when(exif),
        camera=" ".join(filter(None, (_text(exif.get(_MAKE)), _text(exif.get(_MODEL))))),
        located=where is not None,
        place=where if place else None,
    )
    return Picture(image=image, scale=width / image.size[0], facts=facts, notes=_notes(facts, place=place))


def _notes(facts: Facts, *, place: bool) -> tuple[str, ...]:
    notes = ["of several frames, the first one was looked at"] if facts.frames > 1 else []
    if facts.located and not place:
        notes.append("the file says where it was taken; --place shows that, and whoever gets the file gets it too")
    elif facts.place:
        notes.append("the place stands in the file: whoever gets the file gets it too")
    return tuple(notes)


def _plain(image: Image) -> Image:
    """RGB. What is transparent becomes the ground that the rest stands out from."""
    from PIL import Image, ImageStat

    if image.mode.startswith(("I", "F")):  # 16 bits and more a pixel: convert() would cut them off instead of scaling
        low, high = cast("tuple[float, float]", image.getextrema())
        span = high - low or 1.0
        image = image.convert("F").point(lambda value: value * (255 / span) - low * (255 / span)).convert("L")
    if "A" in image.getbands() or "transparency" in image.info:
        layered = image.convert("RGBA")
        alpha = layered.getchannel("A")
        bright = ImageStat.Stat(layered.convert("L"), mask=alpha).mean[0] if alpha.getextrema()[1] else 0.0
        ground = Image.new("RGBA", layered.size, "black" if bright > 160 else "white")
        return Image.alpha_composite(ground, layered).convert("RGB")
    return image.convert("RGB")


def _when(exif: Exif) -> str:
    """EXIF writes 2026:05:01 12:30:00."""
    text = _text(exif.get_ifd(_MORE).get(_ORIGINAL)) or _text(exif.get(_WHEN))
    day, _, rest = text.partition(" ")
    return f"{day.replace(':', '-')} {rest}".strip() if any(letter in "123456789" for letter in text) else ""


def _place(exif: Exif) -> tuple[float, float] | None:
    gps = exif.get_ifd(_GPS)
    try:
        north, east = (sum(float(part) / 60**power for power, part in enumerate(gps[tag])) for tag in (2, 4))
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    north, east = -north if _text(gps.get(1)) == "S" else north, -east if _text(gps.get(3)) == "W" else east
    return (round(north, 6), round(east, 6)) if abs(north) <= 90 and abs(east) <= 180 else None  # also no NaN


def _text(value: object) -> str:
    return " ".join(str(value).replace("\0", " ").split())[:200] if isinstance(value, str) else ""


def _what_else(data: bytes) -> str:
    if not data:
        return "It is empty."
    if data.startswith(b"%PDF"):
        return "It is a PDF: `pdftoppm -png FILE page` (poppler-utils) makes pictures of its pages."
    if data[4:8] == b"ftyp" and data[8:12] in (b"heic", b"heix", b"mif1", b"heim", b"hevc"):
        return "HEIC pictures are not read: `heif-convert FILE out.jpg` (libheif-examples) makes a JPEG of it."
    if data.lstrip()[:5] in (b"<svg ", b"<?xml"):
        return "Drawings in SVG are not read: `rsvg-convert FILE -o out.png` (librsvg2-bin) makes a PNG of it."
    return f"It is no picture of a kind that is read: {', '.join(_FORMATS)}."
