#!/usr/bin/env python3
"""Pictures of the real program for the README: `make screenshots`. A real shell, the real model, a made-up project.

What the model answers may differ from one model to another; look at the pictures before they are committed.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from aishell import wiring
from aishell.cli.screen import outside
from aishell.ui.app import AishellApp
from aishell.ui.widgets.command_block import CommandBlock
from aishell.ui.widgets.prompt import Prompt
from aishell.ui.widgets.proposal_block import ProposalBlock

ROOT = Path(__file__).resolve().parents[1]
_SIZE = (100, 30)
_PATIENCE_S = 90.0
_PROJECT = """
mkdir -p shop/logs shop/src shop/build && cd shop && git init -q
for day in 1 2 3 4 5; do seq $((day * 40)) | sed 's/^/2026-11-0'$day' request /' > logs/day$day.log; done
printf 'import sys\\n\\nprint("hello", *sys.argv[1:])\\n' > src/main.py
for part in main store web; do head -c 4096 /dev/zero > build/$part.o; done
"""


async def _pictures(folder: Path) -> None:
    loaded, paths = wiring.settings()
    app = AishellApp(outside(loaded, paths))
    async with app.run_test(size=_SIZE) as pilot:
        main = app.screen_stack[0]

        async def until(there: Callable[[], object]) -> None:
            async with asyncio.timeout(_PATIENCE_S):
                while not there():  # noqa: ASYNC110 - what is looked at belongs to the program, which tells nobody
                    await asyncio.sleep(0.05)
            await pilot.pause(0.6)

        async def send(line: str) -> None:
            main.query_one(Prompt).load(line)
            await pilot.pause()
            await pilot.press("enter")

        def ended(number: int) -> Callable[[], bool]:
            def so_many() -> bool:
                blocks = list(main.query(CommandBlock))
                return len(blocks) >= number and not blocks[-1].running

            return so_many

        await until(lambda: main.query_one(Prompt).display)
        await send("ls -l --color=always logs")
        await until(ended(1))
        await send("which log file has the most lines")
        await until(ended(2))
        await send("recall lines in logs")
        await until(ended(3))
        _save(app, folder / "words.svg")
        await send("delete all .o files in the build folder")
        await until(lambda: any(block.tried for block in main.query(ProposalBlock)))
        _save(app, folder / "proposal.svg")
        await pilot.press("n")
        await app.action_quit()


def _save(app: AishellApp, file: Path) -> None:
    picture = app.export_screenshot(title="aishell")
    picture = re.sub(r"@font-face\s*\{.*?\}", "", picture, flags=re.S)  # whoever looks at it should fetch nothing
    file.write_text(picture, "utf-8")
    print(file.relative_to(ROOT))


def main() -> None:
    target = ROOT / "docs" / "screens"
    target.mkdir(exist_ok=True)
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    with tempfile.TemporaryDirectory(prefix="aishell-") as home:
        subprocess.run(["bash", "-c", _PROJECT], cwd=home, check=True)
        os.environ.update(HOME=home, XDG_CACHE_HOME=cache, SHELL="/bin/bash", TERM="xterm-256color", LC_ALL="C.UTF-8")
        os.chdir(Path(home) / "shop")
        try:
            asyncio.run(_pictures(target))
        finally:
            os.chdir(ROOT)


if __name__ == "__main__":
    main()
