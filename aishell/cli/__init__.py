"""The `aishell` command: one module a subcommand, imported when it is asked for.

Only this package reads the command line, prints, and exits.
"""

from __future__ import annotations

import io
import os
import sys

from aishell import __version__
from aishell.core.errors import EXIT_CLOSED_PIPE, EXIT_INTERRUPTED, AishellError, UsageError

USAGE = """\
aishell - a terminal shell that understands plain words

  aishell [--line]                   an interactive session; --line: in the terminal's own scrollback
  aishell -c TEXT [--] [ARG...]      run one line: a command, or words that become one
      --print      print the command, run nothing      --yes         run without asking (never what is forbidden)
      --explain    explain instead of running          --json        one JSON object on standard output
      --timeout S  end it after S seconds                --local       ask no model on another machine
  aishell model list|pull|add|use|remove|info      language models on this machine
  aishell engine start|status|stop|restart|logs    the process that keeps the model loaded
  aishell config show|path|edit                    settings
  aishell policy test COMMAND|show|path|edit       what the judge thinks of a command, and your own rules
  aishell try [--yes] [--network] CMD              run CMD without its effects, see them, decide
  aishell explain [--json] [--no-model] CMD        what each part of CMD is for, from its programs' documentation
  aishell fix [--status N] [--output FILE|-] [--print|--json] [--yes] -- CMD    what to run instead of CMD, which failed
  aishell undo [N] [--list] [--file PATH] [--force] [--json]      take a change back;  aishell redo: do it again
  aishell steps list|resume N|forget N             requests of several steps that are not done yet
  aishell classify|sentiment|entities|translate|summarize|extract|rewrite [TEXT|FILE...]     what a text says; --help of each
  aishell describe IMAGE... [--text] [--question TEXT]        the text in pictures, their facts, and what they show
  aishell report DATA [QUESTION] [--out FILE]      what a table says: CSV, JSON, Parquet, SQLite, logs; every number computed
  aishell answer [--from COLLECTION|--as ASSISTANT] [QUESTION]    from your documents, with file and line
  aishell collection create|add|list|remove|eval   documents to answer from
  aishell ask [--continue] [TEXT]                  asks the model; it may be wrong: answer has sources
  aishell fetch URL                                the text of a public web page
  aishell check [PATH...]                          files that their format's parser refuses, with the line
  aishell recall WORDS [--here] [--since WHEN] [--ok] [--json]    what ran before, notes and documents, found by meaning
  aishell memory note|forget|stats|import|add|pull|model|...      what is remembered on this machine
  aishell mcp [list|call SERVER TOOL JSON|enable SERVER]    tools for other AI programs, and theirs: docs/mcp.md
  aishell extend list|call TOOL JSON|filter NAME|enable NAME   what you have added: tools, plugins, ...: docs/extending.md
  aishell audit [--last N] [--since WHEN] [--json] what was decided and run
  aishell stats [--since WHEN] [--plot] [--json]   what became of requests: agreed to, refused, worked; seconds
  aishell sent [--last N] [--text] [--json]        what was sent to models on other machines, if you set up any
  aishell serve --openai [--port N|--socket PATH]  this machine's model for other programs
  aishell init bash|zsh|fish [--install|--remove]  keys for your own shell: words become a command on its line, and more
  aishell web [--port N] [--address IP]            the screen in a browser on this machine
  aishell doctor                                   does everything work here?
  aishell bug-report [--out FILE] [--no-doctor]    one text file for whoever is to help; nothing is sent
  aishell uninstall [--keep-memory] [--keep-settings] [--yes]     remove what aishell has left here
  aishell help [TOPIC]                             start, words, keys, safety, undo, memory, scripting, widgets, privacy
  aishell --version, --help

In a line, !text is always for the shell and ?text is always words.
Exit status: the command's own; 64 usage, 65 not in the data, 69 no model or server, 70 our fault, 71 no trial possible,
74 no memory, 75 changed meanwhile, 77 consent missing, 78 configuration, 124 timed out, 130 interrupted, 141 closed pipe.
More: docs/scripting.md
"""


_COMMANDS = {
    "answer": "functions.answer",
    "ask": "functions.ask",
    "audit": "audit",
    "bug-report": "bug_report",
    "check": "check",
    "classify": "functions.classify",
    "collection": "collection",
    "config": "config",
    "describe": "functions.describe",
    "doctor": "doctor",
    "engine": "engine",
    "entities": "functions.entities",
    "explain": "explain",
    "extend": "extend",
    "extract": "functions.extract",
    "fetch": "fetch",
    "fix": "fix",
    "help": "help",
    "init": "init",
    "mcp": "mcp",
    "memory": "memory",
    "model": "model",
    "policy": "policy",
    "recall": "recall",
    "recorded": "recorded",
    "redo": "redo",
    "report": "functions.report",
    "rewrite": "functions.rewrite",
    "sent": "sent",
    "sentiment": "functions.sentiment",
    "serve": "serve",
    "stats": "stats",
    "steps": "steps",
    "summarize": "functions.summarize",
    "translate": "functions.translate",
    "try": "try_out",
    "undo": "undo",
    "uninstall": "uninstall",
    "web": "web",
    "widget": "widget",
}
"""The module of each subcommand, which has a `run(arguments)`."""

_STAYING = ("", "--line", "mcp", "serve", "web")
"""These may be open for weeks, and are not to fail when aishell is upgraded meanwhile."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command line; its exit status."""
    argv = sys.argv[1:] if arguments is None else arguments
    for descriptor in (0, 1, 2):
        _reopen(descriptor)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a name that is no text must not end in a traceback
    try:
        status = _dispatch(argv)
        _flush()
        return status
    except AishellError as error:
        from aishell.cli.stdio import complain

        complain(error)
        return error.exit_status
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        _close_stdout()
        return EXIT_CLOSED_PIPE
    except Exception as error:  # noqa: BLE001 - the one place: whatever it is, the user gets a sentence and we get a log
        return _own_fault(error)


def _dispatch(argv: list[str]) -> int:
    if argv[:1] == ["--local"]:
        os.environ["AISHELL_LOCAL"] = "1"
        argv = argv[1:]
    command = argv[0] if argv else ""
    if command in ("--version", "-V"):
        print(f"aishell {__version__}")
        return 0
    if command in ("--help", "-h"):
        print(USAGE, end="")
        return 0
    if command in _STAYING:
        from aishell.core.replaced import Guard

        sys.meta_path.insert(0, Guard(os.path.dirname(os.path.dirname(__file__))))
    if argv in ([], ["--line"]):
        from aishell.cli import loop

        return loop.run(line=bool(argv))
    if module := _COMMANDS.get(command):
        from importlib import import_module

        status: int = import_module(f"aishell.cli.{module}").run(argv[1:])
        return status
    if "-c" in argv:
        from aishell.cli import command as one_line

        return one_line.run(argv)
    raise UsageError(
        f"There is no command {command!r}.", hint=f'For words or a shell line: aishell -c "{command} ...". Also: --help'
    )


def _reopen(descriptor: int) -> None:
    """What was closed (`<&-`) becomes /dev/null: otherwise the next file or socket would be standard input or output."""
    try:
        os.fstat(descriptor)
    except OSError:
        os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # open takes the lowest free number


def _flush() -> None:
    """Raises BrokenPipeError, AishellError."""
    try:
        if sys.stdout:
            sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        from aishell.cli.stdio import unwritten

        _close_stdout()
        raise unwritten(error) from error


def _close_stdout() -> None:
    """Keep Python from flushing into the closed pipe at exit."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)


def _own_fault(error: Exception) -> int:
    from aishell.cli import fault
    from aishell.core.text import visible

    details = fault.write_down(error)
    what = f"{type(error).__name__}: {error}"
    print(f"aishell: a fault of our own: {visible(what)}\n  {visible(details)}", file=sys.stderr)
    return AishellError.exit_status
