"""What a command would do, judged from its parse tree: proven to read only, forbidden, or a question for a person.

Every rule can only make a verdict stricter, and what no rule knows is a question. The proof of READ follows the data in
`config/policy.toml`; that file says which options of which programs are harmless.
"""

from __future__ import annotations

import os
import re
import shutil
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aishell.actions.floor import forbidden
from aishell.core.errors import ConfigError
from aishell.core.text import visible
from aishell.core.types import Call, Redirect, Script, Tier, Verdict, Word

_BUILTINS = frozenset({"[", ":", "cd", "echo", "false", "printf", "pwd", "test", "true", "type"})
_READING = frozenset({"<", "<<", "<<-", "<<<"})
_DUPLICATES = frozenset({">&", "<&"})
_EXEC_ENDS = (";", "+")
_NETWORK = re.compile(r"/dev/(tcp|udp)/")
"""To bash, in a redirection, these are connections."""
_HIDDEN_GLOB = re.compile(r"(^|/)\.($|[^./])")
"""The beginning of a pattern that may match a hidden file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When a program is harmless; `config/policy.toml` explains the fields."""

    any: bool = False
    flags: str = ""
    valued: str = ""
    long: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    operands: int | None = None
    operand: str = ""
    script: str = ""
    runs: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    read: dict[str, Rule]
    trusted_folders: tuple[str, ...]
    secret: re.Pattern[str]
    harmless_variable: re.Pattern[str]
    environment: dict[str, str] = field(default_factory=lambda: dict(os.environ))

    @classmethod
    def from_file(cls, path: Path) -> Rules:
        """Raises ConfigError."""
        try:
            table: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
            return cls(
                read={name: _rule(rule) for name, rule in table["read"].items()},
                trusted_folders=tuple(os.path.realpath(folder) for folder in table["trusted_folders"]),
                secret=re.compile("|".join(table["secret_paths"])),
                harmless_variable=re.compile(table["harmless_variables"]),
            )
        except (OSError, ValueError, KeyError, TypeError, re.error) as error:
            raise ConfigError(f"The policy {path} cannot be used: {error}.", hint="Install aishell again.") from error

    def judge(self, script: Script, cwd: str) -> Verdict:
        """The tier of a parsed command that would run in `cwd`, and why."""
        if script.error:
            return Verdict(tier=Tier.ASK, reasons=(f"it cannot be parsed: {script.error}",))
        if floor := forbidden(script, cwd, self.environment):
            return Verdict(tier=Tier.DENY, reasons=floor)
        doubts = [f"it has {construct}" for construct in script.unjudged]
        for call in script.calls:
            doubts += [reason for reason in (self._doubt(call),) if reason]
        for redirect in script.redirects:
            doubts += [reason for reason in (self._redirect_doubt(redirect),) if reason]
        if doubts:
            return Verdict(tier=Tier.ASK, reasons=tuple(dict.fromkeys(doubts)))
        return Verdict(tier=Tier.READ, reasons=("it only reads",))

    # ---- one simple command

    def _doubt(self, call: Call) -> str:
        """Why this command is not proven harmless; empty when it is."""
        for name in call.assigned:
            if not self.harmless_variable.fullmatch(name):
                return f"it sets {visible(name)}"
        if not call.words:
            return ""
        if not call.program:
            return "the program's name is only known when it runs"
        return self._program_doubt(call.words)

    def _program_doubt(self, words: tuple[Word, ...]) -> str:
        name = words[0].literal
        shown = visible(name)
        rule = self.read.get(name)
        if not words[0].fixed or rule is None:
            return f"{shown or 'its program'} is not known to only read"
        if name not in _BUILTINS and not self.trusted(name):
            return f"{shown} does not lie in a system folder"
        for word in words[1:]:
            if self._secret(word):
                return f"it may read a secret: {visible(str(word))}"
        if rule.any:
            return ""
        reason = self._arguments_doubt(rule, words[1:])
        return f"{shown}: {reason}" if reason else ""

    def trusted(self, name: str) -> bool:
        """Whether `name` is found in a folder that only the system's owner writes to."""
        path = self.environment.get("PATH", os.defpath)
        if not all(folder.startswith("/") for folder in path.split(os.pathsep)):
            return False  # a relative folder means another one after a `cd`
        found = shutil.which(name, path=path)
        return found is not None and os.path.realpath(os.path.dirname(found)) in self.trusted_folders

    def _secret(self, word: Word) -> bool:
        path = os.path.expanduser(word.literal)
        return bool(self.secret.search(path)) or (not word.fixed and bool(_HIDDEN_GLOB.search(path)))

    def _arguments_doubt(self, rule: Rule, words: tuple[Word, ...]) -> str:
        """Walks options and operands left to right, as getopt with permutation does."""
        operands: list[Word] = []
        at, options_over = 0, False
        while at < len(words):
            word = words[at]
            at += 1
            if not word.fixed and (not word.literal or word.literal.startswith("-")):
                return "an expansion could turn into an option"
            text = word.literal
            if options_over or text == "-" or not text.startswith("-"):
                operands.append(word)
                if rule.runs == "rest":
                    return self._fed_doubt(words[at - 1 :])
                continue
            if text == "--":
                options_over = True
                continue
            if rule.runs == "exec" and text == "-exec":
                end = next((i for i in range(at, len(words)) if words[i].literal in _EXEC_ENDS), len(words))
                if reason := self._program_doubt(words[at:end]):
                    return reason
                at = end + 1
                continue
            taken = self._option(rule, text)
            if taken < 0:
                return f"{visible(text)} is not known to only read"
            at += taken
        return self._operands_doubt(rule, operands)

    def _fed_doubt(self, words: tuple[Word, ...]) -> str:
        """For a program that receives more arguments from its input: any of those may be an option."""
        rule = self.read.get(words[0].literal)
        if rule is None or not rule.any:
            return f"{visible(words[0].literal)} is not known to only read whatever arguments it is given"
        return self._program_doubt(words)

    @staticmethod
    def _option(rule: Rule, text: str) -> int:
        """How many further words the option takes; -1 when it is not on the list."""
        if rule.words:
            return 0 if text in rule.words else -1
        if text.startswith("--"):
            return 0 if text.partition("=")[0] in rule.long else -1
        for position, letter in enumerate(text[1:], 2):
            if letter in rule.valued:
                return 1 if position == len(text) else 0
            if letter not in rule.flags:
                return -1
        return 0

    @staticmethod
    def _operands_doubt(rule: Rule, operands: list[Word]) -> str:
        if rule.operands is not None and (len(operands) > rule.operands or not all(word.fixed for word in operands)):
            return "a second operand would be written to" if rule.operands else "it takes no operand here"
        if rule.operand and not all(re.match(rule.operand, word.literal) for word in operands):
            return "its operand may change something"
        if rule.script and not (operands and operands[0].fixed and re.fullmatch(rule.script, operands[0].literal)):
            return "its script is not proven to only read"
        return ""

    def _redirect_doubt(self, redirect: Redirect) -> str:
        target = redirect.target
        if redirect.operator == "<" and (not target.fixed or _NETWORK.match(target.literal)):
            return f"it may open a connection: {visible(str(target)) or 'a name only known when it runs'}"
        if redirect.operator in _READING:
            return f"it may read a secret: {visible(str(target))}" if self._secret(target) else ""
        if target.fixed and target.literal == "/dev/null":
            return ""
        if redirect.operator in _DUPLICATES and target.fixed and re.fullmatch(r"\d+-?|-", target.literal):
            return ""
        return f"it writes to {visible(str(target)) or 'a file'}"


def _rule(table: dict[str, Any]) -> Rule:
    known = {**table, "long": frozenset(table.get("long", ())), "words": frozenset(table.get("words", ()))}
    return Rule(**known)
