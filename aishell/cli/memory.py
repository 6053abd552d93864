"""`aishell memory`: what is remembered, and what to do about it. See docs/memory.md."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from contextlib import closing
from importlib import import_module
from pathlib import Path

from aishell import wiring
from aishell.cli import stdio
from aishell.cli.parser import Parser
from aishell.config.paths import Paths
from aishell.core.errors import ConsentMissing, MemoryUnavailable, UsageError
from aishell.core.text import one_line
from aishell.memory.store import Store

_TELLING = 8
"""Characters; a shorter command may stand in any text that was sent."""
_VERBS = "search note confirm reject forget stats verify backup import export add pull packs roots drop model"
_SOURCES = frozenset("import export add pull packs roots drop".split())
_SHOWN = 20

Act = Callable[[argparse.Namespace, Paths, Store], int]


def run(arguments: list[str]) -> int:
    verb = arguments[0] if arguments else ""
    if verb == "search":
        from aishell.cli import recall

        return recall.run(arguments[1:], "aishell memory search", "all")
    if verb == "model":
        return _elsewhere("memory_model", arguments[1:])
    if verb in _SOURCES:
        return _elsewhere("memory_sources", arguments)
    options = parser().parse_args(arguments)
    paths = Paths.from_environment(dict(os.environ))
    with closing(wiring.open_store(paths)) as store:
        return _ACTS[options.verb](options, paths, store)


def parser() -> Parser:
    made = Parser(prog="aishell memory", allow_abbrev=False)
    commands = made.add_subparsers(dest="verb", required=True, metavar="|".join(_VERBS.split()))
    note = commands.add_parser("note", help="remember something")
    note.add_argument("text", nargs="+")
    for name, text in (("confirm", "it worked, whatever its exit status"), ("reject", "it was not what was wanted")):
        commands.add_parser(name, help=text).add_argument("id", type=int, help="a number that `aishell recall` shows")
    forget = commands.add_parser("forget", help="remove for good, also from backups and the audit log")
    forget.add_argument("text", nargs="*", help="whatever has this in it, exactly so written")
    forget.add_argument("--id", type=int, action="append", default=[], help="a number that `aishell recall` shows")
    forget.add_argument("--yes", action="store_true", help="without asking")
    commands.add_parser("stats", help="what is remembered").add_argument("--json", action="store_true")
    commands.add_parser("verify", help="read through all of it").add_argument("--json", action="store_true")
    commands.add_parser("backup", help="a copy at once").add_argument("file", nargs="?", type=Path)
    return made


def _elsewhere(module: str, arguments: list[str]) -> int:
    status: int = import_module(f"aishell.cli.{module}").run(arguments)
    return status


def _note(options: argparse.Namespace, _paths: Paths, store: Store) -> int:
    from aishell.cli.note import tell

    text = " ".join(options.text)
    store.note(text, cwd=os.getcwd())
    tell(text, store.redact)
    return 0


def _judge(options: argparse.Namespace, _paths: Paths, store: Store) -> int:
    confirmed = options.verb == "confirm"
    if not store.judge("confirmed" if confirmed else "corrected", item=options.id):
        raise UsageError(f"No command that ran has the number {options.id}.", hint="`aishell recall WORDS` shows the numbers.")
    stdio.say(f"aishell: {'it may serve as an example now' if confirmed else 'it will not be proposed as an example'}")
    return 0


def _forget(options: argparse.Namespace, paths: Paths, store: Store) -> int:
    from aishell.actions import audit
    from aishell.backends.openai import sent as sending
    from aishell.memory.forget import forget, matching

    text = " ".join(options.text)
    if bool(text) == bool(options.id):
        raise UsageError("Say what to forget: words, or --id N.", hint="For example: aishell memory forget 'backup disk'")
    numbers = matching(store, text) if text else [number for number in options.id if store.item(number)]
    _show(store, numbers)
    if not (options.yes or _agreed(f"  forget {'these' if len(numbers) != 1 else 'this'} for good?  y yes   n no  [n] ")):
        raise ConsentMissing("Nothing was forgotten.", hint="Without a terminal to ask on, --yes agrees beforehand.")
    done = forget(store, ids=options.id, text=text)
    file = wiring.audit_file(paths)
    known = [one for one in (*done.commands, *done.requests) if len(one) >= _TELLING]
    try:
        lines = audit.forget(file, done.concerns)
        sent = sending.forget(file := wiring.sent_file(paths), [text] if text else known)
    except OSError as error:
        raise MemoryUnavailable(f"{file} could not be changed: {error.strerror}; the memory has forgotten it.") from error
    counted = f"{done.items} things, {done.runs} runs, {done.turns} requests, {lines} lines of the audit log"
    counted += f", {sent} requests to other machines" if sent else ""
    stdio.say(f"aishell: forgotten: {counted}")
    for name in done.removed:
        stdio.say(f"  a copy that could not be cleaned was overwritten and removed: {one_line(name)}")
    for reason in done.unproven:
        stdio.say(f"  not proven: {reason}")
    return 1 if done.unproven else 0


def _show(store: Store, numbers: list[int]) -> None:
    for number in numbers[:_SHOWN]:
        if item := store.item(number):
            stdio.say(f"  {item.id:>6}  {item.kind:<8} {one_line(item.intent or item.body, 60):<60}  {one_line(item.body, 80)}")
    if len(numbers) > _SHOWN:
        stdio.say(f"  and {len(numbers) - _SHOWN} more")
    if not numbers:
        stdio.say("  nothing that is remembered; requests, folders and the audit log are looked through as well")


def _agreed(question: str) -> bool:
    import asyncio

    from aishell.ui import consent

    if not consent.can_ask(piped=False):
        return False
    with closing(consent.Terminal()) as terminal:
        return asyncio.run(terminal.ask(question)) == "yes"


def _stats(options: argparse.Namespace, paths: Paths, store: Store) -> int:
    from aishell.memory import backup

    backups = backup.newest_first(store.file)
    found = {
        "file": str(store.file),
        "bytes": store.file.stat().st_size,
        "counts": store.counts(),
        "backups": [str(one) for one in backups],
    }
    if options.json:
        stdio.show_json(found)
        return 0
    stdio.show(f"{store.file}, {found['bytes'] / 1e6:.1f} MB; {len(backups)} backups beside it")  # type: ignore[operator]
    stdio.show(", ".join(f"{count:,} {name}" for name, count in store.counts().items() if count))
    return 0


def _verify(options: argparse.Namespace, _paths: Paths, store: Store) -> int:
    from aishell.memory.check import verify

    report = verify(store)
    if options.json:
        stdio.show_json({"sound": report.sound, "problems": list(report.problems), "counts": report.counts})
    else:
        stdio.show("sound: every page, reference and word" if report.sound else "\n".join(report.problems))
    return 0 if report.sound else MemoryUnavailable.exit_status


def _backup(options: argparse.Namespace, _paths: Paths, store: Store) -> int:
    from aishell.memory import backup

    if options.file:
        backup.copy(store.file, options.file.absolute())
    made = options.file or backup.asked(store.file)
    stdio.show(str(made))
    return 0


_ACTS: dict[str, Act] = {
    "note": _note,
    "confirm": _judge,
    "reject": _judge,
    "forget": _forget,
    "stats": _stats,
    "verify": _verify,
    "backup": _backup,
}
