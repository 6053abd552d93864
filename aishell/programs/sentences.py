"""One sentence out of a paragraph of documentation."""

from __future__ import annotations

import re

_LONGEST = 220
_ABBREVIATED = "".join(rf"(?<!\b{word})" for word in (r"e\.g", r"i\.e", "etc", "vs", "cf", "resp", "approx"))
_END = re.compile(rf"(?<!\s){_ABBREVIATED}[.!?](?=[)\"'’”]*(?:\s|$))(?!\s+[a-z])")
_HYPHEN = re.compile("\u2010\\s+")


def sentence(text: str, longest: int = _LONGEST) -> str:
    """The first sentence of `text` on one line, without its full stop; what is longer than `longest` characters is cut at a
    word and marked."""
    line = " ".join(_HYPHEN.sub("", text[: 8 * longest]).split())
    if end := _END.search(line):
        line = line[: end.start() + (line[end.start()] != ".")]
    if len(line) <= longest:
        return line.rstrip(" ,;:")
    return f"{line[: longest - 1].rsplit(' ', 1)[0].rstrip(' ,;:')}…"
