"""Foreign text made harmless for a terminal, a log, a title or a prompt.

Model output, command output, file contents and file names may hold bytes that a terminal obeys: they move the cursor, set the
clipboard, fake a prompt, hide text or answer questions. Here colours (SGR) stay and everything else is dropped or shown.
The terminal must read UTF-8: in an 8-bit one the second byte of a letter could be a C1 control.
"""

from __future__ import annotations

import codecs
import re

_LONGEST_SEQUENCE = 1024
"""Characters, so at most 4 KiB, of one unfinished escape sequence that are held back; a longer one is shown as text."""

_INTRODUCERS = "\x1b\x90\x98\x9b\x9d\x9e\x9f"
# A string sequence ends at any control character, so that scanning stays linear and no line is swallowed with it.
_STRING = "(?:\x1b[\\]PX^_]|[\x90\x98\x9d\x9e\x9f])[^\x00-\x1f\x7f-\x9f]*"  # OSC, DCS, SOS, PM, APC
_SEQUENCE = re.compile(
    f"{_STRING}(?:\x07|\x1b\\\\|\x9c)"
    "|(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI
    "|\x1b[ -/]*[0-OQ-WYZ\\\\`-~]"  # two-character escapes
)
_UNFINISHED = re.compile(f"{_STRING}\x1b?|(?:\x1b\\[|\x9b)[0-?]*[ -/]*|\x1b[ -/]*")
_SGR = re.compile("\x1b\\[([0-9]{0,3}(?:[;:][0-9]{0,3}){0,23})m")
_COLOUR = re.compile("[345]8[;:](?:5[;:][0-9]*|2(?:[;:][0-9]*){3,4})")
_CONCEAL = re.compile("(?<![0-9:])0*8(?![0-9:])")
_LINK = re.compile("(?:\x1b\\]|\x9d)8;[^;]*;([^\x00-\x1f\x7f-\x9f]*)")
# Control, zero-width, bidirectional, filler, tag and variation characters: they act, hide, or make text look like other text.
# Two variation selectors stay, U+FE0E and U+FE0F: they choose between the two usual looks of a symbol.
_LONE = (
    "\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x8f\x91-\x97\x99\x9a\x9c\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0d\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff"
)
_HIDDEN = re.compile(f"[{_LONE}{_INTRODUCERS}]")
_LONE_RUN = re.compile(f"[{_LONE}]+\n?")
_PLAIN_RUN = re.compile(f"[^{_LONE}{_INTRODUCERS}]*")
# Text and the usual colours together, as `ls` and `grep` write them: one match instead of three a word, 20 times as fast.
_USUAL = "(?:[34]8;(?:5|2;[0-9]{1,3};[0-9]{1,3});[0-9]{1,3}|[0-79]{0,3})"
_COLOURED_RUN = re.compile(f"(?:[^{_LONE}{_INTRODUCERS}]+|\x1b\\[{_USUAL}(?:;{_USUAL}){{0,7}}m)*")
_COLOURS_OFF = "\x1b[0m"

_ALL_ROWS_SCROLL = "\x1b7\x1b[r\x1b8"
"""With the cursor where it was. tmux does not do that in a soft reset."""
_PLAIN_KEYS = "\x1b[<99u\x1b[>4m\x1b[?1l\x1b>"
"""Keys send what they always have. Each of the two screens keeps count of who wanted otherwise."""
_NO_REPORTS = "".join(f"\x1b[?{mode}l" for mode in (1000, 1002, 1003, 1006, 1015, 1016, 1004, 2004, 2026, 2048))
RESET = f"\x1b[!p{_ALL_ROWS_SCROLL}{_PLAIN_KEYS}\x1b[?1047l{_PLAIN_KEYS}{_NO_REPORTS}\x1b[?7h\x1b[?25h\x1b[0 q\x1b(B\x0f\x1b[0m"
"""Puts a terminal right after a full-screen program that died: a soft reset, of which tmux does little; the ordinary screen,
without moving the cursor as 1049 would; plain keys; no reports of mouse, focus, pastes and sizes; long lines wrapped, and
drawn at once; cursor, its shape, characters and colours as usual."""
LEAVE = f"{_PLAIN_KEYS}\x1b[?1049l"
"""Before `RESET`, where the alternate screen is known to be on: the cursor goes back to where it was on the ordinary one."""


def _shown(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return f"<U+{code:04X}>"


def has_hidden(text: str) -> bool:
    """Whether `text` has characters that a reader would not see, or a terminal would act on."""
    return bool(_HIDDEN.search(text))


def visible(text: str) -> str:
    """`text` with every character that a terminal would act on, or a reader would not see, shown; newline and tab stay."""
    return _HIDDEN.sub(_shown, text)


class Sanitizer:
    """Makes a stream of terminal bytes harmless, however it is cut into chunks.

    Bytes are read as UTF-8; SGR sequences pass when `colours`, all other sequences vanish, lone control characters are shown.
    A hyperlink becomes its text and its address. A carriage return that would overwrite text starts a new line instead, so
    that both texts are seen.
    """

    def __init__(self, *, colours: bool = True) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._colours = colours
        self._harmless = _COLOURED_RUN if colours else _PLAIN_RUN
        self._held = ""
        self._coloured = False
        self._link = ""
        """The address of the hyperlink that is open."""

    def feed(self, data: bytes, *, final: bool = False) -> str:
        """What may be shown now. With `final`, everything held back is given out and colours are reset."""
        text = self._held + self._decoder.decode(data, final)
        self._held = ""
        shown: list[str] = []
        at = 0
        while at < len(text):
            if (run := self._harmless.match(text, at)) and run[0]:
                shown.append(run[0])
                self._coloured = self._coloured or "\x1b" in run[0]
                at = run.end()
            elif text[at] in _INTRODUCERS:
                at = self._sequence(text, at, shown, final=final)
            else:
                at = self._lone(text, at, shown, final=final)
        if final:
            shown.append(self._open_link(""))
        if final and self._coloured:
            shown.append(_COLOURS_OFF)
        return "".join(shown)

    def _lone(self, text: str, at: int, shown: list[str], *, final: bool) -> int:
        """Deal with the hidden or control characters at `at`; where to read on."""
        run = _LONE_RUN.match(text, at)
        assert run is not None
        end = run.end()
        if end == len(text) and text[-1] == "\r" and not final:  # it may be the first half of \r\n
            self._held = "\r"
        lone = text[at : end - len(self._held)]
        shown.append(visible(lone.replace("\r\n", "\n").replace("\r", "\n")))
        return end

    def _sequence(self, text: str, at: int, shown: list[str], *, final: bool) -> int:
        """Deal with the escape sequence at `at`; where to read on."""
        match = _SEQUENCE.match(text, at)
        if match and match.end() - at <= _LONGEST_SEQUENCE:
            if self._colours and (colour := _SGR.fullmatch(match[0])) and not _conceals(colour[1]):
                shown.append(match[0])
                self._coloured = True
            elif link := _LINK.match(match[0]):
                shown.append(self._open_link(link[1]))
            return match.end()
        if not final and len(text) - at < _LONGEST_SEQUENCE and _UNFINISHED.fullmatch(text, at):
            self._held = text[at:]
            return len(text)
        shown.append(visible(text[at]))
        return at + 1

    def _open_link(self, address: str) -> str:
        """The address of the link that ends here, if one does; `address` is the next one's."""
        ended, self._link = self._link, address
        return f" <{visible(ended)}>" if ended else ""


def harmless(text: str, *, colours: bool = True) -> str:
    """What a Sanitizer makes of a whole text."""
    return Sanitizer(colours=colours).feed(text.encode("utf-8", "replace"), final=True)


def _conceals(parameters: str) -> bool:
    """Whether an SGR sequence makes text invisible: parameter 8, where it is not part of a colour."""
    return "8" in parameters and bool(_CONCEAL.search(_COLOUR.sub("", parameters)))


def one_line(text: str, width: int = 200) -> str:
    """`text` on one line of at most `width` characters, made harmless; what is cut off is marked."""
    line = " ".join(visible(text).split())
    return line if len(line) <= width else line[: width - 1] + "…"


def capped(text: str, most: int = 4000) -> str:
    """`text` made harmless, and when it is longer than `most` characters only its two ends, with what is left out counted."""
    left_out = len(text) - most
    if left_out <= 0:
        return visible(text)
    half = most // 2
    return f"{visible(text[: most - half])}\n[{left_out} characters left out]\n{visible(text[len(text) - half :])}"
