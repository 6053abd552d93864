"""The rules of the house: what is imported when, how big things are, and that the documents tell the truth."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from aishell.cli import USAGE
from tests.conftest import ROOT, Run
from tools import budgets, hygiene, llama_build, llama_source

HEAVY = (
    "asyncio",
    "dataclasses",
    "argparse",
    "llama_cpp",
    "numpy",
    "textual",
    "prompt_toolkit",
    "rich",
    "torch",
    "sqlite3",
    "json",
)


def loaded_after(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("code", "heavy"),
    [
        ("import aishell.cli", HEAVY),
        ("import aishell.cli.command", HEAVY),
        ("import aishell.wiring", ("asyncio", "llama_cpp", "numpy", "textual", "prompt_toolkit", "rich", "torch")),
        ("import aishell.session", ("llama_cpp", "numpy", "textual", "prompt_toolkit", "rich", "torch")),
        ("import aishell.cli.words", ("llama_cpp", "numpy", "textual", "prompt_toolkit", "rich", "torch")),
        ("from aishell.backends.llama import bindings; bindings()", ("numpy", "jinja2", "torch", "asyncio")),
    ],
)
def test_nothing_heavy_is_imported_before_it_is_needed(code: str, heavy: tuple[str, ...]) -> None:
    assert not loaded_after(code) & set(heavy)


def test_the_budget_check_can_fail() -> None:
    long_function = "def f():\n" + "    x = 1\n" * 41
    assert [*budgets.sizes(Path("x.py"), long_function)] == ["x.py:1: f has 42 lines, at most 40"]
    assert [*budgets.sizes(Path("x.py"), "x = 1\n" * 301)] == ["x.py: 301 lines, at most 300"]
    assert budgets.cycles({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["import cycle: a -> b -> c -> a"]
    assert budgets.cycles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_no_foreign_text_reaches_a_terminal_unsanitised() -> None:
    found = [
        finding
        for file in (ROOT / "aishell").rglob("*.py")
        if (name := str(file.relative_to(ROOT))) not in hygiene.DOORS and not name.startswith(hygiene.ELSEWHERE)
        for finding in hygiene.findings(name, file.read_text("utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "planted",
    [
        "print(name)",
        "print(f'{name}: ok')",
        "print('a ' + name)",
        "print(visible(a), b)",
        "print(visible(a) if a else b)",
        "print(', '.join(name for name in names))",
        "print(f'{name:<12}')",
        "print(json.dumps(value, ensure_ascii=False))",
        "sys.stdout.write(text)",
        "sys.stderr.buffer.write(data)",
        "os.write(1, data)",
        "os.write(sys.stdout.fileno(), data)",
        "Static(outcome.stdout)",
        "self.notify(error.message, title=visible(t))",
        "textual.widgets.Markdown(reply)",
        "session.prompt_async(folder)",
    ],
)
def test_the_hygiene_check_finds_a_planted_violation(planted: str) -> None:
    assert [*hygiene.findings("x.py", planted)] != []


@pytest.mark.parametrize(
    "clean",
    [
        "print('text', file=sys.stderr)",
        "USAGE = 'x'\nprint(USAGE, end='')",
        "print(f'{visible(name)} has {size:.1f} MB, {count:d} parts, {key!r}')",
        "print('\\n'.join(describe(status)))",
        "print(json.dumps(value))",
        "os.write(descriptor, data)",
        "stdio.say(error.hint)",
        "Static(visible(text))",
        "file.write(text)",
    ],
)
def test_the_hygiene_check_lets_clean_code_be(clean: str) -> None:
    assert [*hygiene.findings("x.py", clean)] == []


def test_amx_is_left_out_where_the_cpu_has_it_and_every_flavour_is_more_careful() -> None:
    native, portable, baseline = llama_build.flavours("avx2 amx_tile amx_int8")
    assert "-mno-amx-tile" in native.flags
    assert "-DGGML_NATIVE=OFF" in portable.flags
    assert "-DGGML_AVX2=OFF" in baseline.flags
    assert "amx" not in llama_build.flavours("avx2")[0].flags
    fastest = llama_build.flavours("avx2", ("clang-19", "-DCMAKE_C_COMPILER=clang-19"))
    assert [flavour.name for flavour in fastest] == ["native-clang-19", "native", "portable", "baseline"]
    assert "clang" not in fastest[1].flags


def test_a_build_that_crashes_is_made_again_more_carefully(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With real processes: a stand-in for pip that makes an empty wheel, and a stand-in for Python that crashes once."""
    pip = tmp_path / "python-that-builds"
    pip.write_text('#!/bin/sh\nwhile [ "$1" != --wheel-dir ]; do shift; done\necho "$CMAKE_ARGS" > "$2/x.whl"\n')
    crashing = tmp_path / "python-that-crashes-once"
    crashing.write_text(f"#!/bin/sh\n[ -e {tmp_path}/tried ] && echo ok && exit 0\ntouch {tmp_path}/tried\nkill -SEGV $$\n")
    for file in (pip, crashing):
        file.chmod(0o755)
    monkeypatch.setattr(llama_build, "_venv_python", lambda: str(pip))
    monkeypatch.setenv("COMPILER", "cc")
    said: list[str] = []
    installed: list[str] = []
    build = llama_build.Build("cpu", tmp_path / "cache")
    build.begin()
    build.finish(lambda wheel: installed.append(Path(wheel).read_text()), crashing, tmp_path / "m", said.append)
    assert "SIGSEGV" in " ".join(said)
    assert "portable build, proven" in said[-1]
    assert ["NATIVE=ON" in flags for flags in installed] == [True, False]
    again = llama_build.Build("cpu", tmp_path / "cache")
    assert again.cached()  # the careful one: the crash is remembered


def test_the_source_is_changed_in_one_place_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "ops.cpp"
    for text, changed in (("a use_split_kv_path = !use_ref && b", True), ("nothing like it", False)):
        file.write_text(text)
        assert llama_source.patch(file) is changed
    assert not llama_source.patch(tmp_path / "missing.cpp")


def test_a_wrong_accelerator_is_told(tmp_path: Path) -> None:
    with pytest.raises(llama_build.BuildError, match="vulkan"):
        llama_build.Build("magic", tmp_path)


def test_a_missing_compiler_names_the_packages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(llama_build.BuildError, match="build-essential"):
        llama_build.check_compiler()


def test_setup_a_second_time_does_nothing() -> None:
    subprocess.run(["make", "setup"], cwd=ROOT, capture_output=True, check=True)
    done = subprocess.run(["make", "setup"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=20)
    assert done.stderr == ""


def test_the_readme_says_what_is_true(aishell: Run) -> None:
    readme = (ROOT / "README.md").read_text()
    assert "make run" in readme
    assert "make test" in readme
    assert aishell("--help").stdout == USAGE
    for link in re.findall(r"\]\((?!https?:)([^)#]+)", readme):
        assert (ROOT / link).exists(), link
    assert len(readme.splitlines()) < 80


def test_the_scripting_document_knows_every_option_and_status() -> None:
    text = (ROOT / "docs/scripting.md").read_text()
    for word in (*re.findall(r"--[a-z]+", USAGE.split("aishell model")[0]), "64", "69", "70", "77", "78", "124", "130", "141"):
        assert word in text, word
