"""What a real repository offers at the cursor, and that looking runs nothing of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from aishell.suggest.menu import git as of_git
from tests.menus import git, offered, repository

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")

SOURCE = of_git.source()


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return repository(tmp_path / "repo")


def test_branches_come_with_their_age_and_last_subject_and_tags_and_remote_branches_as_well(repo: Path) -> None:
    git(repo, "branch", "feature/论文")
    git(repo, "tag", "v1.0")
    git(repo, "update-ref", "refs/remotes/origin/later", "HEAD")
    git(repo, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/later")
    found = offered(SOURCE, "git checkout ", repo)
    assert {"main", "feature/论文", "v1.0", "later"} <= set(found)
    assert found["main"].sort == "branch"
    assert "The first" in found["main"].meaning
    assert found["v1.0"].sort == "tag"
    assert found["later"].meaning.startswith("origin, ")
    assert "origin/later" in offered(SOURCE, "git merge ", repo)
    assert "v1.0" not in offered(SOURCE, "git switch ", repo)


def test_what_has_changed_is_offered_where_changes_are_meant(repo: Path) -> None:
    (repo / "kept.txt").write_text("two\n")
    (repo / "sub").mkdir()
    (repo / "sub" / "new file.txt").touch()
    (repo / "other.txt").unlink()
    found = offered(SOURCE, "git add ", repo)
    assert {name: offer.meaning for name, offer in found.items()} == {
        "kept.txt": "changed",
        "other.txt": "removed",
        "sub/new file.txt": "new",
    }
    assert list(offered(SOURCE, "git add ", repo / "sub")) == ["new file.txt"]
    git(repo, "add", "kept.txt")
    assert list(offered(SOURCE, "git restore --staged ", repo)) == ["kept.txt"]
    assert "main" not in offered(SOURCE, "git checkout -- ", repo)
    assert "main" not in found


def test_remotes_are_shown_without_their_passwords(repo: Path) -> None:
    git(repo, "remote", "add", "origin", "https://me:secret@example.org/x.git")
    git(repo, "remote", "add", "near", "git@example.org:x.git")
    found = offered(SOURCE, "git push ", repo)
    assert {name: offer.meaning for name, offer in found.items()} == {
        "origin": "https://example.org/x.git",
        "near": "git@example.org:x.git",
    }
    assert "main" in offered(SOURCE, "git push origin ", repo)


@pytest.mark.parametrize("key", ["filter.bad.clean", "core.fsmonitor", "core.hooksPath"])
def test_what_the_settings_of_a_repository_name_is_never_run(repo: Path, tmp_path: Path, key: str) -> None:
    planted = tmp_path / "planted"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {planted}\n")
    program.chmod(0o755)
    git(repo, "config", key, str(program))
    (repo / ".gitattributes").write_text("* filter=bad\n")
    (repo / "kept.txt").write_text("longer than before\n")
    for line in ("git add ", "git restore ", "git checkout ", "git restore --staged ", "git merge "):
        offered(SOURCE, line, repo)
    assert not planted.exists()


def test_the_files_of_large_file_storage_are_still_offered(repo: Path) -> None:
    git(repo, "config", "filter.lfs.clean", "cat")
    (repo / "kept.txt").write_text("two\n")
    assert "kept.txt" in offered(SOURCE, "git add ", repo)


def test_no_repository_and_no_subcommand_offer_nothing(tmp_path: Path) -> None:
    assert offered(SOURCE, "git checkout ", tmp_path) == {}
    assert offered(SOURCE, "git ", tmp_path) == {}
    assert offered(SOURCE, "git checkout -", tmp_path) == {}
    assert offered(SOURCE, "cat ", tmp_path) == {}
