#!/usr/bin/env python3
"""What keeps the house small: files of at most 300 lines, functions of at most 40, no import cycle (lazy ones counted)."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILE_LINES = 300
FUNCTION_LINES = 40
FOLDERS = ("aishell", "tests", "tools", "bench")


def main() -> int:
    files = [file for folder in FOLDERS for file in sorted((ROOT / folder).rglob("*.py"))]
    over = [finding for file in files for finding in sizes(file.relative_to(ROOT), file.read_text("utf-8"))]
    over += cycles({module(file): imports(file) for file in (ROOT / "aishell").rglob("*.py")})
    for finding in over:
        print(finding)
    print(f"budgets: {len(files)} files, {len(over)} over")
    return 1 if over else 0


def sizes(name: Path, text: str) -> Iterator[str]:
    """Files and functions over their budget."""
    lines = len(text.splitlines())
    if lines > FILE_LINES:
        yield f"{name}: {lines} lines, at most {FILE_LINES}"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            length = node.end_lineno - node.lineno + 1
            if length > FUNCTION_LINES:
                yield f"{name}:{node.lineno}: {node.name} has {length} lines, at most {FUNCTION_LINES}"


def module(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(file: Path) -> set[str]:
    """Modules of ours that a file imports anywhere in it, but not for type checking only."""
    tree = ast.parse(file.read_text("utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if (ROOT / f"{name.replace('.', '/')}.py").exists() else node.module for name in names}
    return {name for name in found if name.startswith("aishell")}


def cycles(graph: dict[str, set[str]]) -> list[str]:
    """Each import cycle, once. A package is not taken to import its own modules, nor they it for its version."""
    found: list[str] = []
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            found.append("import cycle: " + " -> ".join((*path[path.index(name) :], name)))
            return
        if name in done or name not in graph:
            return
        for other in sorted(graph[name] - {name}):
            visit(other, (*path, name))
        done.add(name)

    for name in sorted(graph):
        visit(name, ())
    return found


if __name__ == "__main__":
    sys.exit(main())
