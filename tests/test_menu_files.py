"""What files of the folder and of the person say may stand at the cursor. They are read, and nothing in them is run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aishell.suggest.menu import hosts, python, targets, units
from tests.menus import offered

MAKE, JUST, SCRIPTS = targets.sources()
MODULES, TESTS = python.sources()


def test_targets_of_a_makefile_come_with_what_is_said_of_them_and_no_shell_of_it_runs(tmp_path: Path) -> None:
    (tmp_path / "more.mk").write_text("deploy: build\n")
    (tmp_path / "Makefile").write_text(
        "CC := $(shell touch planted)\nX = a:b\nexport PATH := /bin\ninclude more.mk $(OTHER).mk\n.PHONY: all\n"
        "all: build ## everything\n# compiles it\nbuild test:\n\techo no-target: x\n"
        "%.o: %.c\n\tcc\n$(TARGETS): x\nall: FLAGS = -g\nbuild: FLAGS := -O\n"
    )
    found = offered(MAKE, "make ", tmp_path)
    assert {name: offer.meaning for name, offer in found.items()} == {
        "deploy": "",
        "all": "everything",
        "build": "compiles it",
        "test": "compiles it",
    }
    assert not (tmp_path / "planted").exists()
    assert "all" in offered(MAKE, f"make -C {tmp_path} ")
    assert offered(MAKE, "make -C ", tmp_path) == {}
    assert list(offered(MAKE, "make -f more.mk ", tmp_path)) == ["deploy"]


def test_a_makefile_that_includes_itself_or_is_a_pipe_ends(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("include Makefile\ninclude pipe\nall:\n")
    os.mkfifo(tmp_path / "pipe")
    assert list(offered(MAKE, "make ", tmp_path)) == ["all"]


def test_a_file_that_is_made_to_be_slow_is_not(tmp_path: Path) -> None:
    for name in ("Makefile", "justfile"):
        (tmp_path / name).write_text("a" + " " * 500_000 + "\nb" + " x=y" * 100_000 + "\nall:\n" + "a " * 900 + "\n")
    assert list(offered(MAKE, "make ", tmp_path)) == ["all"]
    assert list(offered(JUST, "just ", tmp_path)) == ["all"]


def test_recipes_of_a_justfile_above_come_with_their_comments_and_arguments(tmp_path: Path) -> None:
    (tmp_path / "justfile").write_text(
        "set shell := ['sh']\nx := `touch planted`\n\n# run it\nserve port='80':\n  echo a: b\n\nbuild *FLAGS: serve\n"
        "_hidden:\n[private]\nalso-hidden:\nalias b := build\n"
    )
    (tmp_path / "sub").mkdir()
    found = offered(JUST, "just ", tmp_path / "sub")
    assert {name: offer.meaning for name, offer in found.items()} == {"serve": "run it", "build": "*FLAGS", "b": "= build"}
    assert not (tmp_path / "planted").exists()


@pytest.mark.parametrize(
    ("line", "known"),
    [
        ("npm run ", True),
        ("pnpm ", True),
        ("yarn run ", True),
        ("npm ", False),
        ("npm run build ", False),
        ("npm run -", False),
    ],
)
def test_scripts_of_package_json_are_offered_where_one_is_run(tmp_path: Path, line: str, known: bool) -> None:
    (tmp_path / "package.json").write_text('{"scripts": {"build": "tsc -p .", "-x": "no"}}')
    found = offered(SCRIPTS, line, tmp_path)
    assert {name: offer.meaning for name, offer in found.items()} == ({"build": "tsc -p ."} if known else {})


@pytest.mark.parametrize("text", ["", "[]", '{"scripts": 3}'])
def test_a_package_json_without_scripts_offers_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "package.json").write_text(text or "{}")
    assert offered(SCRIPTS, "npm run ", tmp_path) == {}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    ssh = tmp_path / ".ssh"
    (ssh / "config.d").mkdir(parents=True)
    (ssh / "config").write_text(
        "Include config.d/*\nHost build *.wild !not\n  HostName 10.0.0.7\nHost = equal\nMatch host x\n HostName no\n"
    )
    (ssh / "config.d" / "one").write_text("Host included\n  HostName inc.example.org\nInclude ../config\n")
    (ssh / "known_hosts").write_text(
        "plain.example.org,10.0.0.9 ssh-ed25519 AAAA\n[port.example.org]:2222 ssh-ed25519 AAAA\n|1|a=|b= ssh-ed25519 AAAA\n"
        "@revoked bad.example.org ssh-ed25519 AAAA\n-oProxyCommand=touch ssh-ed25519 AAAA\n$(touch,x ssh-ed25519 AAAA\n"
    )
    (tmp_path / "hosts").write_text("127.0.0.1 localhost # no-host\n10.1.1.1 wiki wiki.example.org\n")
    return tmp_path


def test_hosts_come_from_settings_keys_and_the_list_and_only_as_names(home: Path) -> None:
    source = hosts.source(home, home)
    found = offered(source, "ssh ")
    assert set(found) == {
        *("build", "equal", "included", "plain.example.org", "10.0.0.9", "port.example.org"),
        *("localhost", "wiki", "wiki.example.org", "x"),
    }
    assert found["build"].meaning == "10.0.0.7"
    assert found["included"].meaning == "inc.example.org"
    assert "me@build" in offered(source, "ssh me@b")
    assert "build" in offered(source, "ssh -p 22 b")
    assert offered(source, "ssh -i ") == {}
    assert offered(source, "ssh build ") == {}
    copy = offered(source, "scp a.txt b")["build:"]
    assert not copy.final
    assert offered(source, "scp ./a") == {}


def test_units_are_found_in_their_folders_with_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "web.service").write_text("[Unit]\nDescription = The web \x1b[31mserver\n")
    (tmp_path / "gone.service").symlink_to("/dev/null")
    (tmp_path / "backup.timer").write_text("[Unit]\n")
    (tmp_path / "notes.txt").touch()
    source = units.source((str(tmp_path), "/nonexistent"))
    found = offered(source, "systemctl restart ")
    assert {"web.service", "gone.service", "backup.timer"} <= set(found)
    assert "notes.txt" not in found
    assert found["web.service"].meaning.startswith("The web")
    assert "web" in offered(source, "service ")
    assert "web.service" in offered(source, "journalctl -u ")
    assert offered(source, "systemctl ") == {}
    assert offered(source, "systemctl daemon-reload ") == {}


def test_modules_that_can_be_run_are_offered_and_none_is_imported(tmp_path: Path) -> None:
    (tmp_path / "tool").mkdir()
    (tmp_path / "tool" / "__init__.py").write_text('"""A tool of ours."""\n')
    (tmp_path / "tool" / "__main__.py").write_text("open('planted', 'w')\n")
    (tmp_path / "script.py").write_text('"""Does it.\n\nMore."""\nopen("planted", "w")\nif __name__ == "__main__":\n    pass\n')
    (tmp_path / "library.py").write_text("x = 1\n")
    found = offered(MODULES, "python3 -m ", tmp_path)
    assert found["tool"].meaning == "A tool of ours."
    assert found["script"].meaning == "Does it."
    assert "library" not in found
    assert not (tmp_path / "planted").exists()
    assert offered(MODULES, "python3 ", tmp_path) == {}


def test_tests_are_found_by_file_and_then_by_name(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_one.py").write_text(
        "import no\ndef test_a(): ...\nasync def test_b(): ...\ndef no(): ...\nclass TestC:\n    def test_d(self): ...\n"
    )
    (tmp_path / "tests" / "broken_test.py").write_text("'\\d'; x = ((((\n")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "test_not.py").touch()
    assert list(offered(TESTS, "pytest ", tmp_path)) == ["tests/broken_test.py", "tests/test_one.py"]
    names = [f"tests/test_one.py::{name}" for name in ("test_a", "test_b", "TestC::test_d")]
    assert list(offered(TESTS, "python -m pytest tests/test_one.py::", tmp_path)) == names
    assert offered(TESTS, "pytest tests/broken_test.py::", tmp_path) == {}
