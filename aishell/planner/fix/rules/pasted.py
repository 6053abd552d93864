"""What comes along when a command is copied: typographic quotes and dashes, full-width characters, prompts, line numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aishell.planner.fix.line import Line, Token
from aishell.planner.fix.values import Case, Fix, Why

_TYPOGRAPHIC = {
    **dict.fromkeys("“”„‟«»", '"'),
    **dict.fromkeys("‘’‚‛", "'"),
    **dict.fromkeys("–—―−", "-"),
    **dict.fromkeys("\u00a0\u2002\u2003\u2009\u202f\u3000", " "),
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", ""),
    "…": "...",
    "。": ".",
    "、": ",",
    **{chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},
}
_TABLE = str.maketrans(_TYPOGRAPHIC)
_LONE_DASH = re.compile("(?<!\\S)[—–](?=[A-Za-z]{2})")
"""What a word processor makes of two hyphens."""
_PROMPT = re.compile(r"^\s*(?:\[?[\w.-]+@[\w.-]+[^$#%>]{0,60}|\([\w.-]+\)\s*)?[$#%>❯➜]\s+(?=\S)")
_NUMBER = re.compile(r"^\s*\d{1,5}[\s*:|]\s*(?=\S)")


def characters(case: Case) -> Iterator[Fix]:
    """Characters that no shell takes for what they look like."""
    text = case.failed.command
    plain = _LONE_DASH.sub("--", text).translate(_TABLE)
    if plain != text and not any(case.facts.exists(case.path(token)) for token in _strange(case)):
        why = Why("Some characters only look like those of a shell: quotes, dashes or blanks from another place.")
        yield Fix(command=plain.strip(), why=why, rule="characters", sure=0.95)


def prompt_sign(case: Case) -> Iterator[Fix]:
    """The sign of a prompt, or the number of a line, in front of a command."""
    text = case.failed.command
    for pattern, rule in ((_PROMPT, "prompt"), (_NUMBER, "line number")):
        if (found := pattern.match(text)) and _begins_with_a_program(case, rest := text[found.end() :]):
            why = Why("{what} is not part of the command: it was copied along.", what=found[0].strip())
            yield Fix(command=rest, why=why, rule=rule, sure=0.95)


def _strange(case: Case) -> list[Token]:
    return [token for token in case.line.words if token.value.translate(_TABLE) != token.value]


def _begins_with_a_program(case: Case, text: str) -> bool:
    line = Line.of(text)
    program = line.simples[0].program if line.simples else None
    return bool(program and program.value and case.facts.which(program.value))


RULES = (characters, prompt_sign)
