"""Where the memory file cannot be written: full disks, read-only ones, and processes that were stopped while they wrote."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from aishell.core.errors import MemoryUnavailable
from aishell.memory.opening import open_or_none
from tests.memories import OPEN_AND_WRITE, filled, output, python

IN_A_NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "memory" / "memory.db"


def mounted(tmp_path: Path, script: str) -> str:
    """What `script` writes, in a namespace where it may mount things: $M is an empty folder, $OPEN opens and writes."""
    if shutil.which("unshare") is None or subprocess.run([*IN_A_NAMESPACE, "true"], capture_output=True).returncode:
        pytest.skip("no user namespaces here")
    (tmp_path / "open.py").write_text(OPEN_AND_WRITE)
    (tmp_path / "m").mkdir()
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "M": str(tmp_path / "m")}
    environment["OPEN"] = f"{sys.executable} {tmp_path}/open.py {tmp_path}/m/memory/memory.db"
    done = subprocess.run(
        [*IN_A_NAMESPACE, "bash", "-ec", script], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_on_a_full_disk_nothing_is_half_written_and_there_is_a_sentence(tmp_path: Path) -> None:
    said = mounted(
        tmp_path,
        "mount -t tmpfs -o size=400k tmpfs $M; $OPEN; $OPEN; (head -c 1M /dev/zero > $M/full) 2>/dev/null || true; $OPEN;"
        " rm $M/full; $OPEN",
    ).splitlines()
    assert said[:6] == ["", "wrote 1", "1", "", "wrote 1", "1"]
    assert "no room on the disk" in said[6] or "cannot be read or written" in said[6] or "cannot be opened" in said[6]
    assert said[-3:] == ["", "wrote 1", "1"]


def test_a_disk_that_fills_up_while_a_shell_writes_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    code = OPEN_AND_WRITE + (
        "\nkept = 0\ntry:\n    while True: opened.store.note(f'{kept} ' + 'words ' * 200); kept += 1\n"
        "except MemoryUnavailable as error: print(error)\n"
        "print(opened.store.counts()['note'] == kept + 1, kept > 9)\n"
    )
    (tmp_path / "fill.py").write_text(code)
    said = mounted(tmp_path, "mount -t tmpfs -o size=1500k tmpfs $M; ${OPEN/open.py/fill.py}")
    lines = said.splitlines()
    assert "There is no room on the disk" in lines[3]
    assert lines[4] == "True True"


def test_in_a_read_only_home_there_is_a_sentence(tmp_path: Path) -> None:
    said = mounted(
        tmp_path, "mount -t tmpfs t $M; $OPEN; mount -o remount,ro $M; $OPEN; umount $M; mount -t tmpfs -o ro t $M; $OPEN"
    )
    kept, empty = said.splitlines()[3:]
    assert "read-only" in kept
    assert "read-only" in empty


def test_in_a_folder_that_cannot_be_written_there_is_a_sentence(file: Path) -> None:
    before: list[str] = []
    if os.geteuid() == 0:
        before = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
        if shutil.which("setpriv") is None or subprocess.run([*before, "true"], capture_output=True).returncode:
            pytest.skip("root may write everywhere")
    file.parent.parent.chmod(0o500)
    said = output(OPEN_AND_WRITE, file, before=before)
    file.parent.parent.chmod(0o700)
    assert said.strip() == f"{file} cannot be used: Permission denied. This shell remembers nothing."


def test_a_stopped_process_blocks_writing_for_a_while_only_and_reading_not_at_all(file: Path) -> None:
    store = filled(file)
    store.patience_s = 0.2
    code = (
        "from tests.memories import *; import signal\n"
        "with Store(Path(sys.argv[1]), redact=str).write(): print('in it', flush=True); os.kill(os.getpid(), signal.SIGSTOP)"
    )
    stopped = python(code, file)
    assert stopped.stdout
    assert stopped.stdout.readline() == "in it\n"
    with pytest.raises(MemoryUnavailable, match=f"locked by process {stopped.pid}, for") as told:
        store.note("too late")
    assert f"kill -CONT {stopped.pid}" in told.value.hint
    store.patience_s = 3600  # is not waited for again
    with pytest.raises(MemoryUnavailable):
        store.note("too late as well")
    store.patience_s = 5
    assert store.counts()["items"] == 21
    assert open_or_none(file, redact=str).store
    stopped.send_signal(signal.SIGCONT)
    assert stopped.wait(10) == 0
    assert store.note("now it goes")
    stopped.stdout.close()


def test_two_stores_of_one_process_do_not_take_each_others_locks(file: Path) -> None:
    """POSIX locks belong to a process: whoever opens and closes the file once more loses them, and the log with them."""
    store = filled(file)
    second = open_or_none(file, redact=str)
    assert second.store
    second.store.close()
    code = "from tests.memories import *; store = Store(Path(sys.argv[1]), redact=str); store.note('elsewhere'); store.close()"
    assert output(code, file) == ""
    assert file.with_name("memory.db-wal").exists()  # the other process was not the last
    note = store.note("here")
    assert (
        output(
            "from tests.memories import *; print(Store(Path(sys.argv[1]), redact=str).item(int(sys.argv[2])).body)", file, note
        )
        == "here\n"
    )
