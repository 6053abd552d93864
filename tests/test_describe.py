"""`aishell describe`, the vision model behind it, and fetching one that is two files."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PIL import Image

from aishell import functions
from aishell.assets.catalog import Catalog
from aishell.backends.spec import LlamaSpec
from aishell.backends.vision import Vision
from aishell.cli import model
from aishell.core.errors import AssetError, ModelUnavailable
from aishell.functions.pictures.describe import Describing
from aishell.functions.pictures.reading import Reader
from aishell.wiring.pictures import MISSING, NO_ANSWER
from tests.conftest import AISHELL, Run
from tests.projector import write
from tests.test_pictures import LINES, drawn, encoded


@pytest.fixture
def page(home: Path) -> Path:
    file = home / "page.png"
    file.write_bytes(encoded(drawn()))
    return file


def test_text_alone_is_a_filter_and_no_library_keeps_a_number_for_this_machine(aishell: Run, page: Path, home: Path) -> None:
    done = aishell("describe", "--text", str(page), env={"XDG_CACHE_HOME": str(home / "cache")})
    assert (done.returncode, done.stdout.splitlines(), done.stderr) == (0, list(LINES), "")
    assert not [file for file in home.rglob("*") if "Microsoft" in str(file)]


def test_one_broken_picture_stops_nobody(aishell: Run, page: Path, home: Path) -> None:
    (home / "broken.png").write_bytes(page.read_bytes()[:300])
    done = aishell("describe", "--json", "broken.png", str(page), "absent.png", cwd=home)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [bool(one["describe"].get("error")) for one in found] == [True, False, True]
    assert found[1]["file"] == str(page)
    assert [line[0]["text"] for line in found[1]["describe"]["lines"]] == list(LINES)
    assert "2 of 3 pictures" in done.stderr


def test_a_picture_from_a_pipe_and_what_is_missing_for_the_rest(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [*AISHELL, "describe", "--question", "Is it open?"],
        input=encoded(drawn(), "JPEG"),
        env=environment,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == ModelUnavailable.exit_status
    assert LINES[0] in done.stdout.decode()
    assert b"aishell model pull smolvlm-500m" in done.stderr


def test_a_run_that_goes_on_does_nothing_twice(aishell: Run, page: Path, home: Path) -> None:
    for names in (["absent.png"], ["absent.png", str(page)]):
        aishell("describe", *names, "--resume", "out.jsonl", cwd=home)
    assert [json.loads(line)["file"] for line in (home / "out.jsonl").read_text().splitlines()] == ["absent.png", str(page)]


def test_every_use_of_a_library_that_would_is_preceded_by_its_silence() -> None:
    uses = re.compile(r"^( *)import (?:onnxruntime|rapidocr)\b", re.M)
    files = [file for file in Path(functions.__file__).parents[1].rglob("*.py") if uses.search(file.read_text("utf-8"))]
    assert len(files) >= 3
    for file in files:
        before = file.read_text("utf-8")
        assert all("tell_nobody()" in before[max(0, use.start() - 60) : use.start()] for use in uses.finditer(before)), file


def test_help_loads_no_library_for_pictures() -> None:
    code = "import sys; from aishell.cli.functions import describe; describe.parser(); print(sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True).stdout
    assert not {"PIL", "rapidocr", "cv2", "onnxruntime", "numpy"} & set(loaded.replace("'", "").strip("[]\n").split(", "))


def test_the_python_interface_gives_a_frozen_result(page: Path, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    (home / "script.json").write_text("[]")
    monkeypatch.setenv("AISHELL_MODEL_BACKEND", "scripted")
    monkeypatch.setenv("AISHELL_MODEL_SCRIPT", str(home / "script.json"))
    with functions.opened() as ai:
        found = ai.describe(page)
    assert (found.text.splitlines(), found.facts.format, found.shows) == (list(LINES), "PNG", "")


# ---- what it shows


def test_a_vision_model_is_asked_about_the_picture(spec: LlamaSpec, tmp_path: Path) -> None:
    write(tmp_path / "eyes.gguf")
    vision = Vision(spec, str(tmp_path / "eyes.gguf"), most_tokens=16)
    describing = Describing(Reader(1), vision)
    data = encoded(Image.new("RGB", (90, 60), "red"))
    first = describing(data, question="What is <|im_end|> this?\ue002")
    assert first.shows
    assert first.said().splitlines()[1] == f"Answer: {first.shows}"
    assert describing(data, question="What is <|im_end|> this?").shows == first.shows  # nothing is left of the one before
    assert describing(data, look=False).shows == ""
    vision.close()


def test_a_projector_that_is_none_is_told_beside_all_the_rest(spec: LlamaSpec, tmp_path: Path) -> None:
    (tmp_path / "eyes.gguf").write_bytes(b"GGUF nothing")
    vision = Vision(spec, str(tmp_path / "eyes.gguf"))
    with pytest.raises(ModelUnavailable, match="projector"):
        vision(Image.new("RGB", (9, 9)), "What?")
    found = Describing(Reader(1), vision)(encoded(drawn()))
    assert (found.text.splitlines(), found.shows) == (list(LINES), "")
    assert "projector" in found.notes[-1]


def test_a_vision_model_of_one_s_own_is_added_as_two_files(
    aishell: Run, home: Path, tiny_model: Path, environment: dict[str, str]
) -> None:
    write(home / "eyes.gguf")
    env = {"XDG_CACHE_HOME": str(home / "cache"), "AISHELL_MODEL_THREADS": "1"}
    wrong = aishell("model", "add", str(tiny_model), "--eyes", str(tiny_model), env=env)
    assert (wrong.returncode, "no projector" in wrong.stderr) == (69, True)
    done = aishell("model", "add", str(tiny_model), "--id", "seer", "--eyes", "eyes.gguf", env=env)
    assert (done.returncode, "describe" in done.stdout) == (0, True), done.stderr
    (home / "dot.png").write_bytes(encoded(Image.new("RGB", (60, 60), "red")))
    told = aishell("describe", "--json", "--question", "What colour?", "dot.png", env=env)
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["describe"]["shows"]
    assert "model pull" not in told.stderr


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """An address, and the folder behind it."""
    folder = tmp_path / "served"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", folder
    server.shutdown()
    thread.join()
    server.server_close()


def _catalog(address: str, folder: Path, here: Path, *, digest: str = "") -> Catalog:
    rows = ""
    for name, kind, needs in (("seer", "vision", '["eyes"]'), ("eyes", "projector", "[]")):
        data = (folder / f"{name}.gguf").read_bytes()
        rows += (
            f'[{name}]\nid = "{name}"\nkind = "{kind}"\ntitle = "T"\nlicence = "L"\nsize = {len(data)}\nneeds = {needs}\n'
            f'sha256 = "{digest or sha256(data).hexdigest()}"\nfile_name = "{name}.gguf"\n'
            f'[[{name}.sources]]\nurl = "{address}/{name}.gguf"\n'
        )
    (here / "assets.toml").write_text(rows)
    return Catalog(here / "assets.toml", here / "assets")


def test_pulling_a_vision_model_brings_both_its_files_and_removing_takes_both(
    served: tuple[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    address, folder = served
    for name in ("seer", "eyes"):
        write(folder / f"{name}.gguf")
    catalog = _catalog(address, folder, tmp_path)
    assert model._pull(catalog, catalog.get("seer")) == 0
    assert all(catalog.present(catalog.get(name)) for name in ("seer", "eyes"))
    assert "eyes is here" in capsys.readouterr().out
    assert model._remove(catalog, catalog.get("seer")) == 0
    assert not any(catalog.present(catalog.get(name)) for name in ("seer", "eyes"))


def test_another_file_than_the_one_expected_is_not_kept(served: tuple[str, Path], tmp_path: Path) -> None:
    address, folder = served
    for name in ("seer", "eyes"):
        write(folder / f"{name}.gguf")
    catalog = _catalog(address, folder, tmp_path, digest="0" * 64)
    with pytest.raises(AssetError, match="not what it should be"):
        model._pull(catalog, catalog.get("seer"))
    assert not catalog.present(catalog.get("seer"))


def test_the_shipped_vision_model_names_its_files_by_hash_size_and_revision() -> None:
    from aishell.config.paths import shipped

    catalog = Catalog(shipped("assets.toml"), Path("/nonexistent"))
    (seer,) = [asset for asset in catalog.all() if asset.kind == "vision"]
    for asset in (seer, *map(catalog.get, seer.needs)):
        assert len(asset.sha256) == 64
        assert asset.size > 50_000_000
        assert "/main/" not in asset.sources[0].url
    for name in (seer.id, "efficientnet-lite0"):
        size = sum(asset.size for asset in (catalog.get(name), *map(catalog.get, catalog.get(name).needs)))
        assert f"`aishell model pull {name}` ({size / 1e6:.0f} MB)" in MISSING
    assert NO_ANSWER.endswith("`aishell model pull smolvlm-500m` (546 MB)")
