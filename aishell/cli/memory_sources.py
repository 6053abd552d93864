"""`aishell memory import|export|add|pull|packs|roots|drop`: what goes into memory besides what runs in aishell."""

from __future__ import annotations

import argparse
import asyncio
import functools
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from aishell import wiring
from aishell.assets import fetch as fetching
from aishell.cli import memory_add, stdio
from aishell.cli.bars import bar
from aishell.cli.model import progress
from aishell.cli.parser import Parser
from aishell.config.paths import Paths
from aishell.core.errors import AishellError, ConsentMissing, Interrupted, UsageError
from aishell.core.text import one_line
from aishell.memory import exchange, packs, signing
from aishell.memory.documents import roots
from aishell.memory.fulltext import tidy
from aishell.memory.gloss import refresh_glosses
from aishell.memory.history.bring import bring_in
from aishell.memory.history.find import SOURCES, History, find_histories
from aishell.memory.store import Store
from aishell.ui.consent import Terminal, can_ask

_AGAIN = "What was read so far is kept; the same command goes on."


def run(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    paths = Paths.from_environment(dict(os.environ))
    if options.command == "import" and not options.what:
        _check_consent(options.yes)
    with closing(_open(paths)) as store:
        match options.command:
            case "import":
                return _import(store, options, paths)
            case "add":
                return memory_add.run(store, options)
            case "pull":
                return _pull(store, paths, options.name)
            case "drop":
                return _drop(store, options.name)
            case "export":
                return _export(store, options)
            case "roots":
                return _roots(store)
        return _packs(store)


def _open(paths: Paths) -> Store:
    """What is read is redacted before the transaction that writes it; the store, which redacts whatever it is given, then finds
    that done already."""
    return wiring.open_store(paths, redact=functools.lru_cache(4096)(wiring.without_secrets))


def parser() -> Parser:
    made = Parser(prog="aishell memory", allow_abbrev=False)
    commands = made.add_subparsers(dest="command", required=True, metavar="import|export|add|pull|packs|roots|drop")
    bring = commands.add_parser("import", help="the histories of other shells, or an export")
    bring.add_argument("what", nargs="*", metavar="bash|zsh|fish|atuin|FILE.jsonl", help="all histories that are found")
    bring.add_argument("--file", default="", help="where the one history named lies")
    bring.add_argument("--yes", "-y", action="store_true", help="without asking")
    bring.add_argument("--signed", action="store_true", help="only an export that somebody signed whom you trust")
    give = commands.add_parser("export", help="notes, commands and parts of documents as lines of JSON")
    give.add_argument("--for-team", action="store_true", help="notes, and commands from words that worked; not where")
    give.add_argument("--out", type=Path, metavar="FILE", help="into a new file instead of standard output")
    give.add_argument("--sign", type=Path, metavar="KEY", help="sign FILE with your SSH key")
    memory_add.add_parser(commands)
    commands.add_parser("pull", help="fetch a knowledge pack").add_argument("name", metavar="tldr")
    commands.add_parser("packs", help="the knowledge packs that are here")
    commands.add_parser("roots", help="the folders that are known")
    commands.add_parser("drop", help="forget a pack or a folder").add_argument("name", metavar="PACK-or-FOLDER")
    return made


def _export(store: Store, options: argparse.Namespace) -> int:
    rows = exchange.for_team(store) if options.for_team else exchange.export(store)
    if not options.out:
        if options.sign:
            raise UsageError("What is signed has to be a file.", hint="aishell memory export --out FILE --sign KEY")
        for row in rows:
            stdio.show_json(row)
        return 0
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    try:
        with open(options.out, "x", encoding="utf-8", opener=_for_me_alone) as file:
            file.write("".join(f"{line}\n" for line in lines))
    except OSError as error:
        if not isinstance(error, FileExistsError):
            with suppress(OSError):
                options.out.unlink()  # half of it would be in the way of the next try
        raise UsageError(f"{options.out} cannot be written: {error.strerror}.") from error
    stdio.show(f"{options.out}: {len(lines) - 1} notes, commands and parts of documents")
    if options.sign:
        stdio.show(f"signed: {signing.sign(options.out, options.sign.expanduser())}")
    return 0


def _for_me_alone(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _import(store: Store, options: argparse.Namespace, paths: Paths) -> int:
    with tempfile.TemporaryDirectory(prefix="aishell-") as folder:
        return _import_from(store, options, paths, Path(folder))


def _import_from(store: Store, options: argparse.Namespace, paths: Paths, folder: Path) -> int:
    """`folder`: for copies of what is signed, so that what is read is what was checked."""
    histories = tuple(_histories(options))
    exports = [Path(name) for name in options.what if name not in SOURCES]
    if not histories and not exports:
        stdio.say("aishell: no history of bash, zsh, fish or atuin was found.")
        return 0
    for history in histories:
        count = sum(1 for _ in history.read(lambda text: text))
        stdio.say(f"{history.source}: {count} commands in {history.path}")
    copies = [_checked(file, folder / str(number), paths, options.signed) for number, file in enumerate(exports)]
    if not _agree("bring them into memory?", options.yes):
        return 0
    for history in histories:
        _import_history(store, history)
    for file, copy in zip(exports, copies, strict=True):
        _import_export(store, file, copy)
    tidy(store)
    return 0


def _checked(file: Path, copy: Path, paths: Paths, signed: bool) -> Path:
    """An export as it can be read; of one that is signed, or has to be, a copy that was checked. Raises Untrusted."""
    size = f"{file.stat().st_size / 1e6:.1f} MB"
    signature = signing.signature_of(file)
    if not signed and not signature.exists():
        stdio.say(f"an export: {file}, {size}, signed by nobody")
        return file
    shutil.copyfile(file, copy)
    who = signing.signer(copy, signature, paths.config_file.with_name("signers"), file.name)
    stdio.say(f"an export: {file}, {size}, signed by {who}")
    return copy


def _histories(options: argparse.Namespace) -> Iterator[History]:
    wanted = [source for source in SOURCES if source in options.what]
    others = [name for name in options.what if name not in SOURCES]
    for name in others:
        if not Path(name).is_file():
            raise UsageError(f"{name!r} is neither a shell whose history can be read nor a file.")
    if options.file:
        if len(options.what) != 1 or not wanted:
            raise UsageError("--file needs the one shell whose history it is.", hint="aishell memory import zsh --file PATH")
        yield History(source=wanted[0], path=Path(options.file).expanduser())
        return
    for history in find_histories(os.environ, Path.home()):
        if history.source in wanted or not options.what:
            yield history


def _import_history(store: Store, history: History) -> None:
    read = new = 0
    try:
        with bar(f"reading {history.source}") as report:
            for now in bring_in(store, history.read(store.redact)):
                read, new = now.read, now.new
                report(read, 0, "")
    except KeyboardInterrupt:
        raise Interrupted(f"Stopped after {read} commands of {history.path}.", hint=_AGAIN) from None
    stdio.show(f"{history.source}: {new} of {read} commands are new")


def _import_export(store: Store, file: Path, copy: Path) -> None:
    now = exchange.Exchanged(read=0, new=0, unreadable=0)
    try:
        with copy.open(encoding="utf-8", errors="replace") as lines, bar("reading the export") as report:
            for now in exchange.bring_in(store, memory_add.bounded(lines)):
                report(now.read, 0, "")
    except KeyboardInterrupt:
        raise Interrupted(f"Stopped after {now.read} lines of {file}.", hint=_AGAIN) from None
    except OSError as error:
        raise AishellError(f"{file} cannot be read: {error.strerror}.") from error
    left = f"; {now.unreadable} lines are no export of aishell" if now.unreadable else ""
    stdio.show(f"{file}: {now.new} of {now.read} lines are new{left}")


def _check_consent(yes: bool) -> None:
    if not yes and not can_ask(piped=False):
        raise ConsentMissing("Histories are read when somebody agrees, and nobody is here to ask.", hint="Say --yes.")


def _agree(question: str, yes: bool) -> bool:
    """Raises ConsentMissing when nobody can be asked."""
    if yes:
        return True
    _check_consent(yes)
    terminal = Terminal()
    try:
        return asyncio.run(terminal.ask(f"  {question}  y yes   n no  [n] ")) == "yes"
    finally:
        terminal.close()


def _pull(store: Store, paths: Paths, name: str) -> int:
    catalog = wiring.catalog(paths)
    asset = catalog.get(name)
    if asset.kind != "knowledge":
        raise UsageError(f"{asset.id} is not a knowledge pack.", hint=f"`aishell model pull {asset.id}` fetches it.")
    with progress(asset) as report:
        file = fetching.fetch(catalog, asset, report)
    import sys

    pack = packs.read_tldr(file, system=sys.platform)
    try:
        with bar(f"adding {asset.id}") as show:
            for now in packs.pull(store, pack):
                show(now.done, now.total, "")
        refresh_glosses(store)
        tidy(store)
    except KeyboardInterrupt:
        raise Interrupted(f"Stopped adding {asset.id}.", hint=_AGAIN) from None
    return _packs(store)


def _packs(store: Store) -> int:
    for pack in packs.kept_packs(store):
        state = "" if pack.complete else "; NOT WHOLE: pull it again"
        stdio.show(f"{pack.name} {pack.version}: {pack.examples} examples{state}")
        stdio.show(f"  {pack.attribution}")
    return 0


def _roots(store: Store) -> int:
    for root in roots.known_roots(store):
        marks = [
            root.trust,
            f"collection {one_line(root.collection)}" if root.collection else "",
            "watched" if root.watch else "",
        ]
        stdio.show(f"{_name(root)}: {root.files} files; {', '.join(filter(None, marks))}")
    return 0


def _name(root: roots.Root) -> str:
    return "manuals" if root.path == roots.MANUALS else root.path


def _drop(store: Store, name: str) -> int:
    if any(pack.name == name for pack in packs.kept_packs(store)):
        gone = 0
        for gone in packs.drop(store, name):  # noqa: B007 - the last is told
            pass
        stdio.show(f"{name}: {gone} examples are forgotten")
        return 0
    wanted = {name, str(Path(name).expanduser().resolve()), roots.MANUALS if name == "manuals" else name}
    found = [root for root in roots.known_roots(store) if root.path in wanted]
    if not found:
        raise UsageError(
            f"There is neither a pack nor a folder {name!r} in memory.",
            hint="See `aishell memory packs` and `aishell memory roots`.",
        )
    for root in found:
        for _gone in roots.drop(store, root):
            pass
        stdio.show(f"{_name(root)}: {root.files} files are forgotten; the files themselves stay")
    return 0
