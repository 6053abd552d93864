"""What kind of thing is in a picture: the real network, and what its files may be."""

from __future__ import annotations

import importlib.util
import io
import os
import pickle
import struct
from collections import OrderedDict
from pathlib import Path

import numpy
import pytest
from PIL import Image

from aishell.core.errors import AssetError
from aishell.functions.pictures import weights
from aishell.functions.pictures.describe import Describing
from aishell.functions.pictures.kinds import Kinds
from aishell.functions.pictures.reading import Reader
from tests.conftest import model_file
from tests.test_pictures import LINES, drawn, encoded


def photograph() -> Image.Image:
    """A portrait in uniform, which matplotlib carries as sample data."""
    found = importlib.util.find_spec("matplotlib")
    assert found
    assert found.origin
    return Image.open(Path(found.origin).parent / "mpl-data" / "sample_data" / "grace_hopper.jpg")


@pytest.fixture(scope="module")
def kinds() -> Kinds:
    return Kinds(model_file("efficientnet-lite0"), model_file("imagenet-names"), threads=1)


def test_a_photograph_is_recognized(kinds: Kinds) -> None:
    found = kinds(photograph())
    assert "military uniform" in [name for name, _score in found]
    assert [score for _name, score in found] == sorted((score for _name, score in found), reverse=True)
    assert all(0.1 <= score <= 1 for _name, score in found)


def test_a_picture_of_any_form_is_looked_at(kinds: Kinds) -> None:
    for size in ((1, 1), (900, 2), (3, 700)):
        assert len(kinds(Image.new("RGB", size, "green"))) <= 3


def test_it_stands_beside_the_text_and_is_not_asked_for_the_text_alone(kinds: Kinds) -> None:
    describing = Describing(Reader(1), None, kinds)
    data = encoded(photograph())
    found = describing(data)
    assert found.said().splitlines()[1].startswith("Looks like: ")
    assert found.table()["kinds"][0]["name"] == found.kinds[0][0]
    assert "*" not in found.text  # ribbons and leaves
    assert describing(data, look=False).kinds == ()


def test_files_that_are_none_keep_nothing_else_back(tmp_path: Path) -> None:
    (tmp_path / "weights").write_bytes(b"no weights")
    (tmp_path / "names").write_text('["a"]')
    found = Describing(Reader(1), None, Kinds(tmp_path / "weights", tmp_path / "names", threads=1))(encoded(drawn()))
    assert found.text.splitlines() == list(LINES)
    assert "kind is not known" in found.notes[0]


# ---- the file of weights


class _Calls:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch hacked",)


def stored(table: object, numbers: bytes = b"", mark: int = 0x1950A86A20F9469CFC6C) -> bytes:
    parts: tuple[object, ...] = (mark, 1001, {}, table, ["0"])
    return b"".join(pickle.dumps(part, protocol=2) for part in parts) + numbers


def tensor(shape: tuple[int, ...], steps: tuple[int, ...], offset: int = 0) -> bytes:
    """A file with one tensor named w, in the words of PyTorch, over the numbers 0 to 5."""
    head = b"\x80\x02ccollections\nOrderedDict\n)R(X\x01\x00\x00\x00wctorch._utils\n_rebuild_tensor_v2\n("
    store = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x06NtQ"
    sides = b"".join(b"(" + b"".join(b"K" + bytes([side]) for side in sides) + b"t" for sides in (shape, steps))
    table = head + store + b"K" + bytes([offset]) + sides + b"\x89ccollections\nOrderedDict\n)RtRu."
    numbers = struct.pack("<q", 6) + numpy.arange(6, dtype="<f4").tobytes()
    begins: tuple[object, ...] = (0x1950A86A20F9469CFC6C, 1001, {})
    return b"".join(pickle.dumps(part, protocol=2) for part in begins) + table + pickle.dumps(["0"], protocol=2) + numbers


def test_arrays_are_read_as_they_lie_also_turned(tmp_path: Path) -> None:
    (tmp_path / "w").write_bytes(tensor((2, 3), (1, 2)))
    assert weights.read(tmp_path / "w")["w"].tolist() == [[0, 2, 4], [1, 3, 5]]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        stored(OrderedDict(), mark=1),
        stored(_Calls()),
        tensor((2, 3), (1, 2), offset=1),
        tensor((200, 200), (1, 1)),
        tensor((2, 3), (1, 2))[:-30],
        stored([1, 2]),
    ],
    ids=["empty", "another mark", "a call", "past the end", "too many", "cut off", "no table"],
)
def test_a_file_that_is_something_else_is_refused_and_nothing_in_it_runs(
    tmp_path: Path, data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "w").write_bytes(data)
    with pytest.raises(AssetError, match="cannot be read"):
        weights.read(tmp_path / "w")
    assert not (tmp_path / "hacked").exists()


def test_what_is_cut_or_changed_anywhere_ends_in_a_sentence(tmp_path: Path) -> None:
    whole = tensor((2, 3), (1, 2))
    for at in range(0, len(whole), 3):
        (tmp_path / "w").write_bytes(whole[:at] + bytes([whole[at] ^ 0x15]) + whole[at + 1 :])
        try:
            found = io.StringIO(str(weights.read(tmp_path / "w")))
        except AssetError as error:
            found = io.StringIO(str(error))
        assert found.getvalue()
