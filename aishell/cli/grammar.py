"""All of aishell's command line. Commands with an argument parser are taken from it; a test holds the others to their code."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module

from aishell.integrate.grammar import Command, Option, from_parser

_JSON = Option(names=("--json",), about="one JSON object on standard output")
_YES = Option(names=("--yes", "-y"), about="without asking (never what is forbidden)")
_FORCE = Option(names=("--force",), about="also where somebody has changed files since")

_PARSED = {
    "audit": "what was decided and run",
    "bug-report": "one text file for whoever is to help; nothing is sent",
    "collection": "named sets of documents, to answer from",
    "extend": "what you have added: macros, hooks, tools, skills, plugins",
    "fix": "what to run instead of a command that failed",
    "help": "texts about one thing each",
    "init": "keys for bash, zsh and fish",
    "mcp": "tools for other AI programs, and theirs",
    "memory": "what is remembered on this machine",
    "model": "language models on this machine",
    "recall": "what ran before, notes and documents, found by meaning",
    "sent": "what was sent to models on other machines",
    "serve": "this machine's model for other programs",
    "stats": "what became of requests",
    "uninstall": "remove what aishell has left on this machine",
    "web": "the screen in a browser on this machine",
}
"""Commands whose module has a parser, with what they are for."""

_FILTERS = {
    "answer": "a question answered from your documents, with file and line",
    "ask": "ask the model; it may be wrong: answer has sources",
    "classify": "which label fits each text",
    "describe": "the text in pictures, their facts, and what they show",
    "entities": "people, places and organizations that each text names",
    "extract": "the fields of a JSON schema, filled from each text",
    "report": "what a table says, every number computed from it",
    "rewrite": "each text in other words",
    "sentiment": "is each text positive, negative, neutral or mixed",
    "summarize": "what each text says, in a few sentences",
    "translate": "each text in another language",
}
"""Likewise, of the text functions."""

_WRITTEN = (
    Command(name="check", about="files that their format's parser refuses, with the line", operand="[PATH...]"),
    Command(
        name="config",
        about="settings",
        verbs=(
            Command(name="show", about="what is in force, and where each value comes from"),
            Command(name="path", about="where your own settings lie"),
            Command(name="edit", about="open them in your editor"),
        ),
    ),
    Command(name="doctor", about="does everything work here?"),
    Command(
        name="engine",
        about="the process that keeps the model loaded",
        verbs=(
            Command(name="start", about="load the model now"),
            Command(name="status", about="what it does", options=(_JSON, Option(names=("--watch",), about="until Ctrl-C"))),
            Command(name="stop", about="end it"),
            Command(name="restart", about="end it, and load the model anew"),
            Command(name="logs", about="what it said last"),
        ),
    ),
    Command(
        name="explain",
        about="what each part of a command is for, from its programs' documentation",
        options=(_JSON, Option(names=("--no-model",), about="without the model's sentence about the whole")),
        operand="COMMAND",
    ),
    Command(name="fetch", about="the text of a public web page", operand="URL"),
    Command(
        name="policy",
        about="what the judge thinks of a command, and your own rules",
        verbs=(
            Command(name="test", about="how a command is judged", options=(_JSON,), operand="COMMAND"),
            Command(name="show", about="your own rules"),
            Command(name="path", about="where they lie"),
            Command(name="edit", about="open them in your editor"),
        ),
    ),
    Command(name="redo", about="do again what was undone", options=(_FORCE, _JSON), operand="[N]"),
    Command(
        name="steps",
        about="requests of several steps that are not done yet",
        verbs=(
            Command(name="list", about="all of them"),
            Command(name="resume", about="go on with one", options=(replace(_YES, names=("--yes",)), _JSON), operand="N"),
            Command(name="forget", about="drop one", operand="N"),
        ),
    ),
    Command(
        name="try",
        about="run a command without its effects, see them, decide",
        options=(_YES, Option(names=("--network",), about="it may reach the network")),
        operand="COMMAND",
    ),
    Command(
        name="undo",
        about="take a change back",
        options=(
            Option(names=("--list",), about="what can be taken back"),
            Option(names=("--file",), about="this file only", value="PATH"),
            _FORCE,
            _JSON,
        ),
        operand="[N]",
    ),
)

_LINE = (
    Option(names=("-c",), about="run one line: a command, or words that become one", value="TEXT"),
    Option(names=("--print",), about="print the command, run nothing"),
    _YES,
    Option(names=("--explain",), about="explain instead of running"),
    _JSON,
    Option(names=("--timeout",), about="end it after so many seconds", value="S"),
    Option(names=("--local",), about="ask no model on another machine"),
    Option(names=("--line",), about="an interactive session in the terminal's own scrollback"),
    Option(names=("--help", "-h"), about="the usage on one screen"),
    Option(names=("--version", "-V"), about="which version this is"),
)


def grammar() -> Command:
    """`aishell` itself, with all commands in the order of the alphabet."""
    found = [*_WRITTEN, *(_parsed(name, about) for name, about in _PARSED.items())]
    found += [
        from_parser(import_module(f"aishell.cli.functions.{name}").parser(), name, about) for name, about in _FILTERS.items()
    ]
    verbs = tuple(sorted(found, key=lambda command: command.name))
    return Command(name="aishell", about="a terminal shell that understands plain words", options=_LINE, verbs=verbs)


def _parsed(name: str, about: str) -> Command:
    made = from_parser(import_module(f"aishell.cli.{name.replace('-', '_')}").parser(), name, about)
    if name != "memory":
        return made
    from aishell.cli import memory_model, memory_sources, recall

    search = from_parser(recall.parser("aishell memory search", "all"), "search", "like recall, also in packs of examples")
    model = from_parser(memory_model.parser(), "model", "the models that find by meaning")
    sources = from_parser(memory_sources.parser(), "sources", "")
    return replace(made, verbs=(*made.verbs, search, model, *sources.verbs))
