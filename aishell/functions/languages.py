"""Which language a text is in, as far as its letters tell, and the names of languages."""

from __future__ import annotations

import re

from aishell.core.errors import UsageError

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_EAST_ASIAN = re.compile(f"[{_HAN}\u3040-\u30ff\uac00-\ud7af]")
_LETTER = re.compile(r"[^\W\d_]")

_NAMES = {
    "en": "English",
    "zh": "Chinese",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "pt": "Portuguese",
    "nl": "Dutch",
    "pl": "Polish",
    "ru": "Russian",
    "ja": "Japanese",
    "ko": "Korean",
    "ar": "Arabic",
    "tr": "Turkish",
    "vi": "Vietnamese",
    "th": "Thai",
    "id": "Indonesian",
}
EAST_ASIAN = frozenset({"Chinese", "Japanese", "Korean"})
_ALSO = {
    "中文": "zh",
    "汉语": "zh",
    "英文": "en",
    "英语": "en",
    "zh-cn": "zh",
    "simplified chinese": "zh",
    "日文": "ja",
    "法语": "fr",
}


def named(language: str) -> str:
    """The English name of a language, of a code such as zh or a name. Raises UsageError."""
    wanted = language.strip().lower()
    wanted = _ALSO.get(wanted, wanted)
    for code, name in _NAMES.items():
        if wanted in (code, name.lower()):
            return name
    raise UsageError(f"There is no language {language!r} here.", hint=f"One of: {', '.join(_NAMES)}, or its English name.")


def east_asian(text: str) -> bool:
    """Whether a Chinese, Japanese or Korean character stands in it."""
    return bool(_EAST_ASIAN.search(text))


def chinese(text: str) -> bool:
    """Whether most of its letters are Chinese, and none is Japanese or Korean."""
    han = len(re.findall(f"[{_HAN}]", text))
    return han > len(_LETTER.findall(text)) / 4 and not re.search("[\u3040-\u30ff\uac00-\ud7af]", text)


def said(text: str) -> str:
    """The language of a text in words for a model: Chinese, or whatever the text is in."""
    return "Chinese" if chinese(text) else "the language of the text"
