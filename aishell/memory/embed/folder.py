"""A folder that holds an exported model, `model.onnx`, `tokenizer.json` and `embedder.json`: whole, or not there."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from aishell.core.errors import AssetError
from aishell.memory.models import DESCRIPTION

GRAPH, TOKENIZER = "model.onnx", "tokenizer.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """Of an exported model. Its graph takes `ids` and `mask`, both int64 (texts, tokens), and gives `vectors` of length 1."""

    name: str
    dimension: int
    longest: int
    """Tokens it reads of a text."""
    query: str = ""
    """What the model wants before a question."""
    document: str = ""
    """And before what is to be found."""
    title: str = ""
    """Where it comes from."""
    parity: float = 0.0
    """Mean cosine to the reference when it was exported; 0 when that was not measured."""
    fingerprint: str = ""


def read(folder: Path) -> Description:
    """Raises AssetError."""
    try:
        return Description(**json.loads((folder / DESCRIPTION).read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise AssetError(
            f"The embedding model in {folder} cannot be read: {error}.", hint="`aishell memory model list` shows the others."
        ) from error


def write(folder: Path, make: Callable[[Path], Description]) -> Description:
    """The folder that `make` fills with graph and tokenizer, put in its place at once; one that is there stays.

    The fingerprint is a hash of both files and of the words put before a text. Raises AssetError.
    """
    if (folder / DESCRIPTION).exists():
        return read(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", suffix=".part", dir=folder.parent))
        try:
            made = make(part)
            digest = hashlib.sha256("\0".join((made.query, made.document, str(made.longest))).encode())
            for name in (GRAPH, TOKENIZER):
                digest.update(hashlib.sha256((part / name).read_bytes()).digest())
            made = replace(made, fingerprint=digest.hexdigest()[:32])
            (part / DESCRIPTION).write_text(json.dumps(asdict(made), indent=1), "utf-8")
            for name in (GRAPH, TOKENIZER, DESCRIPTION):
                _sync(part / name)
            with suppress(OSError):  # another process was faster, and made the same
                part.rename(folder)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    except OSError as error:
        raise AssetError(f"{folder} cannot be written: {error.strerror}.") from error
    return read(folder)


def _sync(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
