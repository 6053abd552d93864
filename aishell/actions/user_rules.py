"""The user's own rules: `allow`, `ask` and `deny`, by a command's words and the files it names."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import zip_longest
from typing import Any

from aishell.actions.finding import Finding
from aishell.actions.places import Surroundings
from aishell.actions.resolve import Simple, resolve
from aishell.actions.rules import Policy
from aishell.core.errors import ConfigError
from aishell.core.types import Call, Tier, Word

_REST = "**"
_KINDS = ("allow", "ask", "deny")
_KEYS = frozenset({"argv", "path", "why"})
_HINT = "docs/safety.md shows the format; `aishell policy edit` opens the file."
_TIERS = {"ask": Tier.ASK, "deny": Tier.DENY}


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRule:
    kind: str
    argv: tuple[str, ...] = ()
    """One pattern a word (`*`, `?`, `[...]`); a last `**` stands for any further words."""
    path: str = ""
    """A pattern that a file of the command must match; for `allow`, all its files and the folder it runs in."""
    why: str = ""
    line: int = 0

    def finding(self, tier: Tier, call: Call) -> Finding:
        reason = self.why or f"your own rule says {self.kind}"
        rule = f"your {self.kind} rule, line {self.line}" if self.line else reason
        return Finding(tier=tier, rule=rule, reason=reason, part=str(call), allowed=self.kind == "allow")

    def fits(self, words: tuple[Word, ...], here: Surroundings) -> bool:
        loose = self.kind != "allow"
        if self.argv and not _argv_fits(self.argv, words, loose=loose):
            return False
        if not self.path:
            return True
        pattern = here.absolute(here.folders[0], self.path)
        named = [
            path for word in words[1:] for path in here.paths(word) if loose or "/" in word.literal or os.path.lexists(path)
        ]
        found = [path for path in (*named, *here.folders)]
        fitting = [_below(path, pattern) for path in (found if not loose else named)]
        return any(fitting) if loose else all(fitting)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRules:
    rules: tuple[UserRule, ...] = ()
    variables: tuple[str, ...] = ()
    """Private variables that proposed commands may have after all."""

    @classmethod
    def parse(cls, text: str, origin: str) -> UserRules:
        """Raises ConfigError with the line."""
        try:
            table = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            end = f"at line {len(text.splitlines())}, the end"
            told = str(error).replace("at end of document", end)
            raise ConfigError(f"{origin} is not valid TOML: {told}.", hint=_HINT) from error
        rules: list[UserRule] = []
        for key, value in table.items():
            if key == "variables" and isinstance(value, list) and all(isinstance(name, str) for name in value):
                continue
            if key not in _KINDS or not isinstance(value, list):
                raise ConfigError(
                    f"{origin}, line {_line(text, key, 0)}: {key} is neither variables nor [[allow]], [[ask]] or [[deny]].",
                    hint=_HINT,
                )
            rules += [
                _rule(key, entry, f"{origin}, line {_line(text, key, at)}", _line(text, key, at))
                for at, entry in enumerate(value)
            ]
        return cls(rules=tuple(rules), variables=tuple(table.get("variables", ())))

    def about(self, call: Call, here: Surroundings, policy: Policy) -> tuple[bool, list[Finding]]:
        """Whether an `allow` fits the call as it stands, and the findings of `ask` and `deny` rules on it and all it runs."""
        if not self.rules:
            return False, []
        layers = [inner.words for inner in resolve(call.words, call.input, policy) if isinstance(inner, Simple)]
        findings = [
            rule.finding(_TIERS[rule.kind], call)
            for rule in self.rules
            if rule.kind != "allow" and any(rule.fits(words, here) for words in layers)
        ]
        allowing = [rule for rule in self.rules if rule.kind == "allow" and rule.fits(call.words, here)]
        findings += [rule.finding(Tier.READ, call) for rule in allowing[:1]]
        return bool(allowing), findings


def _argv_fits(patterns: tuple[str, ...], words: tuple[Word, ...], *, loose: bool) -> bool:
    """`loose`: a word that is only known when it runs may be anything; otherwise it fits nothing."""
    if patterns[-1] == _REST:
        patterns, words = patterns[:-1], words[: len(patterns) - 1] if loose or all(word.fixed for word in words) else ()
    for at, (pattern, word) in enumerate(zip_longest(patterns, words)):
        if pattern is None or word is None:
            return False
        text = os.path.basename(word.literal) if at == 0 and loose else word.literal
        if not (fnmatchcase(text, pattern) if word.fixed else loose):
            return False
    return True


def _below(path: str, pattern: str) -> bool:
    return fnmatchcase(path, pattern) or fnmatchcase(path, f"{pattern.rstrip('/')}/*")


def _rule(kind: str, entry: Any, where: str, line: int) -> UserRule:
    if not isinstance(entry, dict) or entry.keys() - _KEYS:
        unknown = ", ".join(sorted(entry.keys() - _KEYS)) if isinstance(entry, dict) else "that"
        raise ConfigError(f"{where}: a rule has argv, path and why, not {unknown}.", hint=_HINT)
    argv, path, why = entry.get("argv", []), entry.get("path", ""), entry.get("why", "")
    if (
        not isinstance(argv, list)
        or not all(isinstance(word, str) for word in argv)
        or not isinstance(path, str)
        or not isinstance(why, str)
    ):
        raise ConfigError(f"{where}: argv must be a list of texts, path and why texts.", hint=_HINT)
    if kind == "allow" and (not argv or argv[0] in ("*", _REST)):
        raise ConfigError(f"{where}: an allow rule must name its program in argv.", hint=_HINT)
    if not argv and not path:
        raise ConfigError(f"{where}: a rule needs argv or path.", hint=_HINT)
    return UserRule(kind=kind, argv=tuple(argv), path=path, why=why, line=line)


def _line(text: str, kind: str, number: int) -> int:
    """The line on which the entry `number` of a kind begins; 0 when it is written in another way."""
    header = re.compile(rf"\s*(\[\[\s*{re.escape(kind)}\s*\]\]|\[\s*{re.escape(kind)}\s*\]|{re.escape(kind)}\s*=)")
    lines = [at for at, line in enumerate(text.splitlines(), 1) if header.match(line)]
    return lines[min(number, len(lines) - 1)] if lines else 0
