"""What kind of thing is in a picture, of the thousand that a small network knows: a word or two, no sentence, in 20 ms."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aishell.core.errors import AssetError
from aishell.core.quiet import tell_nobody

if TYPE_CHECKING:
    from PIL.Image import Image

_LEAST = 0.1
"""Probability below which a kind is not worth telling: it is guessing then."""
_MOST = 3
_WHOLE = 256
"""The shorter side of the picture from whose middle the network's square is cut, as it was in its training."""

Kind = tuple[str, float]
"""A name, and its probability among all that are known, 0 to 1."""


class Kinds:
    """Recognizes pictures; the network is loaded at the first one. `weights`, `names`: files of the catalog."""

    def __init__(self, weights: Path, names: Path, *, threads: int) -> None:
        self._weights = weights
        self._names_file = names
        self._threads = threads
        self._session: Any = None
        self._names: list[str] = []

    def __call__(self, image: Image) -> tuple[Kind, ...]:
        """The likeliest kinds, best first; none where nothing is likely. `image`: RGB. Raises AssetError."""
        import numpy

        if self._session is None:
            self._load()
        square = numpy.asarray(_square(image), dtype=numpy.float32) / 127.5 - 1
        (found,) = self._session.run(None, {"picture": square.transpose(2, 0, 1)[None]})
        likely = found[0].argsort()[::-1][:_MOST]
        return tuple((self._names[at], float(found[0][at])) for at in likely if found[0][at] >= _LEAST)

    def _load(self) -> None:
        tell_nobody()
        import onnxruntime

        from aishell.functions.pictures.network import CLASSES, graph
        from aishell.functions.pictures.weights import read

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.log_severity_level = self._threads, 4
        try:
            self._names = [" ".join(str(name).split()) for name in json.loads(self._names_file.read_text("utf-8"))]
            model = graph(read(self._weights))
        except (OSError, ValueError, KeyError) as error:
            raise AssetError(f"The network for kinds of pictures cannot be made: {error}.") from error
        if len(self._names) != CLASSES:
            raise AssetError(f"{self._names_file} does not name {CLASSES} kinds.")
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _square(image: Image) -> Image:
    from aishell.functions.pictures.network import SIDE

    width, height = image.size
    scale = _WHOLE / min(width, height)
    whole = image.resize((max(SIDE, round(width * scale)), max(SIDE, round(height * scale))))
    left, top = (whole.size[0] - SIDE) // 2, (whole.size[1] - SIDE) // 2
    return whole.crop((left, top, left + SIDE, top + SIDE))
