"""Skills: Markdown files that say how something is done here, for the model, when a request is about it.

The model is small and every token costs: one skill a request, and its beginning only. A request without one pays nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aishell.core.errors import ExtensionFailed
from aishell.core.own import Skill
from aishell.extend.applying import applies
from aishell.extend.owned import refuse_foreign

_WHEN = re.compile(r"\W*when(?:\s*[:：]|\s)\s*(?P<words>.+?)[\W_]*", re.I)
_COMMAS = re.compile(r"\s*[,;，；、]\s*")
_EXAMPLE = re.compile(r"[-*+]\s+(?P<request>[^`]{1,120}?)\s*(?:[:：]|->|→)\s*`(?P<command>[^`]{1,200})`")
_MOST_EXAMPLES = 4
MOST = 600
"""Characters of a skill that the model is shown: about 150 tokens, 1.8 s of reading on two cores."""
_MOST_BYTES = 64 << 10


def _unheard(_problem: str) -> None:
    """Problems are told where the person asks for the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skills:
    folder: Path

    def all(self, problem: Callable[[str], None] = _unheard) -> tuple[Skill, ...]:
        """In the order of their names. `problem` hears a sentence about each file that is none."""
        found: list[Skill] = []
        for file in sorted(self.folder.glob("*.md")) if self.folder.is_dir() else []:
            try:
                found.append(_skill(file))
            except ExtensionFailed as error:
                problem(f"{error} {error.hint}".strip())
        return tuple(found)

    def fitting(self, request: str) -> Skill | None:
        """The one whose words stand in a request, that with most of them; None for most requests."""
        sizes = [(applies(request, skill.when), skill) for skill in self.all()]
        size, skill = max(sizes, key=lambda pair: pair[0], default=(0, None))
        return skill if size else None


def _skill(file: Path) -> Skill:
    """Raises ExtensionFailed."""
    refuse_foreign(str(file))
    try:
        with file.open("rb") as opened:
            text = opened.read(_MOST_BYTES).decode("utf-8")
    except (OSError, ValueError) as error:
        raise ExtensionFailed(f"{file} cannot be read: {error}.") from error
    first, _, rest = text.strip().partition("\n")
    match = _WHEN.fullmatch(first)
    if not match or not rest.strip():
        raise ExtensionFailed(f"{file}: its first line says when it applies (`When: deploy, release`), the rest what to do.")
    lines = [(line, _EXAMPLE.fullmatch(line.strip())) for line in rest.strip().splitlines()]
    examples = [(found["request"], found["command"]) for _, found in lines if found]
    text = "\n".join(line for line, found in lines if not found).strip()
    when = tuple(_COMMAS.split(match["words"]))
    return Skill(name=file.stem, when=when, text=_beginning(text), examples=tuple(examples[:_MOST_EXAMPLES]))


def _beginning(text: str) -> str:
    """As many of its lines as the model is shown."""
    if len(text) <= MOST:
        return text
    return text[:MOST].rpartition("\n")[0] or text[:MOST]
