"""Foreign text made harmless for a terminal.

Model output, command output, file contents and file names may hold bytes that a terminal obeys: they move the cursor, set the
clipboard, fake a prompt, hide text or answer questions. Here colours (SGR) stay and everything else is dropped or shown.
"""

from __future__ import annotations

import codecs
import re

_LONGEST_SEQUENCE = 4096
"""Characters of one unfinished escape sequence that are held back; a longer one is shown as text."""

_INTRODUCER = re.compile("[\x1b\x90\x98\x9b\x9d\x9e\x9f]")
_SEQUENCE = re.compile(
    "(?:\x1b[\\]PX^_]|[\x90\x98\x9d\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\\\|\x9c)"  # strings: OSC, DCS, SOS, PM, APC
    "|(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI
    "|\x1b[ -/]*[0-OQ-WYZ\\\\`-~]"  # two-character escapes
)
_UNFINISHED = re.compile(
    "(?:\x1b[\\]PX^_]|[\x90\x98\x9d\x9e\x9f])[^\x07\x1b\x9c]*\x1b?|(?:\x1b\\[|\x9b)[0-?]*[ -/]*|\x1b[ -/]*"
)
_SGR = re.compile("\x1b\\[[0-9;:]*m")
# Zero-width, bidirectional and tag characters: they make text look like other text.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_RESET = "\x1b[0m"


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
    A carriage return that would overwrite text starts a new line instead, so that both texts are seen.
    """

    def __init__(self, *, colours: bool = True) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._colours = colours
        self._held = ""
        self._coloured = False

    def feed(self, data: bytes, *, final: bool = False) -> str:
        """What may be shown now. With `final`, everything held back is given out and colours are reset."""
        text = self._held + self._decoder.decode(data, final)
        self._held = ""
        shown: list[str] = []
        at = 0
        while start := _INTRODUCER.search(text, at):
            shown.append(self._plain(text[at : start.start()]))
            at = self._sequence(text, start.start(), shown, final=final)
            if self._held:
                return "".join(shown)
        rest = text[at:]
        if rest.endswith("\r") and not final:  # it may be the first half of \r\n
            self._held, rest = "\r", rest[:-1]
        shown.append(self._plain(rest))
        if final and self._coloured:
            shown.append(_RESET)
        return "".join(shown)

    def _sequence(self, text: str, at: int, shown: list[str], *, final: bool) -> int:
        """Deal with the escape sequence at `at`; where to read on."""
        if match := _SEQUENCE.match(text, at):
            if self._colours and _SGR.fullmatch(match[0]):
                shown.append(match[0])
                self._coloured = True
            return match.end()
        if not final and len(text) - at < _LONGEST_SEQUENCE and _UNFINISHED.fullmatch(text, at):
            self._held = text[at:]
            return len(text)
        shown.append(visible(text[at]))
        return at + 1

    def _plain(self, text: str) -> str:
        return visible(text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str, width: int = 200) -> str:
    """`text` on one line of at most `width` characters, made harmless; what is cut off is marked."""
    line = " ".join(visible(text).split())
    return line if len(line) <= width else line[: width - 1] + "…"
