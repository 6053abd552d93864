#!/usr/bin/env python3
"""What keeps foreign text off the terminal: every string printed, written or put into a widget is our own or made harmless.

A few doors make everything harmless that goes through them (`stdio.say`, `stdio.show`, `Out.write`); only the files they stand
in write to a terminal themselves. Elsewhere a sink takes a constant, a number, or what a function of `core/text.py` gives back.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOORS = ("aishell/cli/stdio.py", "aishell/ui/consent.py", "aishell/ui/shown.py")
"""Files with the doors in them; they are short and read with care."""
ELSEWHERE = ("aishell/backends/", "aishell/integrate/client.py")
"""Rooms that run in a process without a terminal: what they write goes into a pipe or log and is read back as foreign."""
SINKS = frozenset(
    "print Static Label Markdown Text Content Panel RichLog Log Digits Tooltip notify prompt_async set_title write_line"
    " print_formatted_text from_markup from_ansi ANSI HTML assemble styled".split()
)
_STREAMS = frozenset(("stdout", "stderr", "__stdout__", "__stderr__"))
_HARMLESS = frozenset(
    "visible one_line capped style describe shown stacked label shell keys_line say repr ascii len int float round sum".split()
)
"""What these give back is harmless whatever they are given; each has a test of its own."""
_NUMERIC = "bcdeEfFgGnoxX%"


def main() -> int:
    names = [str(file.relative_to(ROOT)) for file in sorted((ROOT / "aishell").rglob("*.py"))]
    files = [name for name in names if name not in DOORS and not name.startswith(ELSEWHERE)]
    found = [finding for name in files for finding in findings(name, (ROOT / name).read_text("utf-8"))]
    for finding in found:
        print(finding)
    print(f"hygiene: {len(files)} files, {len(found)} places where foreign text could reach a terminal")
    return 1 if found else 0


def findings(name: str, text: str) -> Iterator[str]:
    """Each call that hands text to a terminal without making it harmless."""
    tree = ast.parse(text)
    own = _constants(tree)
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        sink = _sink(call)
        if not sink:
            continue
        for argument in [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg not in _PLAIN_KEYWORDS)]:
            if not _harmless(argument, own):
                yield f"{name}:{call.lineno}: {sink} is given {ast.unparse(argument)}"


_PLAIN_KEYWORDS = frozenset(
    ("file", "flush", "end", "sep", "no_wrap", "severity", "timeout", "multiline", "id", "classes", "parser_factory")
)


def _sink(call: ast.Call) -> str:
    """The name of what `call` writes to; empty when it writes to no terminal."""
    function = call.func
    if isinstance(function, ast.Name):
        return function.id if function.id in SINKS else ""
    if not isinstance(function, ast.Attribute):
        return ""
    if function.attr in ("write", "writelines") and _is_stream(function.value):
        return ast.unparse(function)
    if function.attr == "write" and ast.unparse(function) == "os.write" and _is_terminal(call.args[0]):
        return "os.write"
    return function.attr if function.attr in SINKS - {"print"} else ""


def _is_stream(value: ast.expr) -> bool:
    """`sys.stdout`, `sys.stderr.buffer` and the like."""
    return any(isinstance(node, ast.Attribute) and node.attr in _STREAMS for node in ast.walk(value))


def _is_terminal(descriptor: ast.expr) -> bool:
    return (isinstance(descriptor, ast.Constant) and descriptor.value in (1, 2)) or "fileno" in ast.unparse(descriptor)


def _constants(tree: ast.Module) -> frozenset[str]:
    """Names that the module gives to constants of its own, and the few that are imported."""
    found = {"__version__", "USAGE", "RESET"}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return frozenset(found)


def _harmless(value: ast.expr, own: frozenset[str]) -> bool:
    match value:
        case ast.Constant():
            return True
        case ast.Name(id=name):
            return name in own
        case ast.JoinedStr(values=parts):
            return all(_harmless(part, own) for part in parts)
        case ast.FormattedValue(value=inner, conversion=conversion, format_spec=spec):
            return conversion in (ord("r"), ord("a")) or _is_number_format(spec) or _harmless(inner, own)
        case ast.IfExp(body=one, orelse=other):
            return _harmless(one, own) and _harmless(other, own)
        case ast.BinOp(left=one, right=other):
            return _harmless(one, own) and _harmless(other, own)
        case ast.Starred(value=inner) | ast.GeneratorExp(elt=inner) | ast.ListComp(elt=inner):
            return _harmless(inner, own)
        case ast.Call(func=ast.Attribute(value=ast.Constant(), attr="join"), args=[items]):
            return _harmless(items, own)
        case ast.Call(func=ast.Attribute(value=inner, attr="encode" | "strip" | "rstrip" | "splitlines")):
            return _harmless(inner, own)
        case ast.Call(func=ast.Attribute(value=ast.Name(id="json"), attr="dumps"), keywords=keywords):
            return all(keyword.arg != "ensure_ascii" for keyword in keywords)  # ASCII is the default
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in _HARMLESS
    return False


def _is_number_format(spec: ast.expr | None) -> bool:
    """`{x:.1f}` raises for text, so that only numbers pass."""
    parts = spec.values if isinstance(spec, ast.JoinedStr) else []
    return bool(parts) and isinstance(parts[-1], ast.Constant) and str(parts[-1].value).endswith(tuple(_NUMERIC))


if __name__ == "__main__":
    sys.exit(main())
