"""`aishell answer`: what documents say to a question, with file and line, or that they do not say it. See docs/answer.md."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterator

from aishell import wiring
from aishell.cli import badge, stdio
from aishell.cli.parser import Parser
from aishell.cli.supervised import interruptible, run_async
from aishell.core.errors import UsageError
from aishell.functions.answering.answering import Answering
from aishell.functions.answering.assistants import Assistant, Language
from aishell.functions.answering.result import Answer, Kind
from aishell.wiring.collections import collection_for, open_assistant, open_collections
from aishell.wiring.functions import open_functions

NOT_SAID, REFUSED = 3, 4
_STATUS: dict[Kind, int] = {"answered": 0, "not said": NOT_SAID, "refused": REFUSED, "emergency": REFUSED}
_LONGEST_LINE = 4000


def parser() -> Parser:
    made = Parser(
        prog="aishell answer",
        description="answers from your documents, with sources",
        epilog=f"Exit status: {NOT_SAID} when the documents do not say it, {REFUSED} when an assistant refuses.",
        allow_abbrev=False,
    )
    made.add_argument(
        "question", nargs="*", metavar="QUESTION", help="none: a dialogue on a terminal, else a line of stdin each"
    )
    made.add_argument("--from", dest="collection", default="", metavar="COLLECTION", help="see `aishell collection`")
    made.add_argument("--as", dest="assistant", default="", metavar="NAME", help="customer-service, tutor, reports, health")
    made.add_argument("--quotes", action="store_true", help="only in the documents' own words")
    made.add_argument("--json", action="store_true", help="one JSON object an answer")
    made.add_argument("--explain", action="store_true", help="how each answer came about")
    return made


def run(arguments: list[str]) -> int:
    """Raises UsageError, ModelUnavailable, MemoryUnavailable."""
    options = parser().parse_args(arguments)
    return run_async(_run(options))


async def _run(options: Namespace) -> int:
    loaded, paths = wiring.settings()
    assistant = open_assistant(paths, options.assistant) if options.assistant else None
    collection = options.collection
    if not collection and assistant:
        collection, demonstration = collection_for(paths, assistant)
        if demonstration:
            stdio.say("aishell: from the demonstration that came with aishell, which is invented; --from COLLECTION is yours")
    if not collection:
        names = ", ".join(open_collections(paths).names())
        raise UsageError(
            "Say which documents: --from COLLECTION, or --as ASSISTANT.",
            hint=f"There are: {names}." if names else "aishell collection create NAME PATH...",
        )
    open_collections(paths).open(collection).close()
    badge.show(loaded.settings, "functions")
    async with open_functions(loaded.settings, paths) as offer:
        return await _answered(options, offer.answer(collection, assistant, quotes=options.quotes), assistant)


async def _answered(options: Namespace, answering: Answering, assistant: Assistant | None) -> int:
    if options.question:
        return await _one(options, answering, " ".join(options.question), "")
    if os.isatty(0) and os.isatty(1):
        return await _dialogue(options, answering, assistant)
    status = 0
    for question in _piped():
        status = max(status, await _one(options, answering, question, ""))
    return status


async def _dialogue(options: Namespace, answering: Answering, assistant: Assistant | None) -> int:
    """Each question may mean something of the one before."""
    from aishell.ui.dialogue import typed

    if assistant:
        stdio.say(assistant.opening[_language()])
    before = ""
    async for question in typed():
        if await interruptible(_one(options, answering, question, before)) in (0, NOT_SAID):
            before = question
    return 0


async def _one(options: Namespace, answering: Answering, question: str, before: str) -> int:
    async with stdio.Waiting(shown=not options.json):
        answer = await answering(question, before)
    _show(options, question, answer)
    return _STATUS[answer.kind]


def _show(options: Namespace, question: str, answer: Answer) -> None:
    if options.json:
        how = {"how": list(answer.how)} if options.explain else {}
        stdio.show_json({"question": question, **answer.table(), "notes": list(answer.notes), **how})
        return
    stdio.show(answer.said())
    for sentence in (*answer.notes, *(answer.how if options.explain else ())):
        stdio.say(f"  {sentence}")


def _piped() -> Iterator[str]:
    with open(0, "rb", closefd=False) as lines:
        while line := lines.readline(_LONGEST_LINE):
            if text := line.decode("utf-8", "replace").strip():
                yield text


def _language() -> Language:
    """Of the person, as the environment has it."""
    from aishell.ui.words import language

    return "zh" if language(os.environ) == "zh" else "en"
