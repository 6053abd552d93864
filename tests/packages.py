"""Packages with entry points, as pip would lay them out."""

from __future__ import annotations

import tomllib
from pathlib import Path

from tests.conftest import ROOT

EXAMPLE = ROOT / "examples" / "plugin"


def lay(folder: Path, name: str, points: dict[str, dict[str, str]]) -> None:
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = [line for group, found in points.items() for line in (f"[{group}]", *(f"{k} = {v}" for k, v in found.items()))]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")


def lay_example(folder: Path) -> None:
    """The one of `examples/`."""
    table = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())
    for module in table["tool"]["setuptools"]["py-modules"]:
        (folder / f"{module}.py").write_text((EXAMPLE / f"{module}.py").read_text())
    lay(folder, "aishell_example", table["project"]["entry-points"])
