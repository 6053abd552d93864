"""What a command does to files, and whether it names what the request names."""

from __future__ import annotations

import re

from aishell.planner.constraints.look import codes
from aishell.planner.constraints.programs import CHANGERS, READERS
from aishell.planner.constraints.values import Constraint, Fault, Finding
from aishell.planner.constraints.view import Stage, View

_COMPRESSORS = frozenset("gzip bzip2 xz lzma gunzip bunzip2 unxz".split())
_KEEPS = ("-k", "--keep", "-c", "--stdout", "--to-stdout", "-l", "-t", "--list", "--test")
_HARMLESS = re.compile(r"^(?:/dev/(?:null|stderr|stdout|tty)|&?[0-9-]?)$")
_OUTPUT_OPTIONS = ("-o", "--output", "-f", "-O", "-out", "--file", "-w", "--output-document")
_QUOTES = re.compile(r"""["'\\]""")
_WORDS = re.compile(r"[^\W_]+")
_MODE = re.compile(r"(?:^|[,\s])[ugoa]*[+=-][rwxXst]+")
_DOES: dict[str, frozenset[str]] = {
    "delete": frozenset("rm rmdir unlink shred".split()),
    "copy": frozenset("cp rsync install scp tar cpio dd cat tee pax ln".split()),
    "move": frozenset(["mv", "rsync"]),
    "make": frozenset(["mkdir", "install"]),
}


def keep(_asked: Constraint, seen: View) -> Finding:
    for stage in seen.stages:
        if consumes(stage):
            return Fault(name="removes original", seen=stage.program)
        if edits_in_place(stage):
            saved = any(suffix not in ("", "n", "e", "E", "r") for suffix in stage.values("-i", "--in-place"))
            if not saved:
                return Fault(name="edits original", seen=f"{stage.program} -i", certain=not seen.runs("cp"))
        if stage.program in ("mv", "rm"):
            return Fault(name="removes original", seen=stage.program, certain=stage.program == "mv" and len(seen.stages) == 1)
    return "met" if seen.understood else "unknown"


def consumes(stage: Stage) -> bool:
    """Whether it replaces files by compressed or unpacked ones."""
    given = bool(stage.via) or bool(stage.operands and not stage.fed)
    return stage.program in _COMPRESSORS and given and not stage.has(*_KEEPS)


def edits_in_place(stage: Stage) -> bool:
    return stage.program in ("sed", "perl") and stage.has("-i", "--in-place")


def path(asked: Constraint, seen: View) -> Finding:
    wanted = asked.value.replace("$HOME", "~")
    text = seen.text.replace("$HOME", "~")
    wanted = wanted.rstrip("/*").removeprefix("./")
    if not wanted or wanted in text or wanted == seen.cwd.rstrip("/"):
        return "met"
    if (
        wanted.removeprefix("/") in text
        or wanted in seen.cwd
        or _last(wanted) in text
        or seen.runs("pwd")
        or set("[{?") & set(text)
    ):
        return "unknown"
    if not seen.understood:
        return _unnamed(text)
    return Fault(name="not named", certain=bool(seen.cwd))


def _unnamed(text: str) -> Finding:
    """Of a command that is not understood: without anything in it that could stand for a name, it names none."""
    return "unknown" if set("$*?[{~") & set(text) else Fault(name="not named", weight=0.6, certain=False)


def name(asked: Constraint, seen: View) -> Finding:
    text, wanted = _QUOTES.sub("", seen.text).lower(), asked.value.lower().rpartition("/")[2]
    if wanted in text:
        return "met"
    stem = wanted.split(".", 1)[0].strip("*")
    if (stem and stem in text) or f"*.{wanted.rsplit('.', 1)[-1]}" in text or "{" in text:
        return "unknown"
    return Fault(name="not named") if seen.understood else _unnamed(text)


def text(asked: Constraint, seen: View) -> Finding:
    """A quoted string, or its words in any dress: `text\\s+file`."""
    written = _QUOTES.sub("", seen.text).lower()
    wanted = _QUOTES.sub("", asked.value).lower()
    if wanted in written or wanted in written.replace("[", "").replace("]", ""):
        return "met"
    words = _WORDS.findall(wanted)
    if not words or not seen.understood or "[" in written:
        return "unknown"
    if all(word in written for word in words):
        return "met"
    stressed = asked.words.startswith("`")  # as likely a program or an option as a string
    certain = len(wanted) > 2 and not stressed and not any(word in written for word in words)
    return Fault(name="not named", certain=certain and not codes(seen), weight=0.7)


def swap(asked: Constraint, seen: View) -> Finding:
    if asked.value.lower() in seen.text.lower():
        return "met"
    return Fault(name="not named", weight=0.7, certain=False)


def number(asked: Constraint, seen: View) -> Finding:
    """A number, or its neighbours: the fields behind the third begin at 4."""
    value = int(asked.value)
    if value == 10 and seen.runs("head", "tail"):
        return "met"
    if any(re.search(rf"(?<!\d){near}(?!\d)", seen.text) for near in (value, value + 1, value - 1)):
        return "met"
    return Fault(name="not named", weight=0.4, certain=False) if seen.understood else "unknown"


def extension(asked: Constraint, seen: View) -> Finding:
    if re.search(rf"(?<![A-Za-z0-9]){re.escape(asked.value)}", seen.text, re.I):
        return "met"
    if not seen.understood or ".[" in seen.text:  # *.[ch]
        return "unknown"
    return Fault(name="no extension", certain=seen.runs("find", "ls", "grep", "rm", "cp", "mv"))


def output(asked: Constraint, seen: View) -> Finding:
    last = _last(asked.value)
    receivers = list(seen.written)
    for stage in seen.stages:
        receivers += stage.values(*_OUTPUT_OPTIONS)
        receivers += [test.value for test in stage.found_by("-fprint", "-fprintf", "-fls")]
        if stage.program in ("tee", "cp", "mv", "tar", "zip", "ln", "rsync", "install", "touch", "sed", "dd"):
            receivers += stage.operands
    if any(last in receiver for receiver in receivers):
        return "met"
    reading = seen.understood and all(stage.program in READERS and not edits_in_place(stage) for stage in seen.stages)
    return Fault(name="not written") if reading and not codes(seen) else "unknown"


def mode(asked: Constraint, seen: View) -> Finding:
    if asked.value in seen.text or _MODE.search(seen.text):
        return "met"
    return Fault(name="other mode") if seen.understood and seen.runs("chmod", "find", "install", "mkdir") else "unknown"


def owner(asked: Constraint, seen: View) -> Finding:
    if asked.value.lower() in seen.text.lower():
        return "met"
    if asked.value == "root" and re.search(r"-uid|\b0\b|chown|sudo", seen.text):
        return "unknown"
    return Fault(name="not named") if seen.understood and seen.runs("find", "chown", "chgrp", "ps") else "unknown"


def careful(asked: Constraint, seen: View) -> Finding:
    if any(stage.found_by("-ok", "-okdir") for stage in seen.of("find")):
        return "met"
    overwriting_only = re.search("overw|覆盖|écras|sobre|schreib", asked.words)
    for stage in seen.of("cp", "mv"):
        if not stage.has("-n", "-i", "-b", "--no-clobber", "--interactive", "--backup", "-u", "--update"):
            return Fault(name="overwrites", seen=stage.program)
    for stage in seen.of("rm"):
        if not overwriting_only and not stage.has("-i", "-I", "--interactive"):
            return Fault(name="overwrites", seen="rm")
    return "unknown"


def changing(stage: Stage) -> str:
    """How it changes files, as it is shown; empty when it does not."""
    if consumes(stage) or (stage.program in CHANGERS and stage.program not in _COMPRESSORS | {"tar", "unzip"}):
        return stage.program
    if edits_in_place(stage):
        return f"{stage.program} -i"
    if stage.program == "find" and stage.found_by("-delete"):
        return "find -delete"
    return ""


def question(asked: Constraint, seen: View) -> Finding:
    if seen.runs("mktemp"):
        return "unknown"
    for stage in seen.stages:
        if what := changing(stage):
            return Fault(name="changes", seen=what, certain=what not in ("touch", "mkdir", "ln"))
    for target in seen.written:
        if not _HARMLESS.match(target) and _last(target) not in asked.value:
            return Fault(name="changes", seen=f"> {target}", weight=0.6, certain=False)
    return "met" if seen.understood else "unknown"


def action(asked: Constraint, seen: View) -> Finding:
    does = _DOES[asked.value]
    removes = any(stage.found_by("-delete") for stage in seen.of("find"))
    if seen.runs(*does) or (asked.value == "delete" and removes):
        return "met"
    if asked.value == "copy" and seen.runs("mv"):
        return Fault(name="other action", seen="mv")
    if not seen.understood or codes(seen) or seen.written or any(changing(stage) for stage in seen.stages):
        return "unknown"
    return Fault(name="no action")


def _last(path: str) -> str:
    return path.rstrip("/").rsplit("/", 1)[-1].lstrip("*") or path
