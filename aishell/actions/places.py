"""Which files a word may mean, and what kind of place they are."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import islice, product

from aishell.actions.rules import Policy
from aishell.core.types import UNKNOWN, Call, Script, Word

ANY = "*"
"""Stands for what is not known in a path."""
_MOST = 16
"""Meanings of one word that are looked at; a word with more means anything."""
_LONGEST_PATH = 4096
_LONGEST_PATTERN = 500
_BY_THE_SHELL = frozenset(
    "PWD OLDPWD RANDOM SECONDS LINENO UID EUID PPID BASHPID HOSTNAME IFS REPLY OPTARG OPTIND FUNCNAME".split()
)
_IN_THE_SHELL = frozenset("cd pushd popd builtin command eval exec source . alias enable trap shopt set".split())
"""Builtins that may change the folder, or what the next words mean."""
_VALUED = re.compile(r"(?:--?[\w-]+|\w+)=(.+)", re.S)
_ATTACHED = re.compile(r"-[A-Za-z](/.+|~.*)", re.S)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a script runs, and what its variables may hold."""

    home: str
    folders: tuple[str, ...]
    """The folders it may be in: the first one, and those that it changes to."""
    values: dict[str, tuple[Word, ...]] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    inside: bool = False
    """Whether arguments of a shell or function may fill $1, $2 and so on."""

    @classmethod
    def of(cls, script: Script, cwd: str, environment: dict[str, str], *, inside: bool) -> Surroundings:
        home = environment.get("HOME") or os.path.expanduser("~")
        values: dict[str, list[Word]] = {}
        for assignment in script.assignments:
            values.setdefault(assignment.name, []).append(assignment.value)
        known = {name: tuple(words) if len(words) <= _MOST else (UNKNOWN,) for name, words in values.items()}
        here = cls(home, (cwd,), known, environment, inside or bool(script.functions))
        if gone_to := _gone_to(script, here):
            return cls(home, gone_to, known, environment, here.inside)
        return cls(home, tuple(dict.fromkeys((cwd, *_changed(script, here)))), known, environment, here.inside)

    def meanings(self, word: Word, depth: int = 2) -> list[str]:
        """The texts `word` may become; `*` stands for what is not known."""
        choices = [self._part(part.kind, part.text, depth) for part in word.parts] or [[word.literal]]
        texts = ["".join(texts) for texts in islice(product(*choices), _MOST + 1)]
        return texts if len(texts) <= _MOST else [word.literal + ANY]

    def paths(self, word: Word) -> list[str]:
        """Absolute paths that `word` may mean, alone or behind a `=` or a short option."""
        texts = dict.fromkeys(piece for text in self.meanings(word) for piece in _pieces(text))
        found = dict.fromkeys(self.absolute(folder, text) for text in texts for folder in self.folders if text)
        return list(dict.fromkeys(place for path in found for place in (path, _linked(path))))

    def absolute(self, folder: str, text: str) -> str:
        if text == "~" or text.startswith("~/"):
            text = self.home + text[1:]
        elif text.startswith("~"):
            text = os.path.expanduser(text)
        return os.path.normpath(os.path.join(folder, text)).replace("//", "/")

    def unset(self, name: str) -> bool:
        """Whether a variable is known to be empty: nothing gives it a value."""
        return not (name in self.values or self.environment.get(name) or self._filled(name))

    def _filled(self, name: str) -> bool:
        if not name or name in _BY_THE_SHELL or name.startswith("BASH"):
            return True
        return self.inside if name.isdigit() or name in "@*" else not (name[0].isalpha() or name[0] == "_")

    def _part(self, kind: str, text: str, depth: int) -> list[str]:
        if kind == "text":
            return [text]
        if kind == "glob":
            return _braces(text)
        if kind != "variable" or self._filled(text):
            return [ANY]
        values = [
            meaning for word in self.values.get(text, ()) for meaning in (self.meanings(word, depth - 1) if depth else [ANY])
        ]
        if text in self.environment:
            values.append(self.environment[text])
        return values or [""]


def _linked(path: str) -> str:
    """Where symbolic links lead from `path`: a project's README may be a link to a key."""
    return path if ANY in path or len(path) > _LONGEST_PATH or "\0" in path else os.path.realpath(path)


def _braces(text: str) -> list[str]:
    """A pattern; braces with commas in it are several."""
    if len(text) > _LONGEST_PATTERN:
        return [ANY]
    found = re.search(r"\{([^{}]*,[^{}]*)\}", text)
    if not found:
        return [re.sub(r"\{[^{}]*\}", ANY, text)]
    rests = _braces(text[found.end() :])[:_MOST]
    return [text[: found.start()] + one + rest for one in found[1].split(",")[:_MOST] for rest in rests]


def _changed(script: Script, here: Surroundings) -> Iterator[str]:
    """Folders that `cd` and `pushd` may lead to."""
    for call in script.calls:
        if call.program in ("cd", "pushd"):
            operands = [word for word in call.words[1:] if not word.literal.startswith("-") or not word.fixed]
            for text in here.meanings(operands[0]) if operands else [here.home]:
                yield here.absolute(here.folders[0], text)


def _gone_to(script: Script, here: Surroundings) -> tuple[str, ...]:
    """Where all that follows runs, when `script` begins with `cd FOLDER &&` and goes nowhere else; empty when that is not sure.

    `cd build && rm -rf *` deletes nothing of the folder that one is in: where the first fails, the second is not run. A `cd` of
    the person's own and their CDPATH are not in the environment of what runs.
    """
    cd, *others = script.calls or (None,)
    if not cd or not script.chained or cd.program != "cd" or len(cd.words) != 2 or here.inside or not cd.words[1].fixed:
        return ()
    text = cd.words[1].literal
    if not text or text.startswith(("-", "~")) or _leads_on(others):
        return ()
    folder = here.absolute(here.folders[0], text)
    return tuple(dict.fromkeys((folder, os.path.realpath(folder)))) if os.path.isdir(folder) else ()


def _leads_on(calls: Iterable[Call]) -> bool:
    """Whether one of them may change the folder, or run something that does: only a program of its own cannot."""
    return any(not call.program or call.program in _IN_THE_SHELL for call in calls)


def _pieces(text: str) -> Iterator[str]:
    if match := _VALUED.fullmatch(text) or _ATTACHED.fullmatch(text):
        yield match[1]
    elif not text.startswith("-"):
        yield text
    if text.startswith("@"):
        yield text[1:]


@dataclass(frozen=True, slots=True)
class Places:
    """What kind of place a path is, by the policy's patterns."""

    policy: Policy
    home: str
    own: tuple[str, ...] = ()
    """aishell's own folders."""

    def secret(self, path: str) -> bool:
        """Whether reading `path`, which may be a pattern, may read a secret."""
        if self.policy.secret.search(path):
            return True
        if not any(sign in path for sign in "*?["):
            return False
        return any(fnmatchcase(self._at_home(example), path) for example in self.policy.secret_examples if _says_enough(path))

    def protected(self, path: str) -> bool:
        """Whether nothing that a model proposes may write to `path`."""
        own = any(path == folder or path.startswith(f"{folder}/") for folder in self.own)
        return own or bool(self.policy.protected.search(path) or self.policy.protected.search(self._from_home(path)))

    def later(self, path: str) -> bool:
        """Whether other programs run what stands in `path`."""
        return bool(self.policy.later.search(path) or self.policy.later.search(self._from_home(path)))

    def system(self, path: str) -> bool:
        return bool(self.policy.system.search(path)) and not path.startswith(f"{self.home}/")

    def _at_home(self, path: str) -> str:
        return self.home + path[1:] if path.startswith("~") else path

    def _from_home(self, path: str) -> str:
        return f"~{path[len(self.home) :]}" if path.startswith(f"{self.home}/") else path


def _says_enough(path: str) -> bool:
    """A pattern of nothing but unknowns says nothing: `cat "$f"` may mean any file, as any program may."""
    return (
        any(piece.strip("*?.") for piece in path.rsplit("/", 1)[-1:])
        or "/." in path
        or path.startswith("/proc/")
        or path.startswith("/etc/")
    )
