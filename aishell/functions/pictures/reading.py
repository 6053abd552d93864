"""The text in a picture, read by RapidOCR's models, which its wheel carries: nothing is fetched, nothing leaves the machine."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from aishell.core.errors import ModelUnavailable
from aishell.core.quiet import tell_nobody
from aishell.functions.pictures.layout import Box, Piece, Point

if TYPE_CHECKING:
    from PIL.Image import Image

_MODELS = {"Det": "PP-OCRv6_det_small.onnx", "Rec": "PP-OCRv6_rec_small.onnx", "Cls": "ch_ppocr_mobile_v2.0_cls_mobile.onnx"}
_DOUBTFUL = 0.85
"""Pages whose mean score is lower are also looked at upside down."""
_SURE, _SURE_OF_SIGNS = 0.65, 0.95
"""Scores from which on a piece counts as text: with a letter or digit in it, and without one."""
_SMALL_PX = 20.0
"""Lines lower than this are read from the picture made larger (the models see lines 48 pixels high)."""
_SIDE, _LARGEST_SIDE = 2048, 4096
"""Of a picture as it is looked at, and when its text is small: time and memory grow with the pixels."""
_FAINT = 150
"""Pictures whose shades are no further apart, of 256, are given more contrast."""
_STRAY = 0.0005
"""Share of pixels at each end that do not count as shades: noise and dust."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What stands on a picture."""

    pieces: tuple[Piece, ...]
    """In the order they were found, in the pixels of the picture after it was turned."""
    turned: int
    """Degrees clockwise until the text stands upright."""
    steps: tuple[str, ...]
    """What was done to read it, a sentence each."""

    @property
    def score(self) -> float:
        """Mean of its letters', 0 to 1; 0 for a page without text."""
        letters = sum(len(piece.text) for piece in self.pieces)
        return sum(piece.score * len(piece.text) for piece in self.pieces) / letters if letters else 0.0


class Reader:
    """Reads pictures; its models are loaded at the first one. `threads`: of this machine's cores."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._models: Any = None

    def read(self, image: Image) -> Page:
        """`image`: RGB. Raises ModelUnavailable."""
        image, steps = _clear(image)
        page = self._upright(image)  # of all pieces: those of a page upside down are unsure
        pieces = tuple(piece for piece in page.pieces if _is_text(piece))
        return replace(page, pieces=pieces, steps=(*steps, *page.steps))

    def _upright(self, image: Image) -> Page:
        usual = min(1.0, _SIDE / max(image.size))
        page = self._looked_at(image, 0, usual)
        if _lying(page.pieces):
            page = max((self._looked_at(image, turn, usual) for turn in (90, 270)), key=lambda page: page.score)
        elif page.pieces and page.score < _DOUBTFUL:
            page = max(page, self._looked_at(image, 180, usual), key=lambda page: page.score)
        return self._closer(image, page, usual)

    def _closer(self, image: Image, page: Page, usual: float) -> Page:
        """Small text once more, from a picture whose lines are as high as the models like them."""
        height = median(_height(piece.box) for piece in page.pieces) if page.pieces else math.inf
        times = min(48 / max(height, 1.0), _LARGEST_SIDE / max(image.size), 3 * usual)
        if height * usual >= _SMALL_PX or times < 1.2 * usual:
            return page
        closer = self._looked_at(image, page.turned, times)
        return closer if _sure_letters(closer) >= _sure_letters(page) else page

    def _looked_at(self, image: Image, turned: int, times: float) -> Page:
        import numpy
        from PIL import Image as pillow

        seen = image if not turned else image.transpose(_TURNS[turned])
        if times != 1.0:
            seen = seen.resize((round(seen.size[0] * times), round(seen.size[1] * times)), pillow.Resampling.BICUBIC)
        pixels = numpy.ascontiguousarray(numpy.asarray(seen)[:, :, ::-1])  # its models learned from blue, green, red
        found = self._engine()(pixels, use_cls=False)
        texts = zip(found.txts or (), found.scores or (), () if found.boxes is None else found.boxes, strict=True)
        pieces = tuple(Piece(text=str(text), score=float(score), box=_corners(box / times)) for text, score, box in texts)
        steps = [f"turned by {turned} degrees"] if turned else []
        steps += [f"read at {times:.1f} times its size"] if times != 1.0 else []
        return Page(pieces=pieces, turned=turned, steps=tuple(steps))

    def _engine(self) -> Any:
        if self._models is None:
            self._models = _loaded(self._threads)
        return self._models


_TURNS: dict[int, Any] = {90: 4, 180: 3, 270: 2}
"""Pillow's ROTATE_ constants, which go the other way round."""


def _loaded(threads: int) -> Any:
    """Raises ModelUnavailable."""
    tell_nobody()
    try:
        import rapidocr
    except ImportError as error:
        raise ModelUnavailable(f"RapidOCR cannot be loaded: {error}.", hint="`pip install rapidocr==3.10.0`") from error
    folder = Path(rapidocr.__file__).with_name("models")
    # Named by their paths, they are never fetched: without, a missing one would be, from the network.
    paths = {part: folder / name for part, name in _MODELS.items()}
    if missing := [path.name for path in paths.values() if not path.is_file()]:
        raise ModelUnavailable(f"RapidOCR came without {missing[0]}.", hint="`pip install --force-reinstall rapidocr==3.10.0`")
    logging.getLogger("RapidOCR").disabled = True  # it writes to standard error in colour, also on pages without text
    return rapidocr.RapidOCR(
        params={
            **{f"{part}.model_path": str(path) for part, path in paths.items()},
            "Global.log_level": "critical",
            "Global.max_side_len": _LARGEST_SIDE,
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )


def _clear(image: Image) -> tuple[Image, tuple[str, ...]]:
    """What is faint in full contrast: from faint letters the models drop blanks and full stops."""
    from PIL import ImageOps

    grey = ImageOps.grayscale(image).histogram()
    spare = sum(grey) * _STRAY
    shades = [shade for shade, up_to in enumerate(accumulate(grey)) if spare <= up_to <= sum(grey) - spare]
    if not shades or shades[-1] - shades[0] >= _FAINT:
        return image, ()
    return ImageOps.autocontrast(image, cutoff=100 * _STRAY, preserve_tone=True), ("its contrast raised",)


def _is_text(piece: Piece) -> bool:
    """Leaves and roofs of a photograph are read as "***" and "AAA", with little assurance."""
    return piece.score >= (_SURE if any(map(str.isalnum, piece.text)) else _SURE_OF_SIGNS)


def _lying(pieces: Sequence[Piece]) -> bool:
    """Whether the lines run up or down the page."""
    upright = sum(len(piece.text) for piece in pieces if _height(piece.box) <= 1.5 * _width(piece.box))
    return upright < sum(len(piece.text) for piece in pieces) / 2


def _sure_letters(page: Page) -> float:
    return sum(piece.score * len(piece.text) for piece in page.pieces)


def _width(box: Box) -> float:
    return (abs(box[1][0] - box[0][0]) + abs(box[2][0] - box[3][0])) / 2


def _height(box: Box) -> float:
    return (abs(box[3][1] - box[0][1]) + abs(box[2][1] - box[1][1])) / 2


def _corners(box: Any) -> Box:
    first, second, third, fourth = ((float(x), float(y)) for x, y in box)
    return first, second, third, fourth


def back(point: Point, turned: int, size: tuple[int, int]) -> Point:
    """From the picture that was turned to the one that was given, which has `size`."""
    (x, y), (width, height) = point, size
    return {0: (x, y), 90: (y, height - x), 180: (width - x, height - y), 270: (width - y, x)}[turned]
