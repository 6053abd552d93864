"""What a team shares: an export without where things ran, signed with an SSH key, and checked before it is read."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from aishell.config.paths import Paths
from aishell.core.memory import Run
from aishell.memory.store import Store

pytestmark = pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="needs ssh-keygen")


@pytest.fixture
def key(tmp_path: Path) -> Path:
    file = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ann", "-f", str(file)], check=True)
    return file


def memory(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "aishell", "memory", *arguments]
    return subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def shared(environment: dict[str, str], tmp_path: Path, key: Path) -> Path:
    """What Ann gives away."""
    paths = Paths.from_environment(environment)
    store = Store(paths.state / "memory" / "memory.db", redact=str)
    store.record(Run(command="tar xf a.tar", intent="unpack it", time=90_000.0, cwd="/secret/place", exit_status=0, by="user"))
    store.record(Run(command="false", intent="fail", time=90_001.0, cwd="/secret/place", exit_status=1, by="user"))
    store.record(Run(command="ls /secret", time=90_002.0, cwd="/secret/place", exit_status=0, by="user"))
    store.note("staging listens on 8443", cwd="/secret/place")
    store.close()
    file = tmp_path / "team.jsonl"
    done = memory(environment, "export", "--for-team", "--out", str(file), "--sign", str(key))
    assert done.returncode == 0, done.stderr
    return file


def trust(environment: dict[str, str], key: Path) -> None:
    signers = Paths.from_environment(environment).config_file.with_name("signers")
    signers.parent.mkdir(parents=True, exist_ok=True)
    signers.write_text(f"ann@example.org {key.with_suffix('.pub').read_text()}")


def test_a_team_is_told_what_worked_and_not_where(shared: Path) -> None:
    rows = [json.loads(line) for line in shared.read_text().splitlines()]
    assert [row["type"] for row in rows] == ["aishell memory", "note", "run"]
    assert rows[2] == {"type": "run", "command": "tar xf a.tar", "intent": "unpack it", "time": 86_400.0, "exit_status": 0}
    assert "/secret" not in shared.read_text()
    assert shared.stat().st_mode & 0o077 == 0


def test_what_somebody_trusted_signed_comes_in(environment: dict[str, str], shared: Path, key: Path) -> None:
    trust(environment, key)
    environment["XDG_STATE_HOME"] = f"{environment['HOME']}/bob"
    done = memory(environment, "import", str(shared), "--yes")
    assert "signed by ann@example.org" in done.stderr
    assert "2 of 3 lines are new" in done.stdout


def test_what_was_changed_or_is_from_somebody_else_does_not_come_in(
    environment: dict[str, str], shared: Path, key: Path, tmp_path: Path
) -> None:
    unknown = memory(environment, "import", str(shared), "--yes")
    assert unknown.returncode == 65
    assert "no list of whom you trust" in unknown.stderr
    other = tmp_path / "other"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(other)], check=True)
    trust(environment, other)
    assert "signed by nobody you trust" in memory(environment, "import", str(shared), "--yes").stderr
    trust(environment, key)
    shared.write_text(shared.read_text().replace("tar xf", "rm -rf"))
    changed = memory(environment, "import", str(shared), "--yes")
    assert (changed.returncode, changed.stdout) == (65, "")
    assert "is not what ann@example.org signed" in changed.stderr


def test_a_signature_can_be_demanded(environment: dict[str, str], shared: Path) -> None:
    shared.with_name("team.jsonl.sig").unlink()
    assert memory(environment, "import", str(shared), "--yes").returncode == 0
    refused = memory(environment, "import", str(shared), "--yes", "--signed")
    assert refused.returncode == 65


def test_nothing_is_overwritten(environment: dict[str, str], shared: Path, key: Path) -> None:
    before = shared.read_bytes()
    again = memory(environment, "export", "--out", str(shared), "--sign", str(key))
    assert again.returncode == 64
    assert shared.read_bytes() == before
    assert memory(environment, "export", "--sign", str(key)).returncode == 64
