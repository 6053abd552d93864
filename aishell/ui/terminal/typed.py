"""Keys as a terminal sends them to a program."""

from __future__ import annotations

_NAMED = {
    "enter": b"\r",
    "tab": b"\t",
    "shift+tab": b"\x1b[Z",
    "escape": b"\x1b",
    "backspace": b"\x7f",
    "ctrl+backspace": b"\x08",
    "ctrl+space": b"\x00",
    "ctrl+at": b"\x00",
    "ctrl+backslash": b"\x1c",
    "ctrl+right_square_bracket": b"\x1d",
    "ctrl+circumflex_accent": b"\x1e",
    "ctrl+underscore": b"\x1f",
}
_CURSOR = {"up": b"A", "down": b"B", "right": b"C", "left": b"D", "home": b"H", "end": b"F"}
_NUMBERED = {"insert": 2, "delete": 3, "pageup": 5, "pagedown": 6, "f5": 15, "f6": 17, "f7": 18, "f8": 19, "f9": 20}
_NUMBERED |= {"f10": 21, "f11": 23, "f12": 24}
_FUNCTION = {"f1": b"P", "f2": b"Q", "f3": b"R", "f4": b"S"}
_MODIFIERS = {"shift": 1, "alt": 2, "ctrl": 4}


def typed(key: str, character: str | None) -> bytes:
    """What a terminal of the xterm family sends for a key that Textual calls `key`; empty for one it has no bytes for."""
    if key in _NAMED:
        return _NAMED[key]
    *held, name = key.split("+")
    if character and character.isprintable() and not held:
        return character.encode("utf-8", "replace")
    modifier = 1 + sum(_MODIFIERS.get(each, 0) for each in held)
    if name in _CURSOR:
        return b"\x1b[" + (b"1;%d" % modifier if modifier > 1 else b"") + _CURSOR[name]
    if name in _FUNCTION:
        return b"\x1b[1;%d" % modifier + _FUNCTION[name] if modifier > 1 else b"\x1bO" + _FUNCTION[name]
    if name in _NUMBERED:
        return b"\x1b[%d" % _NUMBERED[name] + (b";%d" % modifier if modifier > 1 else b"") + b"~"
    if held == ["ctrl"] and len(name) == 1 and "a" <= name <= "z":
        return bytes([ord(name) & 0x1F])
    if held == ["alt"]:
        return b"\x1b" + (character.encode() if character else typed(name, name if len(name) == 1 else None))
    return character.encode("utf-8", "replace") if character and character.isprintable() else b""


def pasted(text: str) -> bytes:
    """What a terminal sends for a paste: a newline is the Enter key, and nothing in it can pass for another key."""
    kept = "".join(
        "\r" if each == "\n" else each for each in text.replace("\r\n", "\n") if each in "\n\t" or each.isprintable()
    )
    return kept.encode("utf-8", "replace")
