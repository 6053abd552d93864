"""What the machine and its programs say may stand at the cursor; and how all sources are asked at once."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from aishell.config.settings import MenuSettings, Settings
from aishell.core.errors import ConfigError, TookTooLong
from aishell.core.menu import Offer, Typed
from aishell.core.programs import Option
from aishell.programs.known import Programs
from aishell.suggest.menu import accounts, containers, documented, hosts, processes
from aishell.suggest.menu.gathering import Gathering
from aishell.suggest.menu.source import Source, asked
from aishell.suggest.menu.sources import NAMES, every
from aishell.suggest.menu.summaries import summaries
from aishell.wiring.menu import open_about, open_menu
from tests.menus import offered, typed

ACCOUNTS, VARIABLES = accounts.sources(lambda: {"PATH": "/bin", "SECRET_TOKEN": "hunter2", "not-a-name": ""})


@pytest.fixture(scope="module")
def programs() -> Programs:
    """Of coreutils, whose --help does nothing else, also where there are no manual pages."""
    return Programs(harmless=lambda name: True)


def test_options_come_once_with_their_other_names_and_their_meaning(programs: Programs) -> None:
    options, _ = documented.sources(lambda: programs)
    found = offered(options, "ls -")
    assert "do not ignore entries" in found["-a"].meaning
    assert found["-a"].meaning.startswith("(--all)")
    assert "--all" not in found
    assert "--all" in offered(options, "ls --a")
    assert {"--color", "--colour"} <= set(offered(options, "grep --"))
    assert found["-a"].sort == "option"
    block = offered(options, "ls --bl")["--block-size="]
    assert not block.final
    assert offered(options, "ls x") == {}


def test_what_an_option_takes_is_offered_where_its_documentation_lists_it(programs: Programs) -> None:
    options, _ = documented.sources(lambda: programs)
    assert set(offered(options, "ls --color=")) == {"--color=auto", "--color=always", "--color=never"}
    assert offered(options, "ls --color=a")["--color=auto"].sort == "value"
    assert {"--sort=none", "--sort=size", "--sort=time"} <= set(offered(options, "ls --sort="))


@pytest.mark.parametrize(
    ("argument", "meaning", "values"),
    [
        ("{json|yaml}", "", ("json", "yaml")),
        ("a | b | c", "", ("a", "b", "c")),
        ("FORMAT", "the format; one of json, yaml or text", ("json", "yaml", "text")),
        ("TYPE", "can be 'fast', 'slow', or 'none'", ("fast", "slow", "none")),
        ("WORD", "sort by WORD: none (-U), size (-S), width", ("none", "size", "width")),
        ("FILE", "read from FILE", ()),
        ("", "say more", ()),
        ("N", "at most N: a number", ()),
    ],
)
def test_values_are_read_from_what_is_written_of_an_option(argument: str, meaning: str, values: tuple[str, ...]) -> None:
    assert documented.values(Option(names=("--x",), argument=argument, meaning=meaning)) == values


@pytest.mark.skipif(not shutil.which("apt-get"), reason="apt is not installed")
def test_subcommands_stand_until_one_has_been_named() -> None:
    programs = Programs(harmless=lambda name: True)
    _, subcommands = documented.sources(lambda: programs)
    found = offered(subcommands, "apt-get ")
    if not found:
        pytest.skip("its manual page is not here")
    assert found["install"].sort == "subcommand"
    assert found["install"].meaning
    assert offered(subcommands, "apt-get install ") == {}


def test_processes_are_offered_by_number_and_by_name_the_own_ones_first() -> None:
    source = processes.source()
    with subprocess.Popen(["cat", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.stdin
        assert running.stdout
        running.stdin.write(b"up\n")
        running.stdin.flush()
        running.stdout.readline()  # just after its exec the kernel still shows the old name
        found = offered(source, "kill ")
        assert found[str(running.pid)].meaning == "cat -"
        assert str(os.getpid()) not in found
        assert str(running.pid) in offered(source, "strace -p ")
        assert "cat" in offered(source, "pkill ")
        assert offered(source, "kill -") == {}
        assert offered(source, "kill -s ") == {}
        assert offered(source, "strace ") == {}


def test_users_groups_and_variables_without_what_these_hold() -> None:
    assert "root" in offered(ACCOUNTS, "chown r")
    assert "root:root" in offered(ACCOUNTS, "chown root:")
    assert offered(ACCOUNTS, "chown root ") == {}
    assert "root" in offered(ACCOUNTS, "pkill -u ")
    assert offered(ACCOUNTS, "chgrp ")["root"].sort == "group"
    found = offered(VARIABLES, "export ")
    assert set(found) == {"PATH", "SECRET_TOKEN"}
    assert "hunter2" not in str(found)


def test_containers_are_only_asked_for_where_docker_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker = tmp_path / "docker"
    docker.write_text(
        '#!/bin/sh\ncase $1 in\nps) printf "web\\tnginx:1\\tUp 2 days\\n";;\n'
        'images) printf "nginx\\t1\\t50MB\\n<none>\\t<none>\\t1MB\\n";;\nesac\n'
    )
    docker.chmod(0o755)
    source = containers.source()
    monkeypatch.setenv("PATH", "/nonexistent")
    assert offered(source, "docker stop ") == {}
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert offered(source, "docker stop ")["web"].meaning == "nginx:1, Up 2 days"
    assert list(offered(source, "docker run -it ")) == ["nginx:1"]
    assert list(offered(source, "docker container rm ")) == ["web"]
    assert offered(source, "docker ") == {}


def test_a_program_that_says_too_much_or_fails_is_bounded(tmp_path: Path) -> None:
    assert len(asked(["yes"], "/")) <= 1 << 20
    assert asked(["sh", "-c", "echo x; exit 1"], "/") == ""
    assert asked(["sh", "-c", "read x || echo nothing to read"], "/") == "nothing to read\n"


def test_what_commands_are_for_comes_from_the_index_of_manual_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whatis = tmp_path / "whatis"
    whatis.write_text(
        '#!/bin/sh\n[ "$1 $2 $3 $4" = "-l -s 1:8:6 --" ] || exit 1\n'
        'echo "tar (1)              - an archiving utility"\necho "printf (3)  - no program"\necho noise\nexit 16\n'
    )
    whatis.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert summaries(["tar", "printf", "-x"]) == {"tar": "an archiving utility"}
    monkeypatch.setenv("PATH", "/nonexistent")
    assert summaries(["tar"]) == {}


# ---- all of them


def _source(name: str, offers: Iterator[Offer] | list[Offer], *, alone: bool = False) -> Source:
    return Source(name=name, at=lambda typed: True, offers=lambda typed: offers, alone=alone)


def test_an_answer_is_kept_for_what_it_depends_on_and_no_more(tmp_path: Path) -> None:
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "config").write_text("Host build\n")
    menu = Gathering([hosts.source(tmp_path, tmp_path), ACCOUNTS], in_all_s=10)

    def texts(line: str) -> list[str]:
        return [offer.text for offer in list(menu(typed(line)))[-1].offers]

    assert texts("ssh b") == ["build"]
    assert texts("ssh me@b") == ["me@build"]
    assert "root" in texts("chown r")
    assert "root:root" in texts("chown root:r")


def test_what_is_at_hand_comes_first_and_the_late_ones_join_it() -> None:
    gate = threading.Event()

    def late(typed: Typed) -> list[Offer]:
        gate.wait(10)
        return [Offer(text="late", sort="branch")]

    quick = _source("quick", [Offer(text="quick", sort="branch")])
    menu = Gathering([quick, Source(name="late", at=lambda typed: True, offers=late)], at_once_s=0.02, in_all_s=10)
    stages = menu(typed("x "))
    first = next(stages)
    assert ([offer.text for offer in first.offers], first.more) == (["quick"], True)
    gate.set()
    last = next(stages)
    assert ([offer.text for offer in last.offers], last.more) == (["quick", "late"], False)
    assert list(stages) == []


def test_a_source_that_is_late_is_asked_once_and_its_answer_is_there_the_next_time() -> None:
    gate, calls = threading.Event(), []

    def late(typed: Typed) -> list[Offer]:
        calls.append(typed.word)
        gate.wait(10)
        return [Offer(text="late", sort="branch")]

    menu = Gathering([Source(name="late", at=lambda typed: True, offers=late)], at_once_s=0.01, in_all_s=0.02)
    assert [stage.offers for stage in menu(typed("x l"))] == [(), ()]
    assert [stage.offers for stage in menu(typed("x la"))] == [(), ()]
    gate.set()
    for _ in range(500):
        found = list(menu(typed("x lat")))[-1]
        if found.offers:
            break
    assert [offer.text for offer in found.offers] == ["late"]
    assert calls == ["l"]


@pytest.mark.parametrize("error", [OSError, ValueError, TookTooLong, UnicodeDecodeError])
def test_a_source_that_fails_takes_nobody_with_it(error: type[Exception]) -> None:
    def fails(typed: Typed) -> list[Offer]:
        raise error("utf-8", b"", 0, 1, "no") if error is UnicodeDecodeError else error("no")

    menu = Gathering([Source(name="bad", at=lambda typed: True, offers=fails), _source("good", [Offer(text="x", sort="tag")])])
    assert [offer.text for offer in list(menu(typed("x ")))[-1].offers] == ["x"]


def test_a_source_may_say_that_nothing_else_stands_there_and_is_bounded() -> None:
    endless = (Offer(text=str(number), sort="process") for number in iter(int, 1))
    assert len(list(Gathering([_source("endless", endless)], most=50)(typed("x ")))[-1].offers) == 50
    assert list(Gathering([_source("a", [Offer(text="1", sort="tag")], alone=True)])(typed("x ")))[-1].alone
    assert not list(Gathering([_source("a", [], alone=True)])(typed("x ")))[-1].alone


def test_every_source_has_a_name_and_is_off_when_the_settings_say_so(tmp_path: Path) -> None:
    def named(*without: str) -> set[str]:
        return {one.name for one in every(Programs, dict, home=tmp_path, without=frozenset(without))}

    assert named() | {"commands", "installed"} == NAMES
    assert open_about(_without("commands")) is None
    assert open_about(Settings())
    for name in NAMES:
        assert name not in named(name)
    menu = open_menu(_without("accounts installed options"), Programs)
    assert not any(stage.offers for stage in menu(typed("chown ro", tmp_path)))
    assert any(stage.offers for stage in open_menu(Settings(), Programs)(typed("chown ro", tmp_path)))


def test_a_source_that_does_not_exist_is_a_mistake_in_the_settings() -> None:
    with pytest.raises(ConfigError, match="there is no source gits") as error:
        open_menu(_without("hosts gits"), Programs)
    assert "git" in error.value.hint


def _without(names: str) -> Settings:
    return Settings(menu=MenuSettings(without=names))
