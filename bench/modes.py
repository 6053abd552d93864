"""The modes of a terminal, known from what has been written to it."""

from __future__ import annotations

import re

_CHANGE = re.compile(
    rb"\x1b\[\?(?P<private>[0-9;]+)(?P<on>[hl])|\x1b\[(?P<keys>[<>])(?P<times>[0-9]*)u"
    rb"|\x1b(?P<reset>c)|\x1b\[!(?P<soft>p)|\x1b(?P<keypad>[=>])|(?P<charset>[\x0e\x0f])"
    rb"|\x1b\[>4(?P<others>;[0-9]*)?m|\x1b\[(?P<shape>[0-9]*) q"
)
_NAMES = {
    1: "cursor keys", 7: "no wrapping", 25: "no cursor", 47: "alternate screen", 1000: "mouse", 1002: "mouse drags",
    1003: "mouse moves", 1004: "focus", 1006: "mouse as text", 1015: "mouse as numbers", 1016: "mouse as pixels",
    2004: "bracketed paste", 2026: "nothing drawn", 2048: "sizes in the stream",
}  # fmt: skip
_LONGEST = 64
"""Bytes of what sets modes, at most."""
_SAME = {1047: 47, 1049: 47}
_USUALLY_ON = (7, 25)
_SOFT = ("cursor keys", "no cursor", "keypad")
"""What a soft reset puts right."""


class Modes:
    """Give it all that a terminal is sent; `unusual` is what is not as in a new one."""

    def __init__(self) -> None:
        self._unusual: set[str] = set()
        self._keys = [0, 0]
        """How often keys have been asked to be told apart, on the ordinary and on the alternate screen, which count apart."""
        self._rest = b""

    @property
    def unusual(self) -> frozenset[str]:
        """Names of modes, of those that programs commonly set."""
        kinds = ("keys told apart", "keys told apart on the alternate screen")
        return frozenset(self._unusual).union(kind for kind, count in zip(kinds, self._keys, strict=True) if count)

    def feed(self, data: bytes) -> None:
        data = self._rest + data
        end = 0
        for change in _CHANGE.finditer(data):
            end = change.end()
            self._take(change)
        self._rest = data[max(end, len(data) - _LONGEST) :]

    def _take(self, change: re.Match[bytes]) -> None:
        if change["private"]:
            for number in map(int, filter(None, change["private"].split(b";"))):
                number = _SAME.get(number, number)
                if name := _NAMES.get(number):
                    self._set(name, on=(change["on"] == b"h") != (number in _USUALLY_ON))
        elif change["keys"]:
            screen = "alternate screen" in self._unusual
            by = 1 if change["keys"] == b">" else -int(change["times"] or 1)
            self._keys[screen] = max(0, self._keys[screen] + by)
        elif change["reset"]:
            self._unusual, self._keys = set(), [0, 0]
        elif change["soft"]:
            self._unusual.difference_update(_SOFT)
        elif change["keypad"]:
            self._set("keypad", on=change["keypad"] == b"=")
        elif change["shape"] is not None:
            self._set("another cursor", on=change["shape"] not in (b"", b"0"))
        elif change["charset"]:
            self._set("other characters", on=change["charset"] == b"\x0e")
        else:
            self._set("more keys told apart", on=(change["others"] or b";0") not in (b";", b";0"))

    def _set(self, name: str, *, on: bool) -> None:
        (self._unusual.add if on else self._unusual.discard)(name)
