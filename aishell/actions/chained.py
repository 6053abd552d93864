"""Whether a script is a plain chain of commands. What shfmt calls a node's parts is its business and `walk`'s."""

from __future__ import annotations

from typing import Any


def chained(tree: dict[str, Any]) -> bool:
    """Whether `tree` is nothing but simple commands, each run only when all before it went well: `a && b && c`."""
    waiting = list(tree.get("Stmts") or ())
    if len(waiting) != 1:
        return False
    while waiting:
        statement = waiting.pop()
        command = statement.get("Cmd") or {}
        if any(statement.get(key) for key in ("Negated", "Background", "Coprocess")):
            return False
        if command.get("Type") == "BinaryCmd" and command.get("Op") == "&&":
            waiting += [command["X"], command["Y"]]
        elif command.get("Type") != "CallExpr" or command.get("Assigns"):
            return False
    return True
