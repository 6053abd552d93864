"""`aishell memory model`: which embedding models there are, and others of the user's."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from aishell import wiring
from aishell.assets import fetch as fetching
from aishell.assets.catalog import slug
from aishell.cli import stdio
from aishell.cli.model import progress
from aishell.cli.parser import Parser
from aishell.config.load import set_value
from aishell.config.paths import Paths
from aishell.core.errors import AishellError, UsageError
from aishell.memory import models

_AFTERWARDS = "what is kept already is embedded anew in the background"


def parser() -> Parser:
    made = Parser(prog="aishell memory model", allow_abbrev=False)
    commands = made.add_subparsers(dest="command", required=True, metavar="list|add|use|remove")
    commands.add_parser("list", help="embedding models that are here, and which are used")
    add = commands.add_parser("add", help="a model that sentence-transformers can load")
    add.add_argument("source", metavar="FOLDER-or-NAME")
    add.add_argument("--id", default="", help="the name to give it")
    use = commands.add_parser("use", help="find with it from now on")
    use.add_argument("id", metavar="ID")
    use.add_argument("--multilingual", action="store_true", help="for Chinese, Japanese and Korean only")
    commands.add_parser("remove", help="delete what was exported").add_argument("id", metavar="ID")
    return made


def run(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    paths = Paths.from_environment(dict(os.environ))
    if options.command == "list":
        return _list(paths)
    if options.command == "add":
        return _fetch(paths) if options.source == models.MINILM else _add(paths, options.source, options.id)
    if options.command == "use":
        return _use(paths, options.id, "multilingual" if options.multilingual else "embedder")
    return _remove(paths, options.id)


def _list(paths: Paths) -> int:
    from aishell.memory.embed.opening import described

    chosen = wiring.settings()[0].settings.memory
    known = wiring.embedders(paths)
    for name, spec in known.items():
        uses = [use for use in ("embedder", "multilingual") if getattr(chosen, use) == name]
        try:
            about = described(spec)
            stdio.show(f"{'*' if uses else ' '} {name:<22} {about.dimension or '-':>5}  {about.title}  {_role(uses)}".rstrip())
        except AishellError as error:
            stdio.show(f"{'*' if uses else ' '} {name:<22}     -  {error}  {_role(uses)}".rstrip())
    for use in ("embedder", "multilingual"):
        if (wanted := getattr(chosen, use)) not in (*known, models.NONE):
            stdio.say(f"memory.{use} is {wanted}, which is not here: full text only")
    return 0


def _role(uses: list[str]) -> str:
    words = {"embedder": "for all texts", "multilingual": "for Chinese, Japanese, Korean"}
    return f"[{', '.join(words[use] for use in uses)}]" if uses else ""


def _fetch(paths: Paths) -> int:
    """The built-in one: its weights fetched, and made into what is computed."""
    from aishell.memory.embed.minilm import ensure

    catalog = wiring.catalog(paths)
    asset = catalog.get(models.MINILM)
    if not catalog.present(asset):
        with progress(asset) as report:
            fetching.fetch(catalog, asset, report)
    ensure(wiring.embedders(paths)[models.MINILM])
    stdio.show(f"{models.MINILM} is here")
    return 0


def _add(paths: Paths, source: str, name: str) -> int:
    from aishell.memory.embed.sentence import export

    folder = Path(source).expanduser()
    if not folder.is_dir() and source.startswith((".", "/", "~")):
        raise UsageError(f"There is no folder {source}.", hint="Give a folder that sentence-transformers saved, or a name.")
    name = slug(name or folder.resolve().name)
    if name in models.RESERVED or name in wiring.embedders(paths):
        raise UsageError(f"There is already a model {name!r}.", hint="Choose another name with --id.")
    made = export(str(folder.resolve()) if folder.is_dir() else source, name, wiring.models_folder(paths) / name, stdio.say)
    stdio.show(f"added {name}: {made.dimension} numbers a text, mean cosine {made.parity:.4f} to sentence-transformers")
    stdio.show(f"  `aishell memory model use {name}` finds with it")
    return 0


def _use(paths: Paths, name: str, which: str) -> int:
    if name != models.NONE and name not in wiring.embedders(paths):
        raise UsageError(f"There is no embedding model {name!r}.", hint="`aishell memory model list` shows them.")
    set_value(paths.config_file, f"memory.{which}", name)
    stdio.show(f"memory.{which} is {name} now ({paths.config_file}); {_AFTERWARDS}")
    return 0


def _remove(paths: Paths, name: str) -> int:
    spec = wiring.embedders(paths).get(name)
    if spec is None or not spec.folder:
        raise UsageError(f"There is nothing of {name!r} to delete.", hint="`aishell memory model list` shows the models.")
    shutil.rmtree(spec.folder, ignore_errors=True)
    stdio.show(f"{name} was removed")
    if name == models.MINILM:
        stdio.show(f"  its weights are still here: `aishell model remove {name}`")
    chosen = wiring.settings()[0].settings.memory
    if name in (chosen.embedder, chosen.multilingual) and name != models.MINILM:
        stdio.show("  it was in use; `aishell memory model use ID` chooses another")
    return 0
