"""What the completion functions installed for bash say.

They are code of the machine's packages and run as they do when Tab is pressed in bash. Some evaluate the words that they are
given, and some run files of the working folder. So they are only asked about words that mean nothing to a shell even then,
about programs found on PATH, and not where a folder's own file would run.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Iterator

from aishell.core.menu import Offer, Typed
from aishell.core.text import has_hidden
from aishell.suggest.menu.bash_child import BashChild, Replies
from aishell.suggest.menu.source import Source

_HARMLESS = re.compile(r"[\w@%+=:,./^#-]*|~[\w./-]*")
"""What a word may hold: nothing that is code to whoever evaluates it. No blank, since the first word could be run."""
_RUN_THE_FOLDERS_FILES = frozenset(
    "make gmake gnumake pmake colormake bmake remake rake grunt gulp jake cake invoke inv fab scons waf nox tox pyinvoke doit"
    " drush artisan mage task ant gradle gradlew mvn".split()
)
"""`make -n` runs the `$(shell ...)` of a Makefile."""
_ASK_THE_NETWORK = frozenset("scp rsync sftp sshfs svn hg nfs mount.cifs".split())
_LOOK_INTO_FILES = frozenset("add rm mv restore commit clean stash".split())
"""Of git: they would run a filter that the repository's own settings name. Its changes are known without bash."""
_BUILTINS = frozenset("cd export unset kill declare typeset readonly alias unalias type help trap set shopt bind wait".split())
_BREAKS = re.compile(r"([=:]+)")


def source(child: BashChild) -> Source:
    return Source(
        name="installed",
        at=may_be_asked,
        offers=lambda typed: _offers(child, typed),
        reads=lambda typed: typed.word,
        fresh_s=10.0,
    )


def may_be_asked(typed: Typed) -> bool:
    """Whether nothing of what is typed can run, whatever a completion function does with it."""
    name = os.path.basename(typed.program)
    if not typed.fixed or not all(_HARMLESS.fullmatch(word) for word in typed.words) or name in _RUN_THE_FOLDERS_FILES:
        return False
    if name in _ASK_THE_NETWORK and (":" in typed.word or "/" in typed.word):
        return False
    if name == "git" and set(typed.before) & _LOOK_INTO_FILES and not typed.word.startswith("-"):
        return False
    return _is_of_path(typed.program, name)


def _is_of_path(program: str, name: str) -> bool:
    """A completion function may run the program, with --help; so it must be one that its name alone would run."""
    if name in _BUILTINS:
        return program == name
    found = shutil.which(name)
    if not found or not os.path.isabs(found):
        return False
    return program == name or os.path.realpath(os.path.abspath(program)) == os.path.realpath(found)


def _offers(child: BashChild, typed: Typed) -> Iterator[Offer]:
    words, kept, word = split(typed)
    replies = child.ask(" ".join((words[0], *typed.words[1:])), words, word, typed.folder)
    for reply in dict.fromkeys(replies.words):
        if offer := _offer(reply, kept, replies, typed.folder):
            yield offer


def split(typed: Typed) -> tuple[list[str], str, str]:
    """The words as bash counts them, which ends one at `=` and `:`; and the last in two: what is kept, what is completed."""
    words = [os.path.basename(typed.program)]
    for word in typed.words[1:]:
        words += [piece for piece in _BREAKS.split(word) if piece] or [""]
    last = words[-1]
    breaks = bool(_BREAKS.fullmatch(last)) and len(typed.words) > 1
    word = "" if breaks else last
    return words, typed.word[: len(typed.word) - len(word)], word


def _offer(reply: str, kept: str, replies: Replies, folder: str) -> Offer | None:
    """A reply as a word. Names of files are for the source of files, which knows folders and what was changed lately."""
    names_files = "filenames" in replies.options
    text = reply.rstrip(" ") if not names_files else reply
    if not names_files and set(text) & set("\\'\""):
        text = _unquoted(text)
    if not text or text == kept or "\n" in text or has_hidden(text):
        return None
    if names_files and os.path.lexists(os.path.join(folder, os.path.expanduser(text))):
        return Offer(text=f"{kept}{text}", sort="file", final=False)
    if names_files and not _HARMLESS.fullmatch(text):
        return None  # a part of a name with a line's end in it, which bash has taken for two
    goes_on = text[-1] in "=:/" or ("nospace" in replies.options and reply == text)
    whole = text if kept and text.startswith(kept) else f"{kept}{text}"
    return Offer(text=whole, sort="option" if whole.startswith("-") else "completion", final=not goes_on)


def _unquoted(text: str) -> str:
    """Of a reply that is written for a shell; itself when it is no single word."""
    try:
        words = shlex.split(text)
    except ValueError:
        return text
    return words[0] if len(words) == 1 else text
