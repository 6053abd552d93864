"""What a translation must not touch: code, addresses, paths, options, numbers, markup and names in code.

Each such part is given to the model as a mark, ⟦1⟧, and put back into what it writes; a mark that is lost, or comes twice, is
seen.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from aishell.functions.cut import tokens
from aishell.functions.languages import east_asian

_PARTS = re.compile(
    r"```.*?(?:```|\Z)"  # fenced code
    r"|`[^`\n]+`"
    r"|https?://[^\s<>\"'，。；、）)]+[^\s<>\"'，。；、）).,;:!?]"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|</?[A-Za-z][^<>\n]*>"  # tags
    r"|&[A-Za-z]+;|&#\d+;"
    r"|\{\{[^{}\n]+\}\}|\$?\{[A-Za-z_][\w.]*\}|%\([A-Za-z_]\w*\)[sd]|%[sd]\b|\$[A-Za-z_]\w*"  # places to fill in
    r"|(?<![\w/.])(?:~|\.{1,2})?/[\w.-]+(?:/[\w.-]*)*"  # paths
    r"|(?<![\w-])--?[A-Za-z][\w-]*(?:=\S+)?"  # options
    r"|\b[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+\b"  # snake_case
    r"|\b[a-z]+[a-z0-9]*[A-Z][A-Za-z0-9]*\b|\b[\w.]+\(\)"  # camelCase, call()
    r"|\b[\w-]+\.(?:py|sh|c|h|js|ts|json|toml|yaml|yml|md|txt|csv|html|log|conf|service)\b"
    r"|\bv?\d+(?:\.\d+){2,}\b",  # versions
    re.S,
)
_MARK = re.compile(r"⟦\s*(\d+)\s*⟧")
_LOOSE_MARK = re.compile(r"[⟦\[【]{1,2}\s*(\d+)\s*[⟧\]】]{1,2}")
"""As a small model sometimes writes it; only for a text that has no such brackets of its own."""
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*(?![\d.,:]*\s*月)")
"""But of a month, which has a name in other languages."""

_LOWER = re.compile(r"(?<![A-Za-z'’-])[a-z]{4,}(?![A-Za-z])")
"""Words of a Latin language that are no names."""
_ASKING = ("?", "？")
_SHORTEST = 4
"""Times as long as a translation a text hardly ever is, in tokens."""
_LATIN = re.compile(r"[A-Za-z]{3,}")
_EAST_ASIAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\u3040-\u30ff\uac00-\ud7af]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Protected:
    """A text with marks, and what stands for them."""

    text: str
    parts: tuple[str, ...]

    def restored(self, written: str) -> tuple[str, tuple[str, ...]]:
        """What a model has written, with the parts in place of their marks, and those that are not there once."""
        used: Counter[int] = Counter()

        def part(mark: re.Match[str]) -> str:
            number = int(mark[1])
            used[number] += 1
            return self.parts[number - 1] if 1 <= number <= len(self.parts) else ""

        whole = (_MARK if re.search(r"[\[【]\s*\d", self.text) else _LOOSE_MARK).sub(part, written) if self.parts else written
        wrong = tuple(text for number, text in enumerate(self.parts, 1) if used[number] != 1)
        return whole, wrong


def protect(text: str) -> Protected:
    """Marks for all that must stay as it is."""
    parts: list[str] = []

    def mark(found: re.Match[str]) -> str:
        parts.append(found[0])
        return f"⟦{len(parts)}⟧"

    return Protected(text=_PARTS.sub(mark, text.replace("⟦", "[").replace("⟧", "]")), parts=tuple(parts))


def missing(text: str, written: str) -> list[str]:
    """What a translation seems to lack, in words: what can be seen without knowing the languages."""
    found = [f"the number {number} may be missing" for number in lost_numbers(text, written)]
    if east_asian(text):  # names in other letters stay, whatever it is translated into
        there = written.lower()
        names = dict.fromkeys(_LATIN.findall(text))
        found += [f"the name {name} may be missing" for name in names if name.lower() not in there]
    if text.rstrip().endswith(_ASKING) and not written.rstrip().endswith(_ASKING):
        found.append("a question may have been answered instead of translated")
    if tokens(written) * _SHORTEST < tokens(text):
        found.append("a part may be missing")
    if len(written.strip().splitlines()) > len(text.strip().splitlines()):
        found.append("there is more than a translation")
    return found


def untranslated(text: str, written: str, *, to_east_asia: bool) -> set[str]:
    """Words that were left as they were; some may well be, such as docker."""
    if to_east_asia:
        return set(_LOWER.findall(text)) & set(_LOWER.findall(written))
    return set(_EAST_ASIAN.findall(written))


def lost_numbers(text: str, written: str) -> tuple[str, ...]:
    """Numbers of a text that stand nowhere in what was written, as digits; single digits may well have become words."""
    there = Counter(number.replace(",", "") for number in _NUMBER.findall(written))
    wanted = (number for number in _NUMBER.findall(text) if len(number) > 1)
    return tuple(number for number in dict.fromkeys(wanted) if number.replace(",", "") not in there)
