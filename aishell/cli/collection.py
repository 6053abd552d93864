"""`aishell collection`: named sets of documents, for `aishell answer`. See docs/answer.md."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from aishell import wiring
from aishell.cli import badge, stdio
from aishell.cli.bars import bar
from aishell.cli.parser import Parser
from aishell.cli.supervised import run_async
from aishell.config.paths import Paths
from aishell.config.settings import Settings
from aishell.core.errors import AishellError, ModelUnavailable, UsageError
from aishell.core.text import one_line
from aishell.memory.collections import Brought, Collection
from aishell.memory.documents.reader import Reader
from aishell.wiring.collections import embedding, open_assistant, open_collections

Act = Callable[[Namespace, Settings, Paths], int]


def parser() -> Parser:
    made = Parser(prog="aishell collection", allow_abbrev=False)
    verbs = made.add_subparsers(dest="verb", required=True, metavar="create|add|list|remove|eval")
    create = verbs.add_parser("create", help="a new one")
    create.add_argument("name", metavar="NAME")
    create.add_argument("paths", nargs="*", metavar="PATH", help="files and folders")
    add = verbs.add_parser("add", help="more documents; without a path, what has changed is read again")
    add.add_argument("name", metavar="NAME")
    add.add_argument("paths", nargs="*", metavar="PATH", help="files and folders")
    shown = verbs.add_parser("list", help="all of them, or the documents of one")
    shown.add_argument("name", nargs="?", default="", metavar="NAME")
    shown.add_argument("--json", action="store_true", help="one JSON object each")
    remove = verbs.add_parser("remove", help="forget one, or some of its paths; the documents stay where they lie")
    remove.add_argument("name", metavar="NAME")
    remove.add_argument("paths", nargs="*", metavar="PATH", help="what was added")
    check = verbs.add_parser("eval", help="how well questions with known answers are answered")
    check.add_argument("name", metavar="NAME")
    check.add_argument("file", metavar="FILE", help="JSON lines: question, and words, unanswerable or refused")
    check.add_argument("--as", dest="assistant", default="", metavar="ASSISTANT", help="as this assistant answers")
    check.add_argument("--json", action="store_true", help="one JSON object, with every answer")
    return made


def run(arguments: list[str]) -> int:
    """Raises AishellError."""
    options = parser().parse_args(arguments)
    loaded, paths = wiring.settings()
    return _ACTS[options.verb](options, loaded.settings, paths)


def _create(options: Namespace, wanted: Settings, paths: Paths) -> int:
    missing = [path for path in options.paths if not os.path.exists(os.path.expanduser(path))]
    if missing:
        raise UsageError(f"There is no {missing[0]}.")
    with closing(open_collections(paths).create(options.name)) as collection:
        return _read(options, wanted, paths, collection)


def _add(options: Namespace, wanted: Settings, paths: Paths) -> int:
    with closing(open_collections(paths).open(options.name)) as collection:
        return _read(options, wanted, paths, collection)


def _read(options: Namespace, wanted: Settings, paths: Paths, collection: Collection) -> int:
    """Read what was named, or all of it again; 1 when something is gone or cannot be read."""
    roots = [collection.add(Path(name)) for name in options.paths] or collection.roots()
    wrong = 0
    with Reader() as reader, bar("reading") as report:
        for root in roots:
            try:
                for now in collection.read(root, reader):
                    if isinstance(now, Brought):
                        wrong += _told(now)
                    else:
                        report(now.done, now.total, now.path)
            except AishellError as error:  # a path that is gone: the others are read
                wrong += 1
                stdio.say(f"aishell: {error}")
                stdio.say(f"  What is known of it is kept; `aishell collection remove {options.name} PATH` forgets it.")
    count = len(collection.documents())
    stdio.show(f"{collection.name}: {count} {'document' if count == 1 else 'documents'}")
    run_async(_embedded(wanted, paths, collection))
    return 1 if wrong else 0


def _told(brought: Brought) -> int:
    """What came of a path; how much of it is wrong."""
    summary = brought.summary
    counts = f"{summary.added} added, {summary.changed} changed, {summary.unchanged} unchanged, {len(brought.gone)} gone"
    stdio.show(f"{brought.path}: {counts}")
    for path in brought.gone:
        stdio.say(f"  gone: {one_line(path, 300)}")
    for path, why in summary.problems:
        stdio.say(f"  cannot be read: {one_line(path, 300)}: {one_line(why)}")
    for path in summary.cut:
        stdio.say(f"  too long, so only its beginning is kept: {one_line(path, 300)}")
    if passed := ", ".join(f"{count} {why}" for why, count in sorted(summary.skipped.items())):
        stdio.say(f"  passed over: {passed}")
    return len(brought.gone) + len(summary.problems)


async def _embedded(wanted: Settings, paths: Paths, collection: Collection) -> int:
    """Meanings now, so that no question has to wait for them; without an engine they are made with the first one."""
    if wanted.model.backend != "engine" or "none" in (wanted.memory.embedder, wanted.memory.multilingual):
        return 0
    try:
        engine = wiring.open_engine(wanted, paths, wiring.model_spec(wanted, paths))
    except ModelUnavailable as error:
        stdio.say(f"aishell: found by words alone until there is a model: {error}")
        return 0
    try:
        async with stdio.Waiting():
            await collection.embed(embedding(engine))
    except ModelUnavailable as error:
        stdio.say(f"aishell: found by words alone for now: {error}")
    finally:
        await engine.close()
    return 0


def _list(options: Namespace, _wanted: Settings, paths: Paths) -> int:
    known = open_collections(paths)
    for name in (options.name,) if options.name else known.names():
        with closing(known.open(name)) as collection:
            added = [root.path for root in collection.roots()]
            documents = collection.documents()
        if options.json:
            stdio.show_json({"name": name, "paths": added, "documents": documents})
        elif options.name:
            stdio.show("\n".join(documents))
        else:
            stdio.show(f"{name}\t{len(documents)}\t{', '.join(added)}")
    return 0


def _remove(options: Namespace, _wanted: Settings, paths: Paths) -> int:
    known = open_collections(paths)
    if not options.paths:
        known.remove(options.name)
        stdio.say(f"aishell: {options.name} is forgotten; its documents lie where they were")
        return 0
    with closing(known.open(options.name)) as collection:
        for path in options.paths:
            collection.forget(path)
    return 0


def _eval(options: Namespace, wanted: Settings, paths: Paths) -> int:
    return run_async(_evaluated(options, wanted, paths))


async def _evaluated(options: Namespace, wanted: Settings, paths: Paths) -> int:
    """0 whatever the figures are: they are for the person to judge."""
    from aishell.cli.functions.sources import text_of
    from aishell.functions.answering.evaluating import cases, outcome, scores
    from aishell.wiring.functions import open_functions

    asked = cases(text_of(options.file).splitlines())
    assistant = open_assistant(paths, options.assistant) if options.assistant else None
    open_collections(paths).open(options.name).close()
    rows, outcomes = [], []
    badge.show(wanted, "functions")
    async with open_functions(wanted, paths) as offer:
        answering = offer.answer(options.name, assistant)
        with bar("asking") as report:
            for number, case in enumerate(asked, 1):
                answer = await answering(case.question)
                outcomes.append(outcome(case, answer))
                rows.append({"question": case.question, "outcome": outcomes[-1], **answer.table()})
                report(number, len(asked), case.question)
    found = scores(outcomes)
    if options.json:
        stdio.show_json({**found, "answers": rows})
        return 0
    for name, value in found.items():
        shown = "-" if value is None else f"{value:.1%}" if isinstance(value, float) else str(value)
        stdio.show(f"{name.replace('_', ' ')}\t{shown}")
    for row in rows:
        if row["outcome"] in ("wrong", "missed", "invented", "not refused"):
            stdio.say(f"  {row['outcome']}: {row['question']}")
    return 0


_ACTS: dict[str, Act] = {"create": _create, "add": _add, "list": _list, "remove": _remove, "eval": _eval}
