"""For mkdocs: what a block needs to be run ("sh model") is said to the tests, not to readers of the site."""

from __future__ import annotations

import re


def on_page_markdown(markdown: str, **_: object) -> str:
    """The page with the language alone behind the fence of each block."""
    return re.sub(r"^( *```\w+)(?: \w+)+$", r"\1", markdown, flags=re.M)
