"""What can be fetched, what was added by the user, and where each lies on this machine."""

from __future__ import annotations

import difflib
import json
import os
import re
import tomllib
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from aishell.core.errors import AssetError

Kind = Literal["model", "embedder", "knowledge", "vision", "projector", "kinds", "names"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WheelMember:
    package: str
    version: str
    member: str
    """The file's path inside the wheel; empty: the wheel itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Exactly one of the three is set."""

    url: str = ""
    wheels: tuple[WheelMember, ...] = ()
    file: str = ""

    def __str__(self) -> str:
        if self.wheels:
            first = self.wheels[0]
            return f"{first.package} {first.version}" + (f" and {len(self.wheels) - 1} more" if len(self.wheels) > 1 else "")
        return self.url or self.file


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    id: str
    kind: Kind
    title: str
    licence: str
    size: int
    """Bytes; 0 when not known beforehand."""
    sha256: str
    """Empty when not known beforehand."""
    file_name: str
    sources: tuple[Source, ...]
    context: int = 0
    """Tokens the model was trained on."""
    needs: tuple[str, ...] = ()
    """Other assets, by id, that it does nothing without; they are fetched and removed with it."""
    chat_template: str = ""
    path: str = ""
    """For a file the user added: where it lies. It is never moved or deleted."""


class Catalog:
    """The shipped catalog and the user's additions. Raises AssetError when either cannot be read."""

    def __init__(self, shipped: Path, folder: Path) -> None:
        self.folder = folder
        self._added_file = folder / "added.json"
        try:
            tables = tomllib.loads(shipped.read_text("utf-8"))
            self._shipped = tuple(_asset(table) for table in tables.values())
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise AssetError(f"The catalog {shipped} cannot be read: {error}.", hint="Install aishell again.") from error
        self._added = self._read_added()

    def all(self) -> tuple[Asset, ...]:
        return self._shipped + self._added

    def get(self, name: str) -> Asset:
        """By id, or by the path of a file. Raises AssetError naming the nearest id."""
        for asset in self.all():
            if asset.id == name:
                return asset
        if "/" in name or name.endswith(".gguf"):
            return local_file(Path(name).expanduser())
        ids = [asset.id for asset in self.all()]
        near = [known for known in ids if name in known] or difflib.get_close_matches(name, ids, 1, 0.4)
        raise AssetError(
            f"There is no model {name!r} in the catalog.",
            hint=(f"Did you mean {near[0]}? " if near else "")
            + "`aishell model list` shows them; a GGUF file is named by its path.",
        )

    def location(self, asset: Asset) -> Path:
        return Path(asset.path) if asset.path else self.folder / asset.id / asset.file_name

    def present(self, asset: Asset) -> bool:
        """Whether the whole file is here: judged by its size; the hash was checked when it came."""
        with suppress(OSError):
            size = self.location(asset).stat().st_size
            return size == asset.size or (asset.size == 0 and size > 0)
        return False

    def add(self, asset: Asset) -> None:
        """Remember a file of the user's. Raises AssetError when its id is taken."""
        if any(other.id == asset.id for other in self.all()):
            raise AssetError(
                f"There is already a model {asset.id!r}.", hint="Choose another name with --id, or remove that one."
            )
        self._write_added((*self._added, asset))

    def remove(self, asset: Asset) -> bool:
        """Forget an addition, and delete what aishell fetched; whether anything was there. A user's own file stays."""
        there = asset in self._added
        if there:
            self._write_added(tuple(other for other in self._added if other.id != asset.id))
        if not asset.path:
            file = self.location(asset)
            there = there or file.exists()
            file.unlink(missing_ok=True)
            with suppress(OSError):
                file.parent.rmdir()
        return there

    def _read_added(self) -> tuple[Asset, ...]:
        try:
            return tuple(_asset(table) for table in json.loads(self._added_file.read_text("utf-8")))
        except FileNotFoundError:
            return ()
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise AssetError(
                f"The list of added models {self._added_file} cannot be read: {error}.", hint="Mend it or delete it."
            ) from error

    def _write_added(self, added: tuple[Asset, ...]) -> None:
        part = self._added_file.with_suffix(f".{os.getpid()}.part")
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            part.write_text(json.dumps([asdict(asset) for asset in added], indent=1), "utf-8")
            part.replace(self._added_file)
        except OSError as error:
            raise AssetError(f"{self._added_file} cannot be written: {error.strerror}.") from error
        self._added = added


def local_file(path: Path, *, name: str = "") -> Asset:
    """A GGUF file where it lies. Raises AssetError when it is not there."""
    path = Path(os.path.abspath(path))
    if not path.is_file():
        raise AssetError(f"There is no file {path}.", hint="Give the path of a GGUF file, or an id of `aishell model list`.")
    return Asset(
        id=name or slug(path.stem),
        kind="model",
        title=path.name,
        licence="not stated",
        size=path.stat().st_size,
        sha256="",
        file_name=path.name,
        sources=(Source(file=str(path)),),
        path=str(path),
    )


def slug(text: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.") or "model"


def _asset(table: dict[str, Any]) -> Asset:
    sources = tuple(
        Source(**{**source, "wheels": tuple(WheelMember(**wheel) for wheel in source.get("wheels", ()))})
        for source in table["sources"]
    )
    asset = replace(Asset(**{**table, "sources": sources, "needs": tuple(table.get("needs", ()))}))
    if "/" in asset.id or "/" in asset.file_name or asset.id.startswith("."):
        raise ValueError(f"{asset.id!r} is not a name")
    return asset
