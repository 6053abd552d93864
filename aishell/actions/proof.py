"""The proof that a program, with these arguments, changes nothing. Word by word, from the policy's rules."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass

from aishell.actions.resolve import runs_another
from aishell.actions.rules import Policy, Rule
from aishell.core.text import visible
from aishell.core.types import Word

_BUILTINS = frozenset(
    "[ : cd echo false printf pwd test true type export declare typeset local readonly unset read shift return exit break "
    "continue wait hash command".split()
)
_OTHER_BUILTINS = frozenset(
    ". alias bg bind builtin caller compgen complete compopt dirs disown enable eval exec fc fg getopts help history jobs kill "
    "let logout mapfile popd pushd readarray set shopt source suspend times trap typeset ulimit umask unalias".split()
)
_OWN_TOOL = ["aishell", "extend", "call"]
_EXEC_ENDS = (";", "+")
_DEEPEST = 5
_LONGEST_SCRIPT = 2000
"""Characters of a sed or awk script that are matched: hostile ones take quadratic time."""


@dataclass(frozen=True, slots=True)
class Proof:
    policy: Policy
    path: str
    """The folders that programs are looked for in, as $PATH lists them."""
    trusted_folders: frozenset[str]
    itself: str = ""
    """aishell's own program, wherever it was installed: who could put another one there could as well change the judge."""

    tools: frozenset[str] = frozenset()
    """The person's own, by name, which their settings say only read; the kernel holds them to it."""

    @classmethod
    def of(cls, policy: Policy, environment: dict[str, str], itself: str = "", tools: frozenset[str] = frozenset()) -> Proof:
        trusted = frozenset(os.path.realpath(folder) for folder in policy.trusted_folders)
        return cls(policy, environment.get("PATH", os.defpath), trusted, itself, tools)

    def doubt(self, words: tuple[Word, ...], depth: int = 0) -> str:
        """Why this command is not proven harmless; empty when it is."""
        if depth > _DEEPEST:
            return "it has commands within commands too often"
        name = words[0].literal
        shown = visible(name)
        program = os.path.basename(name) if name.startswith("/") else name
        rule = self.policy.read.get(program)
        if words[0].fixed and rule is None and program in self.policy.writers.does:
            return f"{shown} {self.policy.writers.does[program]}"
        if not words[0].fixed or rule is None:
            return f"{shown or 'its program'} is not known to only read"
        if name not in _BUILTINS and not self.trusted(name):
            return f"{shown} does not lie in a system folder"
        wrapper = None if rule.runs else self.policy.wrappers.get(os.path.basename(name))
        if wrapper and runs_another(words, wrapper):
            return f"{shown} runs another command"
        if rule.any or (name == _OWN_TOOL[0] and self._calls_reading_tool(words)):
            return ""
        if rule.first and not (len(words) > 1 and _matches(rule.first, words[1])):
            return f"{shown} is not known to only read, whatever it is told to do"
        reason = self._arguments(rule, words, depth + 1)
        return f"{shown}: {reason}" if reason else ""

    def _calls_reading_tool(self, words: tuple[Word, ...]) -> bool:
        texts = [word.literal for word in words]
        return len(texts) == 5 and texts[:3] == _OWN_TOOL and texts[3] in self.tools and all(word.fixed for word in words)

    def trusted(self, name: str) -> bool:
        """Whether `name` is found in a folder that only the system's owner writes to."""
        if "/" in name:
            return name.startswith("/") and os.path.realpath(os.path.dirname(name)) in self.trusted_folders
        if not all(folder.startswith("/") for folder in self.path.split(os.pathsep)):
            return False  # a relative folder means another one after a `cd`
        found = shutil.which(name, path=self.path)
        if found is None:
            return False
        own = bool(self.itself) and os.path.realpath(found) == os.path.realpath(self.itself)
        return own or os.path.realpath(os.path.dirname(found)) in self.trusted_folders

    def exists(self, name: str) -> bool:
        """Whether `name` is a builtin or a program here, besides what a script may define."""
        return name in _BUILTINS | _OTHER_BUILTINS or shutil.which(name, path=self.path) is not None

    def _arguments(self, rule: Rule, words: tuple[Word, ...], depth: int) -> str:
        """Walks options and operands behind the program left to right, as getopt with permutation does."""
        operands: list[Word] = []
        at, options_over = 1, False
        while at < len(words):
            word = words[at]
            at += 1
            if not word.fixed and (not word.literal or word.literal.startswith("-")):
                return "an expansion could turn into an option"
            text = word.literal
            if options_over or text == "-" or not text.startswith("-"):
                operands.append(word)
                if rule.runs == "rest":
                    return self._fed(words[at - 1 :], depth)
                continue
            if text == "--":
                options_over = True
                continue
            if rule.runs == "exec" and text == "-exec":
                end = next((i for i in range(at, len(words)) if words[i].literal in _EXEC_ENDS), len(words))
                if end == at or (reason := self.doubt(words[at:end], depth)):
                    return reason if end > at else "-exec names no command"
                at = end + 1
                continue
            taken = _option(rule, text)
            if taken < 0:
                does = self.policy.writers.does
                known = does.get(f"{words[0].literal} {text}") or does.get(f"{words[0].literal} {text[:2]}")
                return f"{visible(text)} {known or 'is not known to only read'}"
            at += taken
        return _operands(rule, operands)

    def _fed(self, words: tuple[Word, ...], depth: int) -> str:
        """For a program that receives more arguments from its input: any of those may be an option."""
        rule = self.policy.read.get(words[0].literal)
        if rule is None or not rule.any:
            return f"{visible(words[0].literal)} is not known to only read whatever arguments it is given"
        return self.doubt(words, depth)


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


def _operands(rule: Rule, operands: list[Word]) -> str:
    if rule.operands is not None and (len(operands) > rule.operands or not all(word.fixed for word in operands)):
        return "a second operand would be written to" if rule.operands else "it takes no operand here"
    if rule.operand and not all(word.fixed and re.match(rule.operand, word.literal) for word in operands):
        return "its operand may change something"
    if rule.script and not (operands and _matches(rule.script, operands[0])):
        return "its script is not proven to only read"
    return ""


def _matches(pattern: str, word: Word) -> bool:
    return word.fixed and len(word.literal) <= _LONGEST_SCRIPT and bool(re.fullmatch(pattern, word.literal))
