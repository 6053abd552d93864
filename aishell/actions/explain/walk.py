"""A command line's parts in order, from shfmt's tree: commands, what joins them, where their input and output go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from aishell.actions.explain.calls import Calls, Written
from aishell.actions.explain.conditions import conditions
from aishell.actions.parse import Unparsed, tree
from aishell.actions.rules import Policy
from aishell.actions.words import word
from aishell.core.explanation import Explanation, Kind, Part
from aishell.core.types import Verdict
from aishell.programs.known import Programs

Node = dict[str, Any]

_JOINED: dict[str, Kind] = {"|": "pipe", "|&": "pipe both", "&&": "and", "||": "or"}
_REDIRECTS: dict[str, Kind] = {
    ">": "out", ">>": "append", ">|": "over", "&>": "both out", "&>>": "both append", "<": "in", "<>": "in and out",
    "<<": "lines in", "<<-": "lines in", "<<<": "text in", ">&": "same as", "<&": "same as",
}  # fmt: skip
_BRACES = re.compile(r"\{[^{}]*(?:,|\.\.)[^{}]*\}")
_PATTERN = re.compile(r"[*?]|\[[^]]+\]")
_SUBSTITUTED: dict[str, Kind] = {"<(": "file with output of", ">(": "file into"}
_DEEPEST = 12
_MOST_PARTS = 400


def explain(command: str, verdict: Verdict, *, programs: Programs, policy: Policy) -> Explanation:
    """`command` part by part, with what the judge makes of it. Runs nothing of it."""
    found = tree(command)
    if isinstance(found, Unparsed):
        where = f" (at {found.where})" if found.where else ""
        return Explanation(command=command, error=f"{found.why}{where}")
    walk = _Walk(command.encode("utf-8", "surrogateescape"), programs, policy)
    parts = tuple(part for part, _ in zip(walk.statements(found.get("Stmts"), 0), range(_MOST_PARTS), strict=False))
    return Explanation(command=command, parts=parts, tier=verdict.tier.name, reasons=verdict.reasons)


@dataclass(slots=True)
class _Walk:
    source: bytes
    programs: Programs
    policy: Policy
    functions: set[str] = field(default_factory=set)

    def statements(self, nodes: Any, depth: int) -> Iterator[Part]:
        if depth > _DEEPEST:
            yield Part(kind="too deep", text="", depth=depth)
            return
        for at, node in enumerate(nodes or ()):
            if at:
                yield Part(kind="then", text=";", depth=depth)
            yield from self._statement(node, depth)

    def _statement(self, node: Node, depth: int) -> Iterator[Part]:
        if node.get("Negated"):
            yield Part(kind="not", text="!", depth=depth)
        command = node.get("Cmd")
        if command:
            yield from self._command(command, depth)
        for redirect in node.get("Redirs") or ():
            yield from self._redirect(redirect, depth + bool(command))
        if node.get("Background") or node.get("Coprocess"):
            yield Part(kind="background", text="&", depth=depth)

    def _command(self, node: Node, depth: int) -> Iterator[Part]:
        kind = node.get("Type")
        if kind == "BinaryCmd":
            yield from self._joined(node, depth)
        elif kind == "CallExpr":
            yield from self._call(node, depth)
        elif kind in ("Subshell", "Block"):
            yield Part(
                kind="subshell" if kind == "Subshell" else "group", text="( )" if kind == "Subshell" else "{ }", depth=depth
            )
            yield from self.statements(node.get("Stmts"), depth + 1)
        elif kind == "IfClause":
            yield from self._if(node, "if", depth)
        elif kind in ("WhileClause", "ForClause"):
            yield from self._loop(node, depth)
        elif kind == "CaseClause":
            yield from self._case(node, depth)
        elif kind == "FuncDecl":
            name = str(node["Name"]["Value"])
            self.functions.add(name)
            yield Part(kind="defines", text=name, depth=depth, about=name)
            yield from self._statement(node["Body"], depth + 1)
        elif kind == "TestClause":
            yield Part(kind="test", text=self._text(node), depth=depth)
            yield from conditions(node.get("X") or {}, self._text, self.programs.get("test"), depth + 1)
        elif kind == "TimeClause":
            yield Part(kind="timed", text="time", depth=depth)
            yield from self._statement(node["Stmt"], depth + 1) if node.get("Stmt") else ()
        elif kind == "CoprocClause":
            yield Part(kind="coprocess", text="coproc", depth=depth)
            yield from self._statement(node["Stmt"], depth + 1)
        elif kind == "DeclClause":
            yield from self._declares(node, depth)
        elif kind in ("ArithmCmd", "LetClause"):
            yield Part(kind="arithmetic", text=self._text(node), depth=depth)
        else:
            yield Part(kind="other", text=self._text(node), depth=depth)

    def _joined(self, node: Node, depth: int) -> Iterator[Part]:
        """A chain of any length without recursion: it leans to the left."""
        links: list[Node] = []
        first: Node = {"Cmd": node}
        while not first.get("Redirs") and (first.get("Cmd") or {}).get("Type") == "BinaryCmd" and not first.get("Negated"):
            links.append(first["Cmd"])
            first = first["Cmd"]["X"]
        yield from self._statement(first, depth)
        for link in reversed(links):
            yield Part(kind=_JOINED.get(str(link["Op"]), "other"), text=str(link["Op"]), depth=depth)
            yield from self._statement(link["Y"], depth)

    def _call(self, node: Node, depth: int) -> Iterator[Part]:
        words = tuple(self._written(one) for one in node.get("Args") or ())
        for assigned in node.get("Assigns") or ():
            yield from self._assigned(assigned, "assigned for it" if words else "assigned", depth)
        if words:
            calls = Calls(
                programs=self.programs,
                policy=self.policy,
                functions=frozenset(self.functions),
                inside=self._inside,
                code=self._code,
            )
            yield from calls.parts(words, depth)

    def _written(self, node: Node) -> Written:
        return Written(word(node), self._text(node), node)

    def _text(self, node: Node) -> str:
        """What stands there."""
        return self.source[node["Pos"]["Offset"] : node["End"]["Offset"]].decode("utf-8", "replace")

    def _code(self, text: str, depth: int) -> Iterator[Part]:
        found = tree(text) if depth <= _DEEPEST else Unparsed("")
        if isinstance(found, Unparsed):
            yield Part(kind="other", text=text, depth=depth)
        else:
            inner = _Walk(text.encode("utf-8", "surrogateescape"), self.programs, self.policy, set(self.functions))
            yield from inner.statements(found.get("Stmts"), depth)

    def _assigned(self, node: Node, kind: Kind, depth: int) -> Iterator[Part]:
        yield Part(kind=kind, text=self._text(node), depth=depth, about=str(node.get("Name", {}).get("Value", "")))
        values = [node.get("Value"), *(one.get("Value") for one in (node.get("Array") or {}).get("Elems") or ())]
        for value in values:
            if value:
                yield from self._inside(self._written(value), depth + 1)

    def _declares(self, node: Node, depth: int) -> Iterator[Part]:
        """`export A=b` is a builtin with options, and words that assign."""
        name = str(node["Variant"]["Value"])
        program = self.programs.get(name)
        yield Part(kind="program", text=name, depth=depth, about=name, meaning=program.summary, origin=program.origin)
        for item in node.get("Args") or ():
            if "Name" in item:
                yield from self._assigned(item, "declares" if item.get("Naked") else "assigned", depth + 1)
            else:
                text = self._text(item.get("Value") or item)
                option = program.option(text)
                meaning, origin = (option.meaning, program.origin) if option else ("", "")
                yield Part(kind="option", text=text, depth=depth + 1, meaning=meaning, origin=origin)

    def _redirect(self, node: Node, depth: int) -> Iterator[Part]:
        operator, target = str(node.get("Op")), node.get("Word") or {}
        about = self._text(target) if target else ""
        kind = _REDIRECTS.get(operator, "redirect")
        if kind == "same as" and about == "-":
            kind = "closed"
        elif operator == ">&" and not about.rstrip("-").isdigit():
            kind = "both out"  # the old way to write `&>`
        number = str((node.get("N") or {}).get("Value", ""))
        yield Part(kind=kind, text=f"{number}{operator}{'' if kind == 'lines in' else about}", depth=depth, about=about)
        yield from self._inside(self._written(target), depth + 1) if target and kind != "lines in" else ()
        for part in (node.get("Hdoc") or {}).get("Parts") or ():
            yield from self._inside_part(part, depth + 1, quoted=True)

    # ---- constructs

    def _if(self, node: Node, kind: Kind, depth: int) -> Iterator[Part]:
        yield Part(kind=kind, text=kind, depth=depth)
        yield from self.statements(node.get("Cond"), depth + 1)
        yield Part(kind="then do", text="then", depth=depth)
        yield from self.statements(node.get("Then"), depth + 1)
        other = node.get("Else")
        if other and other.get("Cond"):
            yield from self._if(other, "elif", depth)
        elif other:
            yield Part(kind="else", text="else", depth=depth)
            yield from self.statements(other.get("Then"), depth + 1)

    def _loop(self, node: Node, depth: int) -> Iterator[Part]:
        loop = node.get("Loop") or {}
        if node.get("Type") == "WhileClause":
            kind: Kind = "until" if node.get("Until") else "while"
            yield Part(kind=kind, text=kind, depth=depth)
            yield from self.statements(node.get("Cond"), depth + 1)
        elif loop.get("Type") == "WordIter":
            name = str(loop["Name"]["Value"])
            kind = "select" if node.get("Select") else "for"
            yield Part(kind=kind, text=f"{kind} {self._text(loop)}", depth=depth, about=name)
            for item in loop.get("Items") or ():
                yield from self._inside(self._written(item), depth + 1)
        else:
            yield Part(kind="for numbers", text=f"for {self._text(loop)}", depth=depth)
        yield Part(kind="do", text="do", depth=depth)
        yield from self.statements(node.get("Do"), depth + 1)

    def _case(self, node: Node, depth: int) -> Iterator[Part]:
        subject = self._written(node["Word"])
        yield Part(kind="case", text=subject.text, depth=depth, about=subject.text)
        yield from self._inside(subject, depth + 1)
        for item in node.get("Items") or ():
            patterns = " | ".join(self._text(one) for one in item.get("Patterns") or ())
            yield Part(kind="branch", text=patterns, depth=depth + 1, about=patterns)
            yield from self.statements(item.get("Stmts"), depth + 2)

    # ---- what words have inside

    def _inside(self, written: Written, depth: int) -> Iterator[Part]:
        """What of a word stands for something else."""
        for part in written.node.get("Parts") or ():
            yield from self._inside_part(part, depth)

    def _inside_part(self, node: Node, depth: int, *, quoted: bool = False) -> Iterator[Part]:
        kind = node.get("Type")
        if kind == "DblQuoted":
            for part in node.get("Parts") or ():
                yield from self._inside_part(part, depth, quoted=True)
        elif kind == "ParamExp":
            text, name = self._text(node), str((node.get("Param") or {}).get("Value", ""))
            plain = text in (f"${name}", f"${{{name}}}")
            yield Part(kind="variable" if plain else "expansion", text=text, depth=depth, about=name)
        elif kind == "CmdSubst":
            yield Part(kind="output of", text="$( )", depth=depth)
            yield from self.statements(node.get("Stmts"), depth + 1)
        elif kind == "ProcSubst":
            yield Part(kind=_SUBSTITUTED.get(str(node.get("Op")), "other"), text=f"{node.get('Op')} )", depth=depth)
            yield from self.statements(node.get("Stmts"), depth + 1)
        elif kind == "ArithmExp":
            yield Part(kind="arithmetic", text=self._text(node), depth=depth)
        elif kind == "ExtGlob":
            yield Part(kind="pattern", text=self._text(node), depth=depth)
        elif kind == "Lit" and not quoted:
            yield from _literal(str(node.get("Value", "")), depth)


def _literal(text: str, depth: int) -> Iterator[Part]:
    """Unquoted text: braces become several words, and a pattern the names that it fits."""
    bare = re.sub(r"\\.", "", text, flags=re.S)
    if braces := _BRACES.search(bare):
        yield Part(kind="braces", text=braces[0], depth=depth)
    if _PATTERN.search(bare) and text != "[":
        yield Part(kind="pattern", text=text, depth=depth)
