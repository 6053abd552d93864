"""What suggestions are made with; plain data, so that it can be handed to another process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestSpec:
    history: str
    """The file of the lines typed in aishell."""
    outcomes: str
    """The file of what became of them."""
    redact: str
    """The rules that know secrets."""
    policy: str
    """The judge's data."""
    memory: str = ""
    """The memory file; empty: it is not used."""
    own: tuple[str, ...] = ()
    """aishell's own folders."""
    use_history: bool = True
    use_next: bool = True
    use_memory: bool = True
    use_tldr: bool = True

    def to_wire(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_wire(cls, data: Mapping[str, Any]) -> SuggestSpec:
        return cls(**{**data, "own": tuple(data.get("own", ()))})
