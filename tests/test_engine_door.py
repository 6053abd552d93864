"""Who may talk to the engine, and what becomes of those who talk nonsense, read nothing, or go away."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from aishell.backends import launch, wire
from aishell.backends.client import EngineBackend
from aishell.backends.launch import Place
from aishell.backends.spec import LlamaSpec
from aishell.backends.wire import same_user
from aishell.core.errors import ModelUnavailable
from tests.engines import COUNT, reply, using


def test_a_folder_that_others_may_enter_is_refused(spec: LlamaSpec, place: Place) -> None:
    place.folder.mkdir(mode=0o755)
    place.folder.chmod(0o755)
    with pytest.raises(ModelUnavailable, match="not a folder that only you can enter"):
        EngineBackend(spec, place=place).start()
    place.folder.rmdir()
    place.folder.symlink_to("/tmp")
    with pytest.raises(ModelUnavailable, match="not a folder that only you can enter"):
        EngineBackend(spec, place=place).start()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can act as another user")
def test_another_user_is_not_served() -> None:
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    folder.chmod(0o777)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "s"))
        (folder / "s").chmod(0o777)
        listener.listen()
        code = (
            f"import os,socket; os.setuid(65534); s=socket.socket(socket.AF_UNIX); s.connect({str(folder / 's')!r}); s.recv(1)"
        )
        for prefix, expected in (("", True), ("import os; ", False)):
            script = code if prefix else code.replace("os.setuid(65534); ", "")
            with subprocess.Popen([sys.executable, "-c", script]):
                connection, _ = listener.accept()
                with connection:
                    assert same_user(connection) is expected
    shutil.rmtree(folder)


def test_a_client_that_disappears_takes_its_work_along(spec: LlamaSpec, place: Place) -> None:
    shell = EngineBackend(spec, place=place)

    async def use() -> None:
        await shell.describe()
        with launch.connect(place) or pytest.fail("no engine") as rude:
            request = {"type": "generate", "id": 1, "prompt": wire.prompt_to_wire(replace(COUNT, max_tokens=2000))}
            rude.sendall(wire.pack(request))
            async with asyncio.timeout(20):
                while (await shell.status())["waiting"] != 1:
                    await asyncio.sleep(0.02)
        async with asyncio.timeout(20):
            while (await shell.status())["waiting"]:
                await asyncio.sleep(0.02)
        assert (await shell.status())["requests"][-1]["finish"] == "cancelled"

    using([shell], use)


def test_a_reader_that_takes_nothing_is_waited_for_and_keeps_nobody(spec: LlamaSpec, place: Place) -> None:
    shell = EngineBackend(spec, place=place)
    statuses = 500

    async def use() -> None:
        await shell.describe()
        with launch.connect(place) or pytest.fail("no engine") as slow:
            for number in range(statuses):  # long answers that nobody reads, more than the system's buffers take
                slow.sendall(wire.pack({"type": "status", "id": number + 1}))
            slow.sendall(wire.pack({"type": "generate", "id": 999, "prompt": wire.prompt_to_wire(COUNT)}))
            assert (await reply(shell, COUNT))[0]
            assert (await shell.status())["waiting"] == 1
            slow.settimeout(20)
            data = b""
            while b'"usage"' not in data:  # and when it reads after all, it gets everything
                data += slow.recv(1 << 16)
            assert data.count(b'"type": "status"') == statuses

    using([shell], use)


@pytest.mark.parametrize(
    "frame",
    [
        b"\xff\xff\xff\xff",
        wire.HEADER.pack(2) + b"[]",
        wire.pack({"type": "generate", "id": "x", "prompt": {}}),
        wire.pack({"type": "generate", "id": 1, "prompt": {"messages": []}}),
        wire.pack({"type": "generate", "id": 1, "prompt": {**wire.prompt_to_wire(COUNT), "priority": 9}}),
        wire.pack({"type": "generate", "id": 1, "prompt": {**wire.prompt_to_wire(COUNT), "stop": 3}}),
    ],
)
def test_nonsense_ends_its_own_connection_only(frame: bytes, spec: LlamaSpec, place: Place) -> None:
    shell = EngineBackend(spec, place=place)

    async def use() -> None:
        await reply(shell)
        with launch.connect(place) or pytest.fail("no engine") as rude:
            rude.sendall(frame)
            rude.settimeout(20)
            while rude.recv(1 << 16):
                pass
        assert (await reply(shell))[1] == []

    using([shell], use)
