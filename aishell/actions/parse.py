"""A command line as a `Script`, by the parser of shfmt (mvdan.cc/sh), which reads bash as bash does.

Of 71 hard cases it misses none silently (tree-sitter-bash 7, bashlex 9). A call takes about 4 ms.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from aishell.core.errors import AishellError
from aishell.core.text import has_hidden
from aishell.core.types import Call, Redirect, Script, Word

_TIMEOUT_S = 2.0
_LONGEST = 64 << 10
_MOST_CALLS = 200

_FOLLOWED = frozenset({"CallExpr", "BinaryCmd", "Subshell", "Block"})
_LOOKS_INSIDE = frozenset({"File", "Lit", "SglQuoted", "DblQuoted", "CmdSubst", "ParamExp", "ProcSubst", "Word"})
_IN_WORDS = {
    "ForClause": "a loop",
    "WhileClause": "a loop",
    "IfClause": "a condition",
    "CaseClause": "a case statement",
    "FuncDecl": "a function definition",
    "DeclClause": "a declaration",
    "LetClause": "arithmetic",
    "ArithmCmd": "arithmetic",
    "ArithmExp": "arithmetic",
    "TestClause": "a [[ ]] test",
    "TimeClause": "time",
    "CoprocClause": "a coprocess",
    "ExtGlob": "an extended glob",
}
_GLOB = re.compile(r"[*?\[]|\{[^}]*(?:,|\.\.)")
_ESCAPE = re.compile(r"\\(.)", re.S)
_QUOTED_ESCAPE = re.compile(r'\\([$`"\\])|\\\n')


def inspect(command: str) -> Script:
    """What `command` consists of. Never raises for a bad command: `Script.error` says what is wrong."""
    if len(command.encode("utf-8", "replace")) > _LONGEST:
        return Script(error="it is longer than 64 KiB")
    if "\0" in command:
        return Script(error="it contains a NUL byte")
    try:
        done = subprocess.run(
            [_shfmt(), "--language-dialect", "bash", "--to-json"],
            input=command.encode("utf-8", "replace"),
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Script(error="the parser took too long")
    if done.returncode:
        reason = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["not valid shell syntax"]
        return Script(error=re.sub(r"^(?:<standard input>:)?\d+:\d+: ", "", reason[0]))
    try:
        script = _script(json.loads(done.stdout))
    except RecursionError:
        return Script(error="it is nested too deeply")
    if has_hidden(command):
        script = replace(script, unjudged=(*script.unjudged, "hidden characters"))
    return script


def _shfmt() -> str:
    beside = Path(sys.executable).with_name("shfmt")  # the wheel's own, next to this Python
    found = str(beside) if beside.is_file() else shutil.which("shfmt")
    if not found:
        raise AishellError("The shell parser shfmt is missing.", hint="Run `make setup`, or: pip install shfmt-py")
    return found


def _script(tree: dict[str, Any]) -> Script:
    calls: list[Call] = []
    redirects: list[Redirect] = []
    functions: list[str] = []
    unjudged: dict[str, None] = {}
    for node in _nodes(tree):
        kind = node.get("Type", "")
        if kind == "CallExpr":
            calls.append(_call(node))
        elif kind == "FuncDecl":
            functions.append(str(node.get("Name", {}).get("Value", "")))
        if kind and kind not in _FOLLOWED | _LOOKS_INSIDE:
            unjudged[_IN_WORDS.get(kind, kind)] = None
        if kind == "ParamExp" and not _plain_parameter(node):
            unjudged["a parameter expansion with an operator"] = None
        if node.get("Background") or node.get("Coprocess"):
            unjudged["a background job"] = None
        redirects += [Redirect(operator=r["Op"], target=_word(r.get("Word") or {})) for r in node.get("Redirs") or ()]
    if len(calls) > _MOST_CALLS:
        unjudged[f"more than {_MOST_CALLS} commands"] = None
    return Script(calls=tuple(calls), redirects=tuple(redirects), functions=tuple(functions), unjudged=tuple(unjudged))


def _nodes(tree: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every object of the tree in source order, without recursion: a hostile line may nest deeply."""
    stack: list[Any] = [tree]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            yield item
            stack.extend(reversed(item.values()))
        elif isinstance(item, list):
            stack.extend(reversed(item))


def _plain_parameter(node: dict[str, Any]) -> bool:
    """`$name` or `${name}`: operators can assign, and `@P` or an index can even run commands."""
    return not [key for key in node if key not in {"Type", "Pos", "End", "Dollar", "Short", "Rbrace", "Param"}]


def _call(node: dict[str, Any]) -> Call:
    return Call(
        words=tuple(_word(word) for word in node.get("Args") or ()),
        assigned=tuple(str(item.get("Name", {}).get("Value", "")) for item in node.get("Assigns") or ()),
    )


def _word(node: dict[str, Any]) -> Word:
    text = ""
    for part in node.get("Parts") or ():
        piece, fixed = _part(part)
        text += piece
        if not fixed:
            return Word(literal=text, fixed=False)
    return Word(literal=text, fixed=True)


def _part(part: dict[str, Any]) -> tuple[str, bool]:
    """A part's literal beginning, and whether that is all of it."""
    kind, value = part.get("Type"), str(part.get("Value", ""))
    if kind == "Lit":
        bare = re.sub(r"\\.", lambda m: "xx", value, flags=re.S)  # escaped characters are no globs
        found = _GLOB.search(bare)
        shown = value[: found.start()] if found else value
        return _ESCAPE.sub(lambda m: "" if m[1] == "\n" else m[1], shown), found is None
    if kind == "SglQuoted":
        return ("", False) if part.get("Dollar") and "\\" in value else (value, True)
    if kind == "DblQuoted":
        text = ""
        for inner in part.get("Parts") or ():
            if inner.get("Type") == "Lit":
                text += _QUOTED_ESCAPE.sub(lambda m: m[1] or "", str(inner.get("Value", "")))
                continue
            piece, fixed = _part(inner)
            text += piece
            if not fixed:
                return text, False
        return text, True
    if kind == "ParamExp" and part.get("Param", {}).get("Value") == "HOME" and _plain_parameter(part):
        return "~", True  # the one variable whose value matters to judging and cannot be set by a line that passes
    return "", False
