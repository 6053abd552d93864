"""The menu in the real command, on a pseudo-terminal, with the person's own shell below."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.menus import git, repository
from tests.typist import ENTER, TAB, Typist, starter

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")

Script = Callable[..., dict[str, str]]


@pytest.fixture
def start(environment: dict[str, str], script: Script, home: Path) -> Callable[..., Typist]:
    return starter(environment, script, home)


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_a_branch_is_completed_and_the_shell_goes_to_it(start: Callable[..., Typist], home: Path, shell: str) -> None:
    if not (path := shutil.which(shell)):
        pytest.skip(f"{shell} is not installed")
    repository(home)
    git(home, "branch", "feature-$(>pwned)-论文")
    someone = start(SHELL=path)
    someone.does("git switch fea" + TAB, seen="论文")
    someone.runs(ENTER, seen="Switched to branch")
    assert git(home, "branch", "--show-current").strip() == "feature-$(>pwned)-论文"
    assert not (home / "pwned").exists()
    someone.leaves()


def test_a_source_that_the_settings_leave_out_says_nothing(start: Callable[..., Typist], home: Path) -> None:
    repository(home)
    git(home, "branch", "feature-one")
    someone = start(AISHELL_MENU_WITHOUT="git installed")
    someone.does("git switch fea" + TAB, seen="fea")
    someone.runs(ENTER, seen="invalid reference: fea")
    someone.leaves()
