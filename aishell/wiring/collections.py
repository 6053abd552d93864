"""Collections of documents, what finds in them, and the assistants that answer from them."""

from __future__ import annotations

import tomllib
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from aishell.config.paths import Paths, shipped
from aishell.core.errors import ConfigError, ModelUnavailable, UsageError
from aishell.core.memory import Recollection
from aishell.wiring.base import without_secrets

if TYPE_CHECKING:
    from aishell.backends.client import EngineBackend
    from aishell.functions.answering.assistants import Assistant
    from aishell.memory.collections import Collections, Embed

DEMONSTRATION = "demonstration-"
"""Before the name of an assistant's collection, where that is the one that came with aishell."""


def open_collections(paths: Paths, *, redact: Callable[[str], str] = without_secrets) -> Collections:
    """Nothing is opened yet."""
    from aishell.memory.collections import Collections

    return Collections(paths.state / "collections", redact=redact)


def embedding(engine: EngineBackend) -> Embed:
    """What makes the vectors of collections."""
    from aishell.memory.collections import Embedded

    async def embed(texts: Sequence[str], multilingual: bool) -> Embedded:
        answer = await engine.ask("embed", texts=list(texts), multilingual=multilingual)
        return Embedded(model=answer["model"], fingerprint=answer["fingerprint"], vectors=answer["vectors"])

    return embed


def vectors(engine: EngineBackend) -> Callable[[Sequence[str], bool], Awaitable[list[list[float]]]]:
    """The vectors alone."""
    embed = embedding(engine)

    async def of(texts: Sequence[str], multilingual: bool) -> list[list[float]]:
        return [list(vector) for vector in (await embed(texts, multilingual)).vectors]

    return of


def finding(paths: Paths, engine: EngineBackend | None) -> Callable[[str, str, int], Awaitable[list[Recollection]]]:
    """(collection, question, how many parts) -> those parts of its documents. Without an embedder, by words alone."""

    async def find(collection: str, question: str, limit: int) -> list[Recollection]:
        opened = open_collections(paths).open(collection)
        try:
            if engine:
                with suppress(ModelUnavailable):  # no embedder; when it is the engine that is gone, the next question says so
                    return await opened.find(question, embedding(engine), limit=limit)
            return await opened.find(question, None, limit=limit)
        finally:
            opened.close()

    return find


def assistants(paths: Paths) -> dict[str, Path]:
    """The files of all assistants by name; the person's own go before those that came with aishell."""
    folders = (shipped("assistants/health.toml").parent, paths.config_file.parent / "assistants")
    return {file.stem: file for folder in folders for file in sorted(folder.glob("*.toml"))}


def open_assistant(paths: Paths, name: str) -> Assistant:
    """Raises UsageError when there is none of that name, ConfigError."""
    from aishell.functions.answering.assistants import assistant_of

    known = assistants(paths)
    if name not in known:
        raise UsageError(f"There is no assistant {name!r}.", hint=f"There are: {', '.join(sorted(known))}.")
    try:
        return assistant_of(name, tomllib.loads(known[name].read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{known[name]} cannot be read: {error}.") from error


def collection_for(paths: Paths, assistant: Assistant) -> tuple[str, bool]:
    """The name of the collection that an assistant answers from, and whether that is its demonstration, read now if need be.

    Raises UsageError when there is neither.
    """
    known = open_collections(paths)
    if assistant.collection in known:
        return assistant.collection, False
    name = f"{DEMONSTRATION}{assistant.collection}"
    folder = assistants(paths)[assistant.name].with_suffix("")
    if not folder.is_dir():
        raise UsageError(
            f"The assistant {assistant.name!r} answers from the collection {assistant.collection!r}, and there is none.",
            hint=f"aishell collection create {assistant.collection} PATH...",
        )
    from aishell.memory.documents.reader import Reader

    opened = known.open(name) if name in known else known.create(name)
    try:
        with Reader() as reader:
            for _progress in opened.read(opened.add(folder), reader):
                pass
    finally:
        opened.close()
    return name, True
