"""shfmt's tree as a `Script`: every node is visited once, without recursion, and only known kinds of nodes are believed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from aishell.actions.chained import chained
from aishell.actions.words import PLAIN_KEYS, joined, plain_parameter, word
from aishell.core.types import UNKNOWN, Assignment, Call, Part, Redirect, Script, Word

Node = dict[str, Any]

_MOST_CALLS = 200
_FOLLOWED = frozenset(
    "File CallExpr BinaryCmd Subshell Block IfClause WhileClause ForClause CaseClause FuncDecl DeclClause LetClause ArithmCmd "
    "TestClause TimeClause CoprocClause WordIter CStyleLoop Lit SglQuoted DblQuoted CmdSubst ParamExp ProcSubst ArithmExp "
    "ExtGlob Word BinaryArithm UnaryArithm ParenArithm BinaryTest UnaryTest ParenTest".split()
)
_PIPES = frozenset({"|", "|&"})
_ARITHMETIC = frozenset({"ArithmExp", "ArithmCmd", "LetClause", "CStyleLoop"})
_NUMERIC_TESTS = frozenset({"-eq", "-ne", "-lt", "-le", "-gt", "-ge"})
_KNOWS_VARIABLES = frozenset({"-v", "-R"})
_HARMLESS_OPERATORS = frozenset({"-", ":-", "+", ":+", "?", ":?", "%", "%%", "#", "##", "^", "^^", ",", ",,"})
_HARMLESS_KEYS = frozenset({"Exp", "Length", "Repl", "Slice", "Index"})
_HERE = frozenset({"<<", "<<-"})
_NUMBER = re.compile(r"[+-]?(0[xX][0-9a-fA-F]+|\d+)")
_NAME = re.compile(r"[A-Za-z_]\w*")
_READS = frozenset({"read", "mapfile", "readarray", "getopts", "printf"})
"""Builtins that give variables a value from elsewhere."""
_NAMES = frozenset("read mapfile readarray getopts unset declare typeset local export readonly wait let".split())
_MAY_NAME = {"printf": "-v", "test": "-v", "[": "-v"}
"""Builtins that take the name of a variable, always or behind an option: a subscript in it is evaluated."""
_PRINTED = frozenset({"echo", "printf"})
_HIDDEN_ARITHMETIC = "arithmetic on a value that may hold a command"


@dataclass(frozen=True, slots=True)
class _Around:
    """What holds for everything below a node."""

    input: Word | None = None
    arithmetic: bool = False
    within: str = ""


@dataclass(slots=True)
class _Found:
    source: bytes
    calls: list[Call] = field(default_factory=list)
    redirects: list[Redirect] = field(default_factory=list)
    functions: list[str] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    computed: set[str] = field(default_factory=set)
    """Names that arithmetic reads or sets."""
    background: bool = False
    unproven: dict[str, None] = field(default_factory=dict)
    unjudged: dict[str, None] = field(default_factory=dict)


def walk(tree: Node, source: bytes, hidden: tuple[str, ...]) -> Script:
    """The script that shfmt's `tree` of `source` describes. `hidden`: deceiving characters found in it."""
    found = _Found(source)
    stack: list[tuple[Any, _Around]] = [(tree, _Around())]
    while stack:
        item, around = stack.pop()
        if isinstance(item, list):
            stack.extend((one, around) for one in reversed(item))
        elif isinstance(item, dict):
            below = _visit(item, around, found)
            stack.extend(
                (value, below.get(key, around)) for key, value in reversed(item.items()) if isinstance(value, dict | list)
            )
    if len(found.calls) > _MOST_CALLS:
        return Script(error=f"it has more than {_MOST_CALLS} commands")
    if found.computed & {a.name for a in found.assignments if not (a.value.fixed and _NUMBER.fullmatch(a.value.literal))}:
        found.unproven[_HIDDEN_ARITHMETIC] = None
    return Script(
        calls=tuple(found.calls),
        redirects=tuple(found.redirects),
        functions=tuple(found.functions),
        assignments=tuple(found.assignments),
        chained=chained(tree),
        background=found.background,
        unproven=tuple(found.unproven),
        unjudged=tuple(found.unjudged),
        hidden=hidden,
    )


def _visit(node: Node, around: _Around, found: _Found) -> dict[str, _Around]:
    """Take from one node what it says; what holds below its keys, where that differs from `around`."""
    kind = node.get("Type", "")
    if kind and kind not in _FOLLOWED:
        found.unjudged[f"{kind} is not known"] = None
    if node.get("Background") or node.get("Coprocess") or kind == "CoprocClause":
        found.background = True
        found.unproven["a background job"] = None
    if around.arithmetic:
        _arithmetic(node, kind, found)
    if kind == "LetClause":
        _add(node, around, found, (Word.of(Part(kind="text", text="let")),), ())
    if kind in _ARITHMETIC:
        return {key: replace(around, arithmetic=True) for key in ("X", "Init", "Cond", "Post", "Exprs")}
    if "Cmd" in node or "Redirs" in node:
        return _statement(node, around, found)
    if kind == "BinaryCmd" and node.get("Op") in _PIPES:
        return {"Y": replace(around, input=_printed(node.get("X") or {}))}
    if kind in ("CmdSubst", "ProcSubst"):
        fed = UNKNOWN if node.get("Op") == ">(" else None
        return {"Stmts": replace(around, arithmetic=False, input=fed)}
    return _VISITS[kind](node, around, found) if kind in _VISITS else {}


def _statement(node: Node, around: _Around, found: _Found) -> dict[str, _Around]:
    """A command with its redirections, which may feed it."""
    fed = around.input
    for item in node.get("Redirs") or ():
        redirect = _redirect(item)
        found.redirects.append(redirect)
        if redirect.operator.startswith("<"):
            fed = redirect.body or UNKNOWN
        descriptor = str((item.get("N") or {}).get("Value", ""))
        if descriptor.startswith("{"):
            found.assignments.append(Assignment(name=descriptor.strip("{}"), value=UNKNOWN))
    return {"Cmd": replace(around, input=fed)}


def _redirect(item: Node) -> Redirect:
    target, operator = word(item.get("Word") or {}), str(item.get("Op"))
    if operator == "<<<":
        return Redirect(operator=operator, target=Word.of(), body=target)
    if operator in _HERE:
        return Redirect(operator=operator, target=Word.of(), body=_lines(item))
    return Redirect(operator=operator, target=target)


def _lines(item: Node) -> Word:
    """A here-document's text: as it stands when the delimiter is quoted, else with the escapes of double quotes."""
    parts = (item.get("Hdoc") or {}).get("Parts") or []
    delimiter = (item.get("Word") or {}).get("Parts") or []
    quoted = any(part.get("Type") != "Lit" or "\\" in str(part.get("Value")) for part in delimiter)
    if quoted:
        return Word.of(Part(kind="text", text="".join(str(part.get("Value", "")) for part in parts)))
    return word({"Parts": [{"Type": "DblQuoted", "Parts": parts}]})


def _call(node: Node, around: _Around, found: _Found) -> dict[str, _Around]:
    assigned = [_assignment(item, found) for item in node.get("Assigns") or ()]
    words = tuple(word(item) for item in node.get("Args") or ())
    _add(node, around, found, words, tuple(assigned))
    return {}


def _declaration(node: Node, around: _Around, found: _Found) -> dict[str, _Around]:
    """`export A=b` is a program with a word that assigns."""
    words = [Word.of(Part(kind="text", text=str(node["Variant"]["Value"])))]
    assigned = []
    for item in node.get("Args") or ():
        if "Name" in item:
            assigned.append(_assignment(item, found))
            words.append(Word.of(Part(kind="text", text=assigned[-1])))
        else:
            words.append(word(item.get("Value") or {}))
    _add(node, around, found, tuple(words), tuple(assigned))
    return {}


def _add(node: Node, around: _Around, found: _Found, words: tuple[Word, ...], assigned: tuple[str, ...]) -> None:
    if words and words[0].literal in _READS:
        found.assignments += [Assignment(name=one.literal, value=UNKNOWN) for one in words[1:] if _NAME.fullmatch(one.literal)]
    if words and _computes_name(words):
        found.unproven["a variable's name that may hold a command"] = None
    text = found.source[node["Pos"]["Offset"] : node["End"]["Offset"]].decode("utf-8", "replace")
    found.calls.append(Call(words=words, assigned=assigned, input=around.input, text=text, within=around.within))


def _computes_name(words: tuple[Word, ...]) -> bool:
    name = words[0].literal
    counts = name == "printf" and any("n" in word.literal.partition("%")[2] for word in words[1:])
    behind = any(word.literal.startswith(_MAY_NAME.get(name, "\0")) for word in words[1:])
    if not (name in _NAMES or counts or behind):
        return False
    return any(not word.fixed or "[" in word.literal for word in words[1:])


def _assignment(item: Node, found: _Found) -> str:
    name = str(item.get("Name", {}).get("Value", ""))
    elements = [element.get("Value") or {} for element in (item.get("Array") or {}).get("Elems") or ()]
    single = UNKNOWN if item.get("Append") else word(item.get("Value") or {})
    values = [single, *(word(element) for element in elements)] if elements else [single]
    if item.get("Naked"):
        values = []
    found.assignments += [Assignment(name=name, value=value) for value in values]
    if item.get("Index"):
        _index(item["Index"], found)
    return name


def _loop(node: Node, _around: _Around, found: _Found) -> dict[str, _Around]:
    name = str(node.get("Name", {}).get("Value", ""))
    values = [word(item) for item in node.get("Items") or ()] or [UNKNOWN]
    found.assignments += [Assignment(name=name, value=value) for value in values]
    return {}


def _function(node: Node, around: _Around, found: _Found) -> dict[str, _Around]:
    name = str(node.get("Name", {}).get("Value", ""))
    found.functions.append(name)
    return {"Body": replace(around, within=name, input=UNKNOWN)}


def _parameter(node: Node, _around: _Around, found: _Found) -> dict[str, _Around]:
    if plain_parameter(node):
        return {}
    operator = str((node.get("Exp") or {}).get("Op", ""))
    if operator in ("=", ":="):
        name = str(node.get("Param", {}).get("Value", ""))
        found.assignments.append(Assignment(name=name, value=word(node["Exp"].get("Word") or {})))
        found.unproven["a parameter expansion that assigns"] = None
    elif (operator and operator not in _HARMLESS_OPERATORS) or node.keys() - _HARMLESS_KEYS - PLAIN_KEYS:
        found.unproven["a parameter expansion that may run a command"] = None
    if node.get("Index"):
        _index(node["Index"], found)
    for bound in (node.get("Slice") or {}).values():
        if isinstance(bound, dict) and "Type" in bound:
            _index(bound, found)
    return {}


def _index(node: Node, found: _Found) -> None:
    """A subscript is arithmetic, except the two that mean all."""
    if node.get("Type") == "Word" and word(node).literal in ("@", "*"):
        return
    text = word(node) if node.get("Type") == "Word" else UNKNOWN
    if not (text.fixed and (_NUMBER.fullmatch(text.literal) or _NAME.fullmatch(text.literal))):
        found.unproven[_HIDDEN_ARITHMETIC] = None
    elif not _NUMBER.fullmatch(text.literal):
        found.computed.add(text.literal)


def _arithmetic(node: Node, kind: str, found: _Found) -> None:
    """Names in arithmetic are evaluated again and again: a value like `a[$(id)]` would run `id`."""
    if kind == "Lit" and "Value" in node:
        text = str(node["Value"])
        if _NAME.fullmatch(text):
            found.computed.add(text)
        elif not _NUMBER.fullmatch(text):
            found.unproven[_HIDDEN_ARITHMETIC] = None
    elif kind == "ParamExp" and plain_parameter(node):
        found.computed.add(str(node.get("Param", {}).get("Value", "")))
    elif kind in ("ParamExp", "CmdSubst", "SglQuoted", "ProcSubst"):
        found.unproven[_HIDDEN_ARITHMETIC] = None
    target = node.get("X") or {}
    assigns = str(node.get("Op", "")).endswith("=") and node.get("Op") not in ("==", "!=", "<=", ">=")
    if kind in ("BinaryArithm", "UnaryArithm") and (assigns or node.get("Op") in ("++", "--")):
        name = word(target).literal if target.get("Type") == "Word" else ""
        zero = Word.of(Part(kind="text", text="0"))
        found.assignments.append(Assignment(name=name, value=zero))


def _test(node: Node, around: _Around, found: _Found) -> dict[str, _Around]:
    """`[[ a -eq b ]]` is arithmetic on both sides, `-v` looks at a subscript."""
    if node.get("Op") in _KNOWS_VARIABLES:
        found.unproven["a test of a variable's name"] = None
    if node.get("Op") in _NUMERIC_TESTS:
        return {key: replace(around, arithmetic=True) for key in ("X", "Y")}
    return {}


def _printed(statement: Node) -> Word:
    """What a statement writes into a pipe, when it is `echo` or `printf` of plain text."""
    command = statement.get("Cmd") or {}
    words = tuple(word(item) for item in command.get("Args") or ())
    if command.get("Type") != "CallExpr" or statement.get("Redirs") or len(words) < 2 or words[0].literal not in _PRINTED:
        return UNKNOWN
    text = joined(words[1:])
    if (
        not text.fixed
        or text.literal.startswith("-")
        or "\\" in text.literal
        or (words[0].literal == "printf" and "%" in text.literal)
    ):
        return UNKNOWN
    return text if words[0].literal == "echo" else words[1] if len(words) == 2 else UNKNOWN


_VISITS = {
    "CallExpr": _call,
    "DeclClause": _declaration,
    "WordIter": _loop,
    "FuncDecl": _function,
    "ParamExp": _parameter,
    "BinaryTest": _test,
    "UnaryTest": _test,
}
