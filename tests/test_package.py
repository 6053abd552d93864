"""The wheel: the same bytes every time, complete, and working in an environment and a home where nothing else is."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from aishell import __version__
from tests.conftest import ROOT
from tools import formula, package
from tools.clean_install import Place, Said, faults

pytestmark = pytest.mark.skipif(
    not ((ROOT / ".git").exists() and find_spec("build") and find_spec("pip")), reason="no repository, or no build, here"
)
OLDER = "f723b40"
"""The first commit with a memory file, a log, undo and an engine, as they were on its first day."""


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    source, wheel = sorted(package.build(tmp_path_factory.mktemp("dist")), key=lambda file: file.suffix)
    return source, wheel


def test_two_builds_are_the_same_bytes(built: tuple[Path, Path], tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        again = sorted(package.build(tmp_path / "dist"), key=lambda file: file.suffix)
    finally:
        os.umask(before)
    assert [hashlib.sha256(file.read_bytes()).digest() for file in built] == [
        hashlib.sha256(file.read_bytes()).digest() for file in again
    ]


def test_a_wheel_of_the_source_archive_is_the_same_bytes(built: tuple[Path, Path], tmp_path: Path) -> None:
    source, wheel = built
    assert package.wheel_of(source, tmp_path).read_bytes() == wheel.read_bytes()


def test_every_file_of_the_package_and_its_configuration_is_in_both_archives(built: tuple[Path, Path]) -> None:
    source, wheel = built
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-tree", "-r", "--name-only", "HEAD", "aishell", "config"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    with tarfile.open(source) as archive:
        top = source.name.removesuffix(".tar.gz")
        assert {f"{top}/{name}" for name in listed} <= set(archive.getnames())
    data = f"{wheel.name.rpartition('-py3')[0]}.data/data/share/aishell"
    with zipfile.ZipFile(wheel) as archive:
        wanted = {name.replace("config", data, 1) if name.startswith("config/") else name for name in listed}
        assert wanted <= set(archive.namelist())


def test_the_formula_is_ruby_and_names_the_archive(built: tuple[Path, Path], tmp_path: Path) -> None:
    source, _ = built
    written = formula.filled(formula.DRAFT.read_text(), source, "https://example.org/there/")
    assert f'url "https://example.org/there/aishell_terminal-{__version__}.tar.gz"' in written
    assert hashlib.sha256(source.read_bytes()).hexdigest() in written
    with pytest.raises(ValueError, match="no address"):
        formula.filled(written, source, 'https://example.org/"; system "x')
    with tarfile.open(source) as archive:
        assert any(name.endswith("/constraints.txt") for name in archive.getnames())  # which the formula installs by
    if not shutil.which("ruby"):
        pytest.skip("no ruby here")
    (tmp_path / "aishell.rb").write_text(written)
    subprocess.run(["ruby", "-wc", str(tmp_path / "aishell.rb")], check=True, capture_output=True)


def test_it_works_in_an_empty_home_and_says_what_it_lacks(built: tuple[Path, Path], tmp_path: Path) -> None:
    place = Place(tmp_path, here=True)
    assert faults(place, built[1]) == []
    # and what is wrong would be told
    assert "status 0, not 3" in place.wrong(Said(arguments=("--version",), status=3))
    assert "'nothing like it'" in place.wrong(Said(arguments=("--version",), holds="nothing like it"))


@pytest.mark.usefixtures("tiny_model")
def test_what_an_older_version_left_is_taken_over(built: tuple[Path, Path], tmp_path: Path) -> None:
    known = subprocess.run(["git", "-C", str(ROOT), "cat-file", "-e", OLDER], capture_output=True, check=False).returncode == 0
    if not known:
        pytest.skip("this repository has no such history")
    (older,) = package.build(tmp_path / "older", OLDER, "--wheel")
    (tmp_path / "place").mkdir()
    assert faults(Place(tmp_path / "place", here=True), built[1], older, "smollm2-135m") == []


def test_a_folder_it_is_installed_into_has_all_it_needs(built: tuple[Path, Path], tmp_path: Path) -> None:
    target = ["install", "--quiet", "--no-deps", "--no-index", "--target", str(tmp_path / "there"), str(built[1])]
    subprocess.run([sys.executable, "-m", "pip", *target], check=True)
    own = {**os.environ, "HOME": str(tmp_path), "PYTHONPATH": str(tmp_path / "there")}
    judged = [sys.executable, "-m", "aishell", "policy", "test", "ls"]
    done = subprocess.run(judged, cwd=tmp_path, env=own, capture_output=True, text=True, check=False)
    assert "it only reads" in done.stdout, done.stderr
