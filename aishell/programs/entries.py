"""The options and subcommands in a manual page or help text, with what is said of each.

Both kinds of text are read alike: an entry is a line that begins with an option, and its meaning stands behind two blanks, or
on the lines below that are indented more. A manual page is rendered 5,000 columns wide, so that a paragraph is one line.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from aishell.core.programs import Option, Origin, Program, Subcommand
from aishell.programs import tags
from aishell.programs.sentences import sentence

_MOST_OPTIONS = 3000
_MOST_LINES = 50_000
_LONGEST_LINE, _LONGEST_TITLE = 8000, 120
_MOST_GAPS = 4
"""Places on a line where a head may end: `-a,   --all   all of it` has two."""
_GAP = re.compile(r"\s{2,}(?:[:-] )?|\s+(?::|-{1,2}|–|—)\s+(?=\S)|(?<=[\w\]>=#]):\s+(?=\S)")
_SPELLED = re.compile(r"(?:or\s+|,\s*|\|\s*)?(?=-)")
_MENTION = re.compile(r"(?<![\w/.-])(?:--[A-Za-z0-9][\w-]*|[-+][A-Za-z0-9?#@%:][\w-]*)")
_BULLET = re.compile(r"^(\s+)[•·○o*]\s+(?=-)")
_NEGATABLE = re.compile(r"--\[(no-)\]([\w-]+)")
_CLUSTER = re.compile(r"\[-([A-Za-z0-9]{2,})\]")
_COMMAND = re.compile(r"(?<![\w=-])(?:command|COMMAND|subcommand|SUBCOMMAND|utility|program|cmd|CMD)\b")
_HANDED_ON = re.compile(r"\[?<?\b(?:args|arguments|ARGS|ARGUMENTS)\b")
"""`java [options] <mainclass> [args...]`: what stands behind the first operand is for somebody else."""
_CHOICE = re.compile(r"\{\s*[a-z-]+\s*\|")
"""`{list | search | show}`"""
_HEADED = re.compile(r"([a-z][a-z0-9]*(?:-[a-z0-9]+)*)(?=$|,|\(\d|\s{2,}|\s+[\[<({A-Z|]|\*?:)")
_IN_A_ROW = re.compile(r"[a-z][\w-]*(?:, ?[a-z][\w-]*){2,},?")
"""`access, adduser, audit,` below "All commands:"."""
_ALSO = re.compile(r"(?<=, )[a-z][a-z0-9-]*(?=,|\s|$)")
_PAGE = re.compile(r"\(([a-z][a-z0-9-]+)\([18]\)\)")
_NO_COMMANDS = re.compile(r"^(?:NAME|SYNOPSIS|FILES|.*VARIABLES|.*ENVIRONMENT.*|.*CONFIGURATION.*)$")
_COMMANDS_TITLE = re.compile(r"(?im)^\S.*\b(?:commands|subcommands)\b.*|^commands?:?$")
_PARTIAL = re.compile(
    r"(?i)not the full help|for more options|--help[- ](?:all|full|more)|--full-help|-h (?:long|full|all)\b|-v --help|--help="
    r"|options accepted by|also accepts|on (?:those|these|other) options|options (?:are )?(?:described|documented|listed) in"
    r"|(?:print|show|display|list)\w* (?:V8|all|additional|other|further|advanced|extended|hidden)\b[^.\n]{0,40}\boptions"
)
"""What a text says that does not list all options."""
_ELSEWHERE = re.compile(r"(?i)^(?:examples?|history|standards.*|see also|bugs|authors?|copyright|environment.*|exit status):?$")
"""Sections that name options without saying what they do."""
_TELLING = 5
"""A text that names fewer options does not list them."""
_TAG_COLUMNS = (7, 8)
"""A tag as wide as its column, less one blank, is followed by one blank only."""


@dataclass(slots=True)
class _Line:
    indent: int
    text: str
    title: str = ""
    """The heading it stands under."""


@dataclass(slots=True)
class _Entry:
    head: tags.Head
    indent: int
    body: list[str] = field(default_factory=list)


def program(name: str, text: str, *, origin: Origin, summary: str) -> Program:
    """What `text` says about the program `name`."""
    lines = list(_lines(text))
    options = tuple(_told(_options([line for line in lines if not _ELSEWHERE.match(line.title)])))[:_MOST_OPTIONS]
    usage = _usage(text)
    takes_command = _takes_command(usage) or bool(_HANDED_ON.search(usage))
    listed = takes_command or _CHOICE.search(usage) or _COMMANDS_TITLE.search(text)
    return Program(
        name=name,
        origin=origin,
        summary=sentence(summary),
        options=options,
        subcommands=tuple(_subcommands(name, lines)) if listed else (),
        mentioned=_mentioned(text, usage),
        carries=takes_command,
        complete=sum(option.names[0].startswith("-") for option in options) >= _TELLING and not _PARTIAL.search(text),
    )


def _lines(text: str) -> Iterator[_Line]:
    title = ""
    for raw in text.splitlines()[:_MOST_LINES]:
        line = _BULLET.sub(r"\1", raw[:_LONGEST_LINE].expandtabs().rstrip())
        if line and not line[0].isspace():
            title = line[:_LONGEST_TITLE]
        yield _Line(len(line) - len(line.lstrip()), line.strip(), title)


def _options(lines: list[_Line]) -> Iterator[Option]:
    """Each entry in order; several heads in a row share what is said below the last."""
    waiting: list[_Entry] = []
    entry: _Entry | None = None
    for at, line in enumerate(lines):
        after = next((one for one in lines[at + 1 : at + 3] if one.text), None)
        head, body = _head(line, after)
        if head:
            if entry and not entry.body and entry.indent == line.indent:
                waiting.append(entry)
            elif entry:
                yield from _finished(waiting, entry)
                waiting = []
            entry = _Entry(head, line.indent, [body] if body else [])
        elif entry and line.text and line.indent > entry.indent and not line.text.startswith(("•", "- ")):
            entry.body.append(line.text)
        elif entry and (entry.body or line.text or not (after and after.indent > entry.indent)):
            yield from _finished(waiting, entry)
            waiting, entry = [], None
    if entry:
        yield from _finished(waiting, entry)


def _told(options: Iterator[Option]) -> Iterator[Option]:
    """Without those that say nothing about names already known."""
    known: set[str] = set()
    for option in options:
        if option.meaning or not known.issuperset(option.names):
            known.update(option.names)
            yield option


def _finished(waiting: list[_Entry], entry: _Entry) -> Iterator[Option]:
    meaning = sentence(" ".join(entry.body))
    for one in (*waiting, entry):
        head = one.head
        yield Option(names=head.names, argument=head.argument, optional=head.optional, meaning=meaning)


def _head(line: _Line, after: _Line | None) -> tuple[tags.Head | None, str]:
    """The head that a line begins with, and what is said on the line itself."""
    text = line.text
    if not text or not (text[0] in "-+!(" or text[:1].isalpha()):
        return None, ""
    if text[0] in "-+":
        for gap in itertools.islice(_GAP.finditer(text), _MOST_GAPS):
            behind = text[gap.end() :]
            if _SPELLED.match(behind) and tags.read(_GAP.split(_SPELLED.sub("", behind, count=1), maxsplit=1)[0]):
                continue  # `-o,   --output   write it there`
            if head := tags.read(text[: gap.start()]):
                return head, behind
            break
    elif (wide := re.search(r"\s{2,}", text)) and (head := tags.read(text[: wide.start()])):
        return head, text[wide.end() :]
    deeper = after is not None and after.indent > line.indent
    head = tags.read(text)
    if head and (deeper or (after is not None and after.indent == line.indent and _begins(after.text))):
        return head, ""
    for column in _TAG_COLUMNS:
        if text[column - 1 : column] == " " and (found := tags.read(text[: column - 1])):
            return found, text[column:]
    return (head, "") if head and text[0] in "-+" and len(text.split()) <= 2 else (None, "")


def _begins(text: str) -> bool:
    return text[0] in "-+" and tags.read(_GAP.split(text, maxsplit=1)[0]) is not None


def _subcommands(program: str, lines: list[_Line]) -> Iterator[Subcommand]:
    """`install PACKAGE...   install packages`, where words alone are entries; of git's page `git-add(1)`."""
    seen: set[str] = set()
    for at, line in enumerate(lines):
        if _COMMANDS_TITLE.match(line.title) and _IN_A_ROW.fullmatch(line.text):
            names = (name for name in re.findall(r"[\w-]+", line.text) if name not in seen)
            yield from (Subcommand(name=name, meaning="") for name in names)
        listed = 0 < line.indent <= 12 and not _NO_COMMANDS.match(line.title)
        found = _HEADED.match(line.text.removeprefix(f"{program}-")) if listed else None
        if not found:
            continue
        head, _, body = line.text.partition("  ")
        below = next((one for one in lines[at + 1 : at + 3] if one.text), None)
        if body.strip() and len(head.split()) <= 4 and _COMMANDS_TITLE.match(line.title):
            meaning = body
        elif not body and below and below.indent > line.indent and len(line.text) <= 100:
            meaning = below.text
        else:
            continue
        page = _PAGE.search(head)
        own = f"{program}-{found[1]}" if line.text.startswith(f"{program}-") else ""
        for name in dict.fromkeys((found[1], *_ALSO.findall(head.partition("(")[0]))):
            if name not in seen:
                seen.add(name)
                yield Subcommand(name=name, meaning=sentence(meaning.strip(" -:")), page=page[1] if page else own)


def _usage(text: str) -> str:
    """The synopsis of a manual page, or the lines after `usage:`."""
    page = re.search(r"^SYNOPSIS\n((?:[ \t]+.*\n|\n(?=[ \t]))+)", text, re.M)
    if page:
        return page[1]
    found = re.search(r"(?im)^[ \t]*usage:?(.*(?:\n[ \t]+.*){0,12})", text)
    return found[1] if found else "\n".join(text.splitlines()[:3])


def _takes_command(usage: str) -> bool:
    """Whether a command stands in it, and not as what an option is given."""
    before = (usage[: found.start()].rstrip(" [<{(").split()[-1:] for found in _COMMAND.finditer(usage))
    return any(not (last and last[0].lstrip("[").startswith("-") and not last[0].endswith("]")) for last in before)


def _mentioned(text: str, usage: str) -> frozenset[str]:
    found = set(_MENTION.findall(text))
    found |= {f"--{no}{name}" for name_parts in _NEGATABLE.findall(text) for no in ("", "no-") for name in name_parts[1:]}
    found |= {f"-{letter}" for letters in _CLUSTER.findall(usage) for letter in letters}
    return frozenset(sorted(found)[:_MOST_OPTIONS])
