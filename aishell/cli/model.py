"""`aishell model`: what language models are here, and getting others."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from aishell import wiring
from aishell.assets import fetch as fetching
from aishell.assets.catalog import Asset, Catalog, Source, local_file, slug
from aishell.assets.verify import read_gguf, sha256
from aishell.cli import stdio
from aishell.cli.parser import Parser
from aishell.config.load import set_value
from aishell.config.paths import Paths
from aishell.core.errors import AssetError, UsageError
from aishell.core.text import visible


def parser() -> Parser:
    made = Parser(prog="aishell model", allow_abbrev=False)
    commands = made.add_subparsers(dest="command", required=True, metavar="list|pull|add|use|remove|info")
    commands.add_parser("list", help="models that can be had, and which are here")
    add = commands.add_parser("add", help="use a GGUF file or address of your own")
    add.add_argument("source", metavar="PATH-or-URL")
    add.add_argument("--id", default="", help="the name to give it")
    add.add_argument("--sha256", default="", help="what the file's hash must be")
    add.add_argument("--eyes", default="", metavar="PATH", help="its projector (mmproj): a vision model for describe")
    for name, text in (
        ("pull", "fetch"),
        ("use", "make it the default"),
        ("remove", "delete its file"),
        ("info", "look into it"),
    ):
        commands.add_parser(name, help=text).add_argument("id", metavar="ID")
    return made


def run(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    paths = Paths.from_environment(dict(os.environ))
    catalog = wiring.catalog(paths)
    if options.command == "list":
        return _list(catalog)
    if options.command == "add":
        return _add(catalog, options.source, options.id, options.sha256, options.eyes)
    asset = catalog.get(options.id)
    return {"pull": _pull, "use": _use, "remove": _remove, "info": _info}[options.command](catalog, asset)


def _list(catalog: Catalog) -> int:
    chosen = wiring.settings()[0].settings.model.use
    for asset in catalog.all():
        here = "here" if catalog.present(asset) else "-"
        mark = "*" if asset.id == chosen else " "
        size = f"{asset.size / 1e6:.0f} MB" if asset.size else "? MB"
        stdio.show(f"{mark} {asset.id:<22} {asset.kind:<9} {size:>8}  {here:<5} {asset.title}  [{asset.licence}]")
    return 0


def _pull(catalog: Catalog, asset: Asset) -> int:
    for one in _whole(catalog, asset):
        if catalog.present(one):
            stdio.show(f"{one.id} is here: {catalog.location(one)}")
            continue
        with progress(one) as report:
            file = fetching.fetch(catalog, one, report)
        stdio.show(f"{one.id} is here: {file}")
    return 0


def _whole(catalog: Catalog, asset: Asset) -> tuple[Asset, ...]:
    """An asset with those that it needs."""
    return asset, *map(catalog.get, asset.needs)


def _add(catalog: Catalog, source: str, name: str, digest: str, eyes: str) -> int:
    scheme = urlsplit(source).scheme
    if scheme in ("http", "https"):
        if eyes:
            raise UsageError("--eyes goes with a file on this machine.", hint="Fetch both files first.")
        return _add_url(catalog, source, name, digest)
    asset = local_file(Path(source).expanduser(), name=slug(name) if name else "")
    read_gguf(Path(asset.path))
    if digest and sha256(Path(asset.path)) != digest.lower():
        raise AssetError(f"{source} does not have that sha256.", hint="It is not the file you expect; it was not added.")
    if eyes:
        return _add_seeing(catalog, asset, Path(eyes).expanduser())
    catalog.add(asset)
    stdio.show(f"added {asset.id}, which stays where it is; `aishell model use {asset.id}` makes it the default")
    return 0


def _add_seeing(catalog: Catalog, asset: Asset, eyes: Path) -> int:
    projector = replace(local_file(eyes, name=f"{asset.id}-eyes"), kind="projector")
    if read_gguf(eyes).architecture != "clip":
        raise AssetError(f"{eyes} is no projector.", hint="Its name mostly begins with mmproj.")
    catalog.add(projector)
    catalog.add(replace(asset, kind="vision", needs=(projector.id,)))
    stdio.show(f"added {asset.id} with {projector.id}, which stay where they are; `aishell describe` asks it from now on")
    return 0


def _add_url(catalog: Catalog, url: str, name: str, digest: str) -> int:
    if urlsplit(url).scheme == "http" and not digest:
        raise UsageError("An http address can be changed on its way.", hint="Use https, or give --sha256.")
    file_name = Path(urlsplit(url).path).name or "model.gguf"
    asset = Asset(
        id=slug(name or Path(file_name).stem),
        kind="model",
        title=file_name,
        licence="not stated",
        size=0,
        sha256="",
        file_name=slug(file_name),
        sources=(Source(url=url),),
    )
    if any(other.id == asset.id for other in catalog.all()):
        raise AssetError(f"There is already a model {asset.id!r}.", hint="Choose another name with --id.")
    with progress(asset) as report:
        file = fetching.fetch(catalog, asset, report)
    found = sha256(file)
    if digest and found != digest.lower():
        catalog.remove(asset)
        raise AssetError(f"The file has sha256 {found}, not the one given; it was deleted.")
    catalog.add(
        Asset(
            **{
                **{field: getattr(asset, field) for field in Asset.__slots__},
                "size": file.stat().st_size,
                "sha256": found,
            }
        )
    )
    stdio.show(f"added {asset.id} (sha256 {found}); `aishell model use {asset.id}` makes it the default")
    return 0


def _use(catalog: Catalog, asset: Asset) -> int:
    if asset.kind != "model":
        raise UsageError(f"{asset.id} is not a language model.")
    file = Paths.from_environment(dict(os.environ)).config_file
    set_value(file, "model.use", asset.path if asset not in catalog.all() else asset.id)
    stdio.show(f"{asset.id} is the default now ({file})")
    if not catalog.present(asset):
        stdio.show(f"  it is not on this machine yet: aishell model pull {asset.id}")
    return 0


def _remove(catalog: Catalog, asset: Asset) -> int:
    there = any([catalog.remove(one) for one in _whole(catalog, asset)])
    kept = f"; your file stays: {asset.path}" if asset.path else ""
    stdio.show(f"{asset.id} was removed{kept}" if there else f"{asset.id} was not here")
    return 0


def _info(catalog: Catalog, asset: Asset) -> int:
    file = catalog.location(asset)
    rows = [("id", asset.id), ("title", asset.title), ("kind", asset.kind), ("licence", asset.licence)]
    rows += [("size", f"{asset.size} bytes"), ("sha256", asset.sha256 or "not known")]
    rows += [("source", str(source)) for source in asset.sources] + [("file", str(file))]
    if not catalog.present(asset):
        rows.append(("state", f"not here: aishell model pull {asset.id}"))
    elif asset.file_name.endswith(".gguf"):
        gguf = read_gguf(file)
        checked = sha256(file)
        state = "whole" if not asset.sha256 or checked == asset.sha256 else f"DAMAGED (sha256 {checked}): remove and pull it"
        rows += [("state", state), ("architecture", gguf.architecture), ("context", f"{gguf.context} tokens")]
        rows += [("tensors", str(gguf.tensors)), ("name inside", str(gguf.values.get("general.name", "-")))]
        rows.append(("chat template", "yes" if "tokenizer.chat_template" in gguf.values else "none: chatml is assumed"))
    for name, value in rows:
        stdio.show(f"{name + ':':<15}{visible(value)}")
    return 0


@contextmanager
def progress(asset: Asset) -> Iterator[fetching.Report]:
    """A bar with speed and time left on a terminal; a line every 10 % elsewhere."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield _Lines(asset)
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks = {doing: bars.add_task(f"{doing} {asset.id}", total=None, visible=False) for doing in ("fetching", "checking")}

        def report(now: fetching.Progress) -> None:
            bars.update(tasks[now.doing], completed=now.done, total=now.total or None, visible=True)

        yield report


class _Lines:
    def __init__(self, asset: Asset) -> None:
        self._asset = asset
        self._said = -1

    def __call__(self, now: fetching.Progress) -> None:
        tenth = 10 * now.done // now.total if now.total else now.done // (100 << 20)
        if now.doing == "fetching" and tenth > self._said:
            self._said = tenth
            of = f" of {now.total / 1e6:.0f}" if now.total else ""
            stdio.say(f"fetching {self._asset.id}: {now.done / 1e6:.0f}{of} MB")
