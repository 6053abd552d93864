"""`aishell fetch URL`: the text of a public web page. The judge asks about it in a proposal, as about any network use."""

from __future__ import annotations

from collections.abc import Iterator

from aishell.actions.web import Page, fetch
from aishell.cli import stdio
from aishell.core.errors import UsageError

_MOST_BYTES = 2 << 20
_SECONDS = 20.0
_MOST_SHOWN = 40_000
"""Characters."""


def run(arguments: list[str]) -> int:
    if len(arguments) != 1:
        raise UsageError("One address is needed.", hint="aishell fetch https://example.org/page")
    page = fetch(arguments[0], most_bytes=_MOST_BYTES, seconds=_SECONDS)
    text = "\n".join(lines(page))
    stdio.show(text[:_MOST_SHOWN])
    if len(text) > _MOST_SHOWN or not page.complete:
        stdio.say("aishell: the page goes on")
    return 0


def lines(page: Page) -> Iterator[str]:
    """What a person would read of the page."""
    try:
        text = page.data.decode(page.charset, "replace")
    except LookupError:  # a charset that nobody knows
        text = page.data.decode("utf-8", "replace")
    if "html" not in page.kind:
        yield from text.splitlines()
        return
    from aishell.memory.documents.rich import html, html_title

    if title := html_title(text):
        yield title
    above: tuple[str, ...] = ()
    for piece in html(text):
        if piece.headings != above:
            yield f"\n{' / '.join(piece.headings)}"
            above = piece.headings
        yield piece.text
