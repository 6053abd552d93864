"""Keys that terminals send as Escape and another key, and that Textual's table does not know: Alt with Enter and with signs."""

from __future__ import annotations

from typing import NamedTuple, cast

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS


class _Key(NamedTuple):
    """What Textual reads of a member of its `Keys`."""

    value: str


_SEQUENCES = {
    "\x1b\r": "alt+enter",
    "\x1b\n": "alt+enter",
    "\x1b.": "alt+full_stop",
    "\x1b#": "alt+number_sign",
    "\x1b<": "alt+less_than_sign",
    "\x1b>": "alt+greater_than_sign",
    "\x1b\x7f": "alt+backspace",
}


def learn_keys() -> None:
    """Have Textual tell these keys from the same ones without Alt. Without it, Alt-Enter is Enter in most terminals."""
    table = cast("dict[str, tuple[_Key, ...]]", ANSI_SEQUENCES_KEYS)
    table.update({sequence: (_Key(name),) for sequence, name in _SEQUENCES.items()})
