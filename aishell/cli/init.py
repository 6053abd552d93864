"""`aishell init bash|zsh|fish`: code that gives these shells aishell's keys; how to put it there, and how to remove it."""

from __future__ import annotations

import os
import sys
from argparse import Namespace

from aishell.cli import stdio
from aishell.cli.parser import Parser
from aishell.config.load import write_private
from aishell.config.paths import Paths
from aishell.core.errors import UsageError
from aishell.integrate import rc
from aishell.integrate.code import KEYS, SHELLS, Wanted, code, pointing


def parser() -> Parser:
    made = Parser(prog="aishell init", allow_abbrev=False, description="Keys for the shell you already use; docs/widgets.md.")
    made.add_argument("shell", choices=SHELLS, help="which shell")
    made.add_argument("--record", action="store_true", help="commands of this shell go into memory, without secrets")
    made.add_argument(
        "--key",
        action="append",
        default=[],
        metavar="[NAME=]KEY",
        help="another key, such as alt-a, ctrl-g, none; NAME: ask (if none is given), fix, recall or suggest",
    )
    made.add_argument("--install", action="store_true", help="put the line into the shell's own file")
    made.add_argument("--remove", action="store_true", help="take that line out again")
    made.add_argument("--completion", action="store_true", help="print completions for the aishell command instead")
    return made


def run(arguments: list[str]) -> int:
    asked = parser().parse_args(arguments)
    paths = Paths.from_environment(dict(os.environ))
    if asked.completion:
        from aishell.cli.grammar import grammar
        from aishell.integrate.completion import completion

        stdio.show(completion(asked.shell, grammar()).rstrip("\n"))
        return 0
    if asked.remove:
        return _remove(asked, paths)
    if asked.install or os.isatty(1):
        return _place(asked, paths, pointing(wanted(asked)))
    stdio.Out().write("stdout", code(wanted(asked)).encode("utf-8", "surrogateescape"))
    return 0


def wanted(asked: Namespace) -> Wanted:
    """What the code is to be for. Raises UsageError."""
    keys = {}
    for given in asked.key:
        name, equals, key = given.partition("=")
        name, key = (name, key) if equals and name in KEYS else ("ask", given)
        if not key or any(not sign.isprintable() or sign in "\"'" for sign in key):
            raise UsageError(f"{given!r} is no key.", hint="For example: --key alt-a, --key fix=ctrl-g, --key suggest=none")
        keys[name] = key
    return Wanted(shell=asked.shell, python=sys.executable, record=asked.record, keys=keys)


def _place(asked: Namespace, paths: Paths, text: str) -> int:
    """Keep in a file, which is read faster than aishell starts, where the code is; say, or write, the line that reads it."""
    file = paths.state / f"init.{asked.shell}"
    write_private(file, text)
    own, line = rc.own_file(asked.shell, os.environ), rc.line(asked.shell, file)
    if asked.install:
        new = rc.add(own, line)
        stdio.show(f"{'written into' if new else 'already in'} {own}; a new {asked.shell} has the keys")
        return 0
    stdio.show(f"# Put this line at the end of {own}, or say `aishell init {asked.shell} --install`:")
    stdio.show(line)
    return 0


def _remove(asked: Namespace, paths: Paths) -> int:
    file = paths.state / f"init.{asked.shell}"
    own = rc.own_file(asked.shell, os.environ)
    removed = rc.remove(own, rc.line(asked.shell, file))
    file.unlink(missing_ok=True)
    where = f"removed from {own}" if removed else f"there was no such line in {own}"
    stdio.show(f"{where}; shells that are open keep the keys until they end")
    return 0
