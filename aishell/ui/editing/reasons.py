"""Why something is offered at the cursor: what it is in a word, and where it comes from in a sentence."""

from __future__ import annotations

from collections.abc import Callable

from aishell.ui.editing.candidates import Candidate, Sort
from aishell.ui.words import later

_NAMES: dict[Sort, str] = {
    "command": later("command"),
    "folder": later("folder"),
    "file": "",
    "link": later("link"),
    "program": later("program"),
    "variable": later("variable"),
    "user": later("user"),
    "option": later("option"),
    "value": later("value"),
    "subcommand": later("subcommand"),
    "branch": later("branch"),
    "tag": later("tag"),
    "remote": later("remote"),
    "change": later("changed"),
    "host": later("host"),
    "process": later("process"),
    "target": later("target"),
    "script": later("script"),
    "unit": later("unit"),
    "container": later("container"),
    "image": later("image"),
    "module": later("module"),
    "test": later("test"),
    "group": later("group"),
    "completion": "",
}
_SENTENCES: dict[Sort, str] = {
    "option": later("An option that the program's own documentation tells."),
    "value": later("What that option can be given, as its documentation tells."),
    "subcommand": later("A subcommand that the program's own documentation tells."),
    "branch": later("A branch of this repository, newest first."),
    "tag": later("A tag of this repository."),
    "remote": later("Another repository that this one knows."),
    "change": later("It differs from what the repository keeps."),
    "host": later("From ssh's settings, the hosts it has seen, or /etc/hosts."),
    "process": later("It runs now; your own come first."),
    "variable": later("A variable of this shell."),
    "target": later("A rule of this folder's makefile or justfile."),
    "script": later("A script of package.json."),
    "unit": later("A unit of systemd."),
    "container": later("A container on this machine."),
    "image": later("An image on this machine."),
    "module": later("A Python module that can be run."),
    "test": later("A test that pytest would find."),
    "user": later("A user of this machine."),
    "group": later("A group of this machine."),
    "completion": later("From the completion that is installed for this program."),
}
_LOOSELY = later("Its letters stand in it, in this order.")


def name(sort: Sort, say: Callable[[str], str]) -> str:
    """What it is; empty for a file, and where nobody knows."""
    return say(_NAMES[sort]) if _NAMES[sort] else ""


def hint(candidate: Candidate, say: Callable[[str], str]) -> str:
    """What stands beside it in a menu."""
    return candidate.meaning or name(candidate.sort, say)


def why(candidate: Candidate, say: Callable[[str], str], *, loose: bool) -> str:
    """Why it is there, in a sentence or two; empty where that is plain to see, as with files."""
    sentences = [say(_SENTENCES[candidate.sort])] if candidate.sort in _SENTENCES else []
    return " ".join([*sentences, *([say(_LOOSELY)] if loose else [])])
