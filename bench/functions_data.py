"""Public test sets for the text functions: where their rows lie in a checkout, and how answers to them are scored."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

_LONGEST = 600
"""Characters of a text: a few reviews go on for pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    text: str
    gold: Any
    """A label; a translation; or (kind, start, end) of each name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestSet:
    kind: Literal["sentiment", "topic", "entities", "translation"]
    files: tuple[str, ...]
    read: Callable[[list[Path]], Iterator[Row]]
    plain: str
    labels: tuple[str, ...] = ()
    to: str = ""
    plain_tokens: int = 24

    @property
    def plain_grammar(self) -> str:
        """The JSON schema that a plain reply has to follow; empty for a translation, which is all of the reply."""
        if self.kind == "translation":
            return ""
        names = {"type": "array", "items": {"type": "string"}, "maxItems": 20}
        fields: dict[str, Any] = (
            {field: names for field in _FIELDS} if self.kind == "entities" else {"label": {"enum": self.labels}}
        )
        return json.dumps({"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False})

    def understood(self, text: str, reply: str) -> Any:
        """A plain reply in the set's terms."""
        if self.kind == "translation":
            return reply.strip()
        if self.kind == "entities":
            return _spans(text, reply)
        try:
            return str(json.loads(reply)["label"])
        except ValueError:
            return ""


def rows(test: TestSet, data: Path, most: int, *, held_out: bool) -> list[Row]:
    """The first rows of one half, as many of each label where there are labels; none when a file is absent."""
    files = [data / file for file in test.files]
    if not all(file.is_file() for file in files):
        return []
    room = {label: most // len(test.labels) for label in test.labels}
    chosen: list[Row] = []
    for row in test.read(files):
        if not row.text or (hashlib.sha1(row.text.encode()).hexdigest()[0] in "01234567") == held_out:
            continue
        if test.labels:
            if room[row.gold] <= 0:
                continue
            room[row.gold] -= 1
        chosen.append(Row(text=row.text[:_LONGEST] if test.labels else row.text, gold=row.gold))
        if len(chosen) >= most or (room and not any(room.values())):
            break
    return chosen


_FIELDS = {"people": "person", "places": "place", "organizations": "organization"}


def _spans(text: str, reply: str) -> set[tuple[str, int, int]]:
    """Where the names of a plain reply stand, each everywhere it does."""
    try:
        said = json.loads(reply)
    except ValueError:
        return set()
    found: set[tuple[str, int, int]] = set()
    for field, kind in _FIELDS.items():
        for name in {name for name in said.get(field, ()) if isinstance(name, str) and name}:
            at = -1
            while (at := text.find(name, at + 1)) >= 0:
                found.add((kind, at, at + len(name)))
    return found


# ---- files


def _sst2(files: list[Path]) -> Iterator[Row]:
    for line in files[0].read_text("utf-8").splitlines():
        text, _, label = line.rpartition("\t")
        yield Row(text=text, gold={"0": "negative", "1": "positive"}[label])


def _hotels(files: list[Path]) -> Iterator[Row]:
    with files[0].open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            yield Row(text=row["review"], gold={"0": "negative", "1": "positive"}[row["label"]])


_TOPICS = ("World", "Sports", "Business", "Sci/Tech")


def _news(files: list[Path]) -> Iterator[Row]:
    with files[0].open(encoding="utf-8", newline="") as lines:
        for number, title, text in csv.reader(lines):
            yield Row(text=f"{title} {text}", gold=_TOPICS[int(number) - 1])


_KINDS = {"PER": "person", "LOC": "place", "ORG": "organization"}


def _tagged(file: Path, joint: str, columns: str | None) -> Iterator[Row]:
    """Sentences of a token a line with its tag last; `joint` stands between tokens. A name goes on with I- of its own kind."""
    words: list[tuple[str, str]] = []
    for line in [*file.read_text("utf-8").splitlines(), ""]:
        parts = line.split(columns)
        if len(parts) >= 2 and parts[0] != "-DOCSTART-":
            words.append((parts[0], parts[-1]))
        elif words:
            yield _sentence(words, joint)
            words = []


def _sentence(words: list[tuple[str, str]], joint: str) -> Row:
    found: list[tuple[str, int, int]] = []
    text, last = "", "O"
    for word, tag in words:
        text += joint if text else ""
        kind = _KINDS.get(tag[2:], "")
        if kind and tag[:2] == "I-" and last[2:] == tag[2:] and found:
            found[-1] = (kind, found[-1][1], len(text) + len(word))
        elif kind:
            found.append((kind, len(text), len(text) + len(word)))
        text, last = text + word, tag
    return Row(text=text, gold=frozenset(found))


def _parallel(files: list[Path]) -> Iterator[Row]:
    ours, theirs = (file.read_text("utf-8").split("\n") for file in files)
    for text, gold in zip(ours, theirs, strict=True):
        yield Row(text=text.strip(), gold=gold.strip())


_NTREX = "MicrosoftTranslator/NTREX/NTREX-128/newstest2019-"
_NAMES = "List the people, places and organizations named in this text, as JSON with the fields people, places, organizations."

SETS: dict[str, TestSet] = {
    "sst2": TestSet(
        kind="sentiment",
        files=("clairett/pytorch-sentiment-classification/data/SST2/test.tsv",),
        read=_sst2,
        labels=("positive", "negative"),
        plain="Is the sentiment of this text positive or negative? Reply as JSON with the field label.",
    ),
    "hotels": TestSet(
        kind="sentiment",
        files=("SophonPlus/ChineseNlpCorpus/datasets/ChnSentiCorp_htl_all/ChnSentiCorp_htl_all.csv",),
        read=_hotels,
        labels=("positive", "negative"),
        plain="Is the sentiment of this text positive or negative? Reply as JSON with the field label.",
    ),
    "news": TestSet(
        kind="topic",
        files=("mhjabreel/CharCnn_Keras/data/ag_news_csv/test.csv",),
        read=_news,
        labels=_TOPICS,
        plain=f"Classify the topic of this text as one of: {', '.join(_TOPICS)}. Reply as JSON with the field label.",
    ),
    "conll": TestSet(
        kind="entities",
        files=("synalp/NER/corpus/CoNLL-2003/eng.testb",),
        read=lambda files: _tagged(files[0], " ", None),
        plain=_NAMES,
        plain_tokens=300,
    ),
    "msra": TestSet(
        kind="entities",
        files=("OYE93/Chinese-NLP-Corpus/NER/MSRA/msra_test_bio.txt",),
        read=lambda files: _tagged(files[0], "", "\t"),
        plain=_NAMES,
        plain_tokens=300,
    ),
    "en-zh": TestSet(
        kind="translation",
        files=(f"{_NTREX}src.eng.txt", f"{_NTREX}ref.zho-CN.txt"),
        read=_parallel,
        to="zh",
        plain="Translate this text into Chinese:",
        plain_tokens=300,
    ),
    "zh-en": TestSet(
        kind="translation",
        files=(f"{_NTREX}ref.zho-CN.txt", f"{_NTREX}src.eng.txt"),
        read=_parallel,
        to="en",
        plain="Translate this text into English:",
        plain_tokens=300,
    ),
}
