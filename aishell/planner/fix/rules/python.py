"""Python: modules that are not found, environments, and programs that are run as modules."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from aishell.planner.fix.line import Token
from aishell.planner.fix.nearest import nearest, sureness
from aishell.planner.fix.values import Case, Fix, Why

_NO_MODULE = r"No module named '?([\w.]+)'?"


def no_module(case: Case) -> Iterator[Fix]:
    found = case.messages.has(_NO_MODULE)
    if not found:
        return
    module = found[1].partition(".")[0]
    for simple in case.calls():
        program = simple.program
        if not program or not re.fullmatch(r"(?:\S*/)?(?:python[\d.]*|pytest|flask|uvicorn|ipython)", program.value):
            continue
        typed = [token for token in simple.arguments if re.search(rf"\b{re.escape(module)}\b", token.text)]
        if case.facts.is_dir(case.facts.path(module)):  # one's own, so nothing to install
            yield from _own(case, typed, found[1])
            continue
        yield from _standard(case, typed, module)
        yield from _environment(case, program, module)
        yield from _install(case, program, module)


def _own(case: Case, typed: list[Token], module: str) -> Iterator[Fix]:
    """A module of a package that lies in this folder."""
    package, _, wrong = module.rpartition(".")
    folder = case.facts.path(package.replace(".", "/"))
    names = [name.removesuffix(".py") for name in case.facts.listdir(folder) if re.fullmatch(r"\w+\.py", name)]
    near = nearest(wrong, names) if package else []
    for token in typed[:1] if near else ():
        right = f"{package}.{near[0].name}"
        why = Why("Python has no module {wrong}; it has {right}.", wrong=module, right=right)
        yield Fix(
            command=case.line.edited({token: token.text.replace(module, right)}),
            why=why,
            rule="own module",
            sure=sureness(near),
        )


def _standard(case: Case, typed: list[Token], module: str) -> Iterator[Fix]:
    """A module of Python's own, mistyped in the command itself."""
    near = nearest(module, sys.stdlib_module_names)
    if typed and near:
        token = typed[0]
        line = case.line.edited({token: re.sub(rf"\b{re.escape(module)}\b", near[0].name, token.text)})
        why = Why("Python has no module {wrong}; it has {right}.", wrong=module, right=near[0].name)
        yield Fix(command=line, why=why, rule="python module", sure=sureness(near))


def _environment(case: Case, program: Token, module: str) -> Iterator[Fix]:
    """The virtual environment beside it has the module."""
    for folder in (".venv", "venv", "env"):
        python = f"{folder}/bin/python"
        if not case.facts.exists(case.facts.path(python)) or program.value.startswith(folder):
            continue
        libraries = case.facts.path(f"{folder}/lib")
        places = [f"{libraries}/{version}/site-packages" for version in case.facts.listdir(libraries)]
        why = Why("The environment {folder} is the one to run this with.", folder=folder)
        if any(case.facts.exists(f"{place}/{name}") for place in places for name in (module, f"{module}.py")):
            runs = python if program.value.startswith("python") else f"{folder}/bin/{program.value}"
            yield Fix(command=case.line.edited({program: runs}), why=why, rule="environment", sure=0.95)


def _install(case: Case, program: Token, module: str) -> Iterator[Fix]:
    if module in sys.stdlib_module_names:
        return
    package = case.facts.habits.packages.get(f"python:{module}", module)
    runs = program.text if program.value.rpartition("/")[2].startswith("python") else "python3"
    own = next(
        (f"{folder}/bin/python" for folder in (".venv", "venv") if case.facts.exists(case.facts.path(f"{folder}/bin/python"))),
        runs,
    )
    why = Why("The module {module} is not installed; the package {package} has it.", module=module, package=package)
    yield Fix(command=f"{own} -m pip install {package}", why=why, rule="python package", sure=0.8)


def managed(case: Case) -> Iterator[Fix]:
    """`pip install` where the system keeps its Python to itself."""
    for simple in case.calls():
        words = [token.value for token in simple.words]
        if case.messages.has("externally-managed-environment") and "install" in words:
            wanted = [token.text for token in simple.words[words.index("install") + 1 :]]
            why = Why("This Python belongs to the system; an environment of your own takes the package.")
            line = f"python3 -m venv .venv && .venv/bin/pip install {' '.join(wanted)}"
            yield Fix(command=line, why=why, rule="managed python", sure=0.9)


RULES = (no_module, managed)
