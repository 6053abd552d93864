"""Tools of a person's own, as their files describe them: a JSON file beside a program, or a Python file with one function.

A Python file is read, not imported: nothing of it runs before its tool is called.
"""

from __future__ import annotations

import ast
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

from aishell.core.errors import ExtensionFailed
from aishell.core.own import OwnTool
from aishell.core.schemas import narrowed
from aishell.core.text import one_line
from aishell.extend.owned import refuse_foreign

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")
TYPES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}
_KEYS = frozenset({"about", "command", "parameters", "when", "reads", "seconds"})
_ABOUT = 160
"""Characters: 40 tokens."""
_MOST_BYTES = 64 << 10
_SECONDS = 30.0
_RUN_MAIN = """\
import json, runpy, sys
given = json.load(sys.stdin)
result = runpy.run_path(sys.argv[1], run_name="tool")["main"](**given)
print(result if isinstance(result, str) else json.dumps(result, ensure_ascii=False, default=str))
"""


def described(file: Path) -> OwnTool:
    """The tool of one file. Raises ExtensionFailed."""
    if not NAME.fullmatch(file.stem):
        raise ExtensionFailed(f"{file}: a tool's name has letters, digits, - and _, at most 32.")
    refuse_foreign(str(file))
    try:
        with file.open("rb") as lines:
            text = lines.read(_MOST_BYTES).decode("utf-8")
        return _python(file, text) if file.suffix == ".py" else _json(file, text)
    except (OSError, ValueError, SyntaxError, RecursionError) as error:
        raise ExtensionFailed(f"{file} cannot be read: {one_line(str(error), 160)}.") from error


def _json(file: Path, text: str) -> OwnTool:
    """Raises ValueError, ExtensionFailed."""
    table = json.loads(text)
    if not isinstance(table, dict) or (unknown := sorted(table.keys() - _KEYS)):
        said = unknown[0] if isinstance(table, dict) else "that"
        raise ValueError(f"a tool has {', '.join(sorted(_KEYS))}, not {said}")
    command = table.get("command", [f"./{file.stem}"])
    if not isinstance(command, list) or not command or not all(isinstance(word, str) and "\0" not in word for word in command):
        raise ValueError("command is a list of texts")
    program = os.path.normpath(os.path.join(file.parent, os.path.expanduser(command[0])))
    if "/" in command[0]:
        refuse_foreign(program)
    return _tool(file, table, argv=(program if "/" in command[0] else command[0], *command[1:]))


def _python(file: Path, text: str) -> OwnTool:
    """Raises ValueError, SyntaxError."""
    tree = ast.parse(text)
    main = next((one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == "main"), None)
    if main is None:
        raise ValueError("it has no function main")
    told = {
        one.targets[0].id: one.value
        for one in tree.body
        if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name)
    }
    table = {key: ast.literal_eval(told[key.upper()]) for key in ("when", "reads", "seconds") if key.upper() in told}
    about = ast.get_docstring(main) or ast.get_docstring(tree) or ""
    table |= {"about": about.partition("\n")[0], "parameters": signature(main.args)}
    return _tool(file, table, argv=(sys.executable, "-I", "-c", _RUN_MAIN, str(file)))


def signature(arguments: ast.arguments) -> dict[str, Any]:
    """The JSON schema of a function's arguments. Raises ValueError when one is not str, int, float or bool."""
    if arguments.vararg or arguments.kwarg or arguments.posonlyargs:
        raise ValueError("main takes arguments by their names, without * and /")
    named = [*arguments.args, *arguments.kwonlyargs]
    kinds = {one.arg: TYPES.get(ast.unparse(one.annotation) if one.annotation else "") for one in named}
    if unknown := next((name for name, kind in kinds.items() if kind is None), ""):
        raise ValueError(f"the argument {unknown} needs a type: {', '.join(TYPES)}")
    free = {one.arg for one in arguments.args[: len(arguments.args) - len(arguments.defaults)]}
    free |= {one.arg for one, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if value is None}
    return {"properties": {name: {"type": kind} for name, kind in kinds.items()}, "required": sorted(free)}


def _tool(file: Path, table: dict[str, Any], *, argv: tuple[str, ...]) -> OwnTool:
    """Raises ValueError."""
    about, when = table.get("about"), table.get("when", [])
    reads, seconds = table.get("reads", False), table.get("seconds", _SECONDS)
    if not isinstance(about, str) or not about.strip():
        raise ValueError("about has to say what it does")
    if not isinstance(when, list | tuple) or not all(isinstance(words, str) and words.strip() for words in when):
        raise ValueError("when is a list of texts")
    if not isinstance(reads, bool):
        raise ValueError("reads is true or false")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0.1 <= seconds <= 600:
        raise ValueError("seconds is a number from 0.1 to 600")
    parameters, required = narrowed(table.get("parameters", {}))
    return OwnTool(
        name=file.stem,
        about=one_line(about, _ABOUT),
        argv=argv,
        parameters=parameters,
        required=required,
        when=tuple(when),
        reads=reads,
        seconds=float(seconds),
        file=str(file),
    )
