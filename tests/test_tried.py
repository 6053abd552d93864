"""Words of local effect: tried without their effects, shown, put in place after consent, and undone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from aishell.actions import policy
from aishell.actions.dryrun.roots import Places
from aishell.actions.dryrun.sets import Keep, Sets
from aishell.actions.dryrun.trial import Sandbox
from aishell.core.types import Taint, Tier, Verdict
from tests.conftest import Run

Script = Callable[..., dict[str, str]]


@pytest.fixture(autouse=True)
def _only_where_it_can_be_tried(tmp_path: Path) -> None:
    if not Sandbox(Sets(Places(primary=tmp_path / "undo"), Keep())).dry:
        pytest.skip("this machine cannot try a command without its effects")


@pytest.fixture
def place(home: Path) -> Path:
    folder = home / "place"
    folder.mkdir()
    for name in ("a.txt", "b.txt"):
        (folder / name).write_text(f"{name}\n")
    return folder


def names(place: Path) -> list[str]:
    return sorted(path.name for path in place.iterdir())


def test_without_a_person_the_changes_are_shown_and_not_made(aishell: Run, script: Script, place: Path) -> None:
    done = aishell("-c", "?delete the old ones", cwd=place, env=script({".": "rm a.txt; echo gone"}))
    assert (done.returncode, done.stdout) == (77, "")
    assert "1 deleted" in done.stderr
    assert "a.txt" in done.stderr
    assert names(place) == ["a.txt", "b.txt"]


def test_with_consent_the_changes_are_made_and_can_be_taken_back(aishell: Run, script: Script, place: Path) -> None:
    done = aishell("-c", "--yes", "?delete the old ones", cwd=place, env=script({".": "rm a.txt; echo gone"}))
    assert (done.returncode, done.stdout) == (0, "gone\n")
    assert names(place) == ["b.txt"]
    assert "rm a.txt" in aishell("undo", "--list").stdout
    assert aishell("undo").returncode == 0
    assert (place / "a.txt").read_text() == "a.txt\n"
    assert aishell("redo").returncode == 0
    assert names(place) == ["b.txt"]
    assert '"by": "user"' in aishell("audit", "--json").stdout


def test_what_changes_nothing_needs_nobody(aishell: Run, script: Script, place: Path) -> None:
    code = "import os; print(len(os.listdir()))"
    done = aishell("-c", "?count them", cwd=place, env=script({".": f'python3 -c "{code}"'}))
    assert (done.returncode, done.stdout) == (0, "2\n")


def test_long_output_arrives_whole(aishell: Run, script: Script, place: Path) -> None:
    done = aishell("-c", "?count far", cwd=place, env=script({".": "python3 -c \"print('x' * 3000000)\""}))
    assert (done.returncode, len(done.stdout)) == (0, 3_000_001)


def test_what_fails_in_the_trial_is_not_put_in_place(aishell: Run, script: Script, place: Path) -> None:
    failing = script({".": "rm a.txt; exit 3"})
    done = aishell("-c", "?delete the old ones", cwd=place, env=failing)
    assert done.returncode == 77
    assert "failed when it was tried" in done.stderr
    assert names(place) == ["a.txt", "b.txt"]
    agreed = aishell("-c", "--yes", "?delete the old ones", cwd=place, env=failing)  # run for real, since that was agreed to
    assert agreed.returncode == 3
    assert names(place) == ["b.txt"]
    assert aishell("undo").returncode == 0  # copies of what it named were kept
    assert names(place) == ["a.txt", "b.txt"]
    assert "partial undo" in aishell("undo", "--list").stdout


def test_start_up_files_are_never_changed_from_words(aishell: Run, script: Script, home: Path, place: Path) -> None:
    (home / ".bashrc").write_text("mine\n")
    hidden = "python3 -c \"open('../.bash' + 'rc', 'a').write('theirs')\""  # no text that a judge could see
    done = aishell("-c", "--yes", "?improve my shell", cwd=place, env=script({".": hidden}))
    assert done.returncode == 77
    assert "never done from words" in done.stderr
    assert (home / ".bashrc").read_text() == "mine\n"


def test_json_tells_what_was_tried_and_how_to_undo_it(aishell: Run, script: Script, place: Path) -> None:
    told = script({".": "rm a.txt"})
    refused = json.loads(aishell("-c", "--json", "?delete", cwd=place, env=told).stdout)
    assert refused["exit_code"] == 77
    assert refused["tried"]["deleted"] == 1
    assert refused["tried"]["changes"] == [{"kind": "deleted", "path": str(place / "a.txt")}]
    done = json.loads(aishell("-c", "--json", "--yes", "?delete", cwd=place, env=told).stdout)
    assert (done["exit_code"], done["steps"][0]["status"]) == (0, "done")
    assert aishell("undo", str(done["undo"])).returncode == 0
    assert names(place) == ["a.txt", "b.txt"]


def test_piped_data_is_read_by_the_trial(aishell: Run, script: Script, place: Path) -> None:
    done = aishell("-c", "--yes", "?keep it", cwd=place, env=script({".": "cat > c.txt"}), input="data\n")
    assert done.returncode == 0, done.stderr
    assert (place / "c.txt").read_text() == "data\n"


def test_typed_lines_are_protected_where_that_is_wished(aishell: Run, place: Path) -> None:
    assert aishell(cwd=place, input="rm a.txt\n").returncode == 0
    assert aishell("undo").returncode != 0  # not wished, nothing kept
    (place / "a.txt").write_text("a.txt\n")
    protected = aishell(cwd=place, input="echo x > c.txt\nrm a.txt\n", env={"AISHELL_UNDO_PROTECT": "mv rm"})
    assert protected.returncode == 0
    assert names(place) == ["b.txt", "c.txt"]
    assert aishell("undo").returncode == 0
    assert names(place) == ["a.txt", "b.txt", "c.txt"]


@pytest.mark.skipif(os.getuid() != 0 or not shutil.which("setpriv"), reason="only root can give up the right to namespaces")
def test_where_nothing_can_be_tried_a_yes_runs_it_and_what_it_names_can_be_put_back(
    environment: dict[str, str], script: Script, place: Path
) -> None:
    weak = ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin"]
    told = {**environment, **script({".": "rm a.txt"})}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [*weak, sys.executable, "-m", "aishell", *arguments]
        return subprocess.run(
            command, cwd=place, env=told, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )

    refused = run("-c", "?delete")
    assert refused.returncode == 77
    assert "cannot be tried out first" in refused.stderr
    assert run("-c", "--yes", "?delete").returncode == 0
    assert names(place) == ["b.txt"]
    assert run("undo").returncode == 0
    assert names(place) == ["a.txt", "b.txt"]


def test_a_slow_trial_is_ended_and_leaves_nothing(aishell: Run, script: Script, place: Path) -> None:
    done = aishell("-c", "--timeout", "1", "?wait", cwd=place, env=script({".": "touch c.txt; sleep 60"}))
    assert done.returncode == 77
    assert "took too long" in done.stderr
    assert names(place) == ["a.txt", "b.txt"]


def test_after_a_secret_the_network_is_a_question_that_names_it() -> None:
    read = Verdict(tier=Tier.ASK, reasons=("it may read a secret",), secrets=("~/.ssh/id_rsa",))
    taint = policy.tainted(Taint(), read)
    network = Verdict(tier=Tier.READ, reasons=("it only reads",), network=True)
    judged = policy.escalate(network, taint)
    assert judged.tier == Tier.ASK
    assert "~/.ssh/id_rsa" in judged.reasons[0]
    assert policy.escalate(network, Taint()) == network
