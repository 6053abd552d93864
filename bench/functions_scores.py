"""How answers to public test sets are scored: each figure with its 95 % interval, and its difference to the plain prompt's.

Intervals are of a bootstrap over rows (2,000 samples of as many rows, with replacement); for a difference the same samples are
drawn for both ways, so that a row that is hard for both does not count. Translations are scored by the command sacrebleu.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy

from bench.functions_data import Row, TestSet

_SAMPLES = 2000
_Parts = Sequence[tuple[float, float]]
"""What each row adds to a figure, above and below the line: the figure is the one sum divided by the other."""


def scores(test: TestSet, chosen: Sequence[Row], answers: Mapping[str, Sequence[Any]], sacrebleu: str) -> dict[str, Any]:
    """Of each way: its figures. `answers`: of each way, to the rows in order. Translations: {} without `sacrebleu`."""
    if test.kind == "translation":
        return _translations(test, chosen, answers, sacrebleu)
    found: dict[str, Any] = {}
    parts = {
        way: [_parts(test, row, answer) for row, answer in zip(chosen, said, strict=True)] for way, said in answers.items()
    }
    for way, said in answers.items():
        name = "f1" if test.kind == "entities" else "accuracy"
        found[way] = {name: _ratio(parts[way]), "interval": _interval(parts[way])}
        found[way] |= _names(chosen, said) if test.kind == "entities" else {"macro_f1": _macro_f1(test, chosen, said)}
        if way != "plain" and "plain" in parts:
            found[way]["over_plain"] = _interval(parts[way], parts["plain"])
    return found


def _parts(test: TestSet, row: Row, answer: Any) -> tuple[float, float]:
    if test.kind == "entities":
        return 2 * len(row.gold & answer), len(row.gold) + len(answer)
    return float(row.gold == answer), 1


def _ratio(parts: _Parts) -> float:
    above, below = (sum(part) for part in zip(*parts, strict=True))
    return round(above / below, 3) if below else 0.0


def _interval(parts: _Parts, less: _Parts | None = None) -> tuple[float, float]:
    """Of the figure, or of how much it is above that of `less`, where 95 of 100 samples lie."""
    weights = numpy.random.default_rng(1).multinomial(len(parts), [1 / len(parts)] * len(parts), _SAMPLES)

    def ratios(of: _Parts) -> Any:
        sums = weights @ numpy.asarray(of, "f8")
        return sums[:, 0] / numpy.maximum(sums[:, 1], 1)

    low, high = numpy.percentile(ratios(parts) - (ratios(less) if less is not None else 0), [2.5, 97.5])
    return round(float(low), 3), round(float(high), 3)


def _names(chosen: Sequence[Row], answers: Sequence[set[Any]]) -> dict[str, float]:
    right = sum(len(row.gold & answer) for row, answer in zip(chosen, answers, strict=True))
    said, gold = sum(map(len, answers)), sum(len(row.gold) for row in chosen)
    return {"precision": _share(right, said), "recall": _share(right, gold)}


def _macro_f1(test: TestSet, chosen: Sequence[Row], answers: Sequence[str]) -> float:
    each: list[float] = []
    for label in test.labels:
        right = sum(row.gold == answer == label for row, answer in zip(chosen, answers, strict=True))
        named = sum(row.gold == label for row in chosen) + sum(answer == label for answer in answers)
        each.append(2 * right / named if named else 0.0)
    return _share(sum(each), len(each))


def _share(part: float, whole: float) -> float:
    return round(part / whole, 3) if whole else 0.0


def _translations(
    test: TestSet, chosen: Sequence[Row], answers: Mapping[str, Sequence[str]], sacrebleu: str
) -> dict[str, dict[str, Any]]:
    """chrF2 and BLEU of the whole set, 0 to 100, with half the width of their intervals (sacrebleu's bootstrap)."""
    found: dict[str, dict[str, Any]] = {way: {} for way in answers}
    with tempfile.TemporaryDirectory() as folder:
        _written(Path(folder) / "ref", [row.gold for row in chosen])
        for way, said in answers.items() if sacrebleu else ():
            _written(Path(folder) / "hyp", said)
            tokens = "zh" if test.to == "zh" else "13a"
            command = [sacrebleu, "ref", "-i", "hyp", "-m", "chrf", "bleu", "--tokenize", tokens, "--confidence", "-f", "json"]
            done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder)
            for score in json.loads(done.stdout):
                found[way] |= {
                    score["name"].lower(): score["score"],
                    f"{score['name'].lower()}_within": score["confidence_var"],
                }
    return found


def _written(file: Path, texts: Sequence[str]) -> None:
    """A line each, as sacrebleu reads them."""
    file.write_text("".join(f"{' '.join(text.split())}\n" for text in texts), "utf-8")
