"""Programs made for what a request asks, beside the one that the model thought of: it knows some far better than others."""

from __future__ import annotations

import re
from collections.abc import Sequence

from aishell.planner.lexicon import BUILTINS
from aishell.planner.validate import Which

_LIKE = 0.66
"""Cosine from which a request asks for what a program is for: on the development split 14 of 100 did, and ran another."""
_AHEAD = 0.05
"""So much nearer than any program that the command runs already."""
_MOST = 2


def fitting(found: Sequence[tuple[str, str, float]], command: str, which: Which) -> list[str]:
    """Of programs with their purposes and cosines, best first: names that are installed here, and that `command` lacks."""
    words = set(re.findall(r"[\w.+-]+", command))
    own = max((cosine for _purpose, name, cosine in found if name in words), default=0.0)
    names = [name for _purpose, name, cosine in found if cosine >= max(_LIKE, own + _AHEAD) and name not in words]
    return [name for name in dict.fromkeys(names) if name in BUILTINS or which(name)][:_MOST]
