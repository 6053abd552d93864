"""Dark, light, high contrast, and without colours. Every state is told in words or signs as well, never by colour alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from textual.theme import BUILTIN_THEMES, Theme

DARK = Theme(
    name="aishell-dark",
    primary="#7aa2f7",
    secondary="#7dcfff",
    warning="#e0af68",
    error="#f7768e",
    success="#9ece6a",
    accent="#bb9af7",
    foreground="#d5d9e8",
    background="#16161e",
    surface="#1c1d29",
    panel="#25273a",
    dark=True,
)
LIGHT = Theme(
    name="aishell-light",
    primary="#2a5db0",
    secondary="#0a6e8a",
    warning="#8a5a00",
    error="#b3261e",
    success="#2e6b1f",
    accent="#7a3fb0",
    foreground="#1c1d22",
    background="#fbfbf8",
    surface="#f1f1ec",
    panel="#e4e4dd",
    dark=False,
)
CONTRAST = Theme(
    name="aishell-contrast",
    primary="#ffff00",
    secondary="#00ffff",
    warning="#ffd700",
    error="#ff8080",
    success="#00ff00",
    accent="#ff80ff",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#1a1a1a",
    dark=True,
    text_alpha=1.0,
)
_ANSI = BUILTIN_THEMES["ansi-dark"]
_SEEN_WITHOUT_COLOUR = {"block-cursor-text-style": "reverse", "button-focus-text-style": "bold reverse"}
PLAIN = replace(_ANSI, name="aishell-plain", variables={**_ANSI.variables, **_SEEN_WITHOUT_COLOUR})
"""The terminal's own colours."""

THEMES = (DARK, LIGHT, CONTRAST, PLAIN)


def theme_for(environ: Mapping[str, str], wanted: str = "auto", background: str | None = None) -> str:
    """The name of the theme for `wanted`: dark, light, contrast or plain; auto is dark or light as the `background` is, as far
    as that is known. NO_COLOR, set to anything, wins (no-color.org)."""
    names = {theme.name.removeprefix("aishell-"): theme.name for theme in THEMES}
    return PLAIN.name if environ.get("NO_COLOR") else names.get((background or "") if wanted == "auto" else wanted, DARK.name)


def ansi_color(environ: Mapping[str, str]) -> bool | None:
    """What Textual's App is to be given as `ansi_color`: with it, NO_COLOR takes out what colour is left, in output too."""
    return True if environ.get("NO_COLOR") else None
