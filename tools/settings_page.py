#!/usr/bin/env python3
"""docs/configuration.md, made of the code: `python -m tools.settings_page`; with --check it only says whether it is fresh.

Names, defaults and the values that are allowed come from `aishell/config/settings.py`; what a setting is for from the comments
of `config/aishell.toml`, which a test keeps equal to it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from aishell.config.settings import LOWEST, RemoteSettings, Settings

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "configuration.md"
_NAMED = {"remote": RemoteSettings}
"""Tables of which there may be several, each with a name of its own."""

_HEAD = """\
# Configuration

<!-- Written by tools/settings_page.py from the code: change that, and run `python -m tools.settings_page`. -->

```usage
aishell config edit        opens your own file, ~/.config/aishell/aishell.toml (or below $XDG_CONFIG_HOME)
aishell config show        what is in force, and where each value comes from
aishell config path        where your file lies
```

Your file needs only what you change. A variable does the same for one run: `AISHELL_MODEL_USE=smollm2-135m aishell -c "..."`
sets `model.use`. Variables come before your file, and your file before the defaults. A name that does not exist, or a value
that is not allowed, is told with its place, and nothing runs (exit status 78). **Nothing is ever read from the folder you work
in.**

Rules for the judge are a file of their own: [safety.md](safety.md). Servers of the Model Context Protocol, `[mcp.NAME]`:
[mcp.md](mcp.md).
"""


def main() -> int:
    text = page()
    if "--check" in sys.argv[1:]:
        fresh = PAGE.is_file() and PAGE.read_text("utf-8") == text
        print(f"{PAGE.name} is {'fresh' if fresh else 'old: run python -m tools.settings_page'}")
        return 0 if fresh else 1
    PAGE.write_text(text, "utf-8")
    return 0


def page() -> str:
    """The whole document."""
    about, said = _comments((ROOT / "config" / "aishell.toml").read_text("utf-8"))
    parts = [_HEAD]
    for section in fields(Settings):
        shape = _NAMED.get(section.name) or section.default_factory
        assert isinstance(shape, type)
        rows = list(_rows(section.name, shape, said))
        title = f"[{section.name}.NAME]" if section.name in _NAMED else f"[{section.name}]"
        intro = f"{about[section.name]}\n\n" if about.get(section.name) else ""
        parts.append(f"## `{title}`\n\n{intro}| setting | default | values | |\n|---|---|---|---|\n{''.join(rows)}")
    return "\n".join(parts)


def _rows(section: str, shape: type[Any], said: dict[str, str]) -> Iterator[str]:
    hints = get_type_hints(shape)
    for setting in fields(shape):
        name = f"{section}.{setting.name}"
        cells = (f"`{setting.name}`", _default(setting), _values(name, hints[setting.name]), said.get(name, ""))
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _default(setting: Field[Any]) -> str:
    assert setting.default is not MISSING
    value = setting.default
    return f"`{str(value).lower()}`" if isinstance(value, bool) else f'`"{value}"`' if isinstance(value, str) else f"`{value}`"


def _values(name: str, kind: Any) -> str:
    if get_origin(kind) is Literal:
        return ", ".join(f'`"{choice}"`' for choice in get_args(kind))
    if kind is bool:
        return "`true`, `false`"
    words = {int: "a whole number", float: "a number", str: "text"}[kind]
    return f"{words}, {LOWEST[name]:g} or more" if name in LOWEST else words


def _comments(text: str) -> tuple[dict[str, str], dict[str, str]]:
    """What stands above each table, and above (or, in an example, behind) each setting; of settings in a row that share a
    comment the first has it.
    """
    about, said, section, above = dict[str, str](), dict[str, str](), "", list[str]()
    for line in text.splitlines():
        example = re.fullmatch(r"#\s+(\w+) = (\S+)\s*(?:#\s*(.*))?", line)
        if heading := re.fullmatch(r"#?\s*\[(\w+)(?:\.\w+)?\]", line):
            section = heading[1]
            about.setdefault(section, _sentence(above))
            above = []
        elif example and section in _NAMED:
            shown = f"`{example[2]}`" if example[2].startswith('"') and len(example[2]) > 2 else ""
            said[f"{section}.{example[1]}"] = f"{shown} {example[3] or ''}".strip()
        elif line.startswith("#"):
            above.append(line.lstrip("# "))
        elif setting := re.match(r"(\w+) = ", line):
            said[f"{section}.{setting[1]}"] = _sentence(above)
            above = []
        elif not line:
            above = []
    return about, said


def _sentence(lines: list[str]) -> str:
    return " ".join(line for line in lines if line).removesuffix(", one table each:").strip()


if __name__ == "__main__":
    sys.exit(main())
