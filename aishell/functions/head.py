"""A small classifier that is learned from a model's own answers: a linear map from embeddings to the shares of the labels.

Ridge regression, because it says without further fitting what it would have answered to each of its examples had it not seen
that one (leave one out, in closed form). So how well it agrees with the model is measured on every example that there is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy

    Matrix = numpy.ndarray[Any, Any]

_STIFFNESSES = (0.3, 1.0, 3.0, 10.0)
"""Of the regression; the one with which it may answer most is taken."""
_RECENT = 1000
"""Examples that tell how well it agrees: what came long ago may have been of another kind."""
_FEWEST = 40
"""Examples from which an agreement is believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Answers where it is sure."""

    map: Matrix
    """(dimensions + 1, labels)"""
    lead: Matrix
    """For each label: how far it has to be ahead of the next one to be sure; infinite where it never is."""
    covers: float
    """Of the recent examples the share that it is sure of, 0 to 1."""
    agrees: float
    """Of those the share in which it says what the model said."""

    def scores(self, vector: Matrix) -> list[float]:
        """The shares of the labels, which add up to 1."""
        import numpy

        shares = numpy.clip(_with_one(numpy.asarray([vector], "f8")) @ self.map, 0, None)[0] + 1e-6
        return [float(share) for share in shares / shares.sum()]

    def sure(self, scores: list[float]) -> bool:
        best, second = sorted(scores, reverse=True)[:2]
        return best - second >= float(self.lead[scores.index(best)])


def learned(vectors: Matrix, shares: Matrix, agreement: float) -> Head:
    """Of examples in the order in which they came: (examples, dimensions), and (examples, labels) that add up to 1.

    It is sure where it agrees with the examples in at least `agreement` of cases, 0 to 1.
    """
    heads = [_fitted(_with_one(vectors), shares, stiffness, agreement) for stiffness in _STIFFNESSES]
    return max(heads, key=lambda head: head.covers)


def _fitted(inputs: Matrix, shares: Matrix, stiffness: float, agreement: float) -> Head:
    import numpy

    inverse = numpy.linalg.inv(inputs.T @ inputs + stiffness * numpy.eye(inputs.shape[1]))
    map_ = inverse @ (inputs.T @ shares)
    own = numpy.einsum("ij,ij->i", inputs @ inverse, inputs)  # how much each example says about itself
    without = shares - (shares - inputs @ map_) / (1 - own)[:, None].clip(1e-6)
    said = numpy.clip(without, 0, None)[-_RECENT:] + 1e-6
    said /= said.sum(axis=1, keepdims=True)
    return _judged(map_, said, shares[-_RECENT:].argmax(axis=1), agreement)


def _judged(map_: Matrix, said: Matrix, truth: Matrix, agreement: float) -> Head:
    """`said`: shares for examples that were left out; `truth`: the model's labels."""
    import numpy

    ordered = numpy.sort(said, axis=1)
    ahead, label = ordered[:, -1] - ordered[:, -2], said.argmax(axis=1)
    lead = numpy.full(said.shape[1], numpy.inf)
    for number in range(said.shape[1]):
        of_it = numpy.flatnonzero(label == number)
        of_it = of_it[numpy.argsort(-ahead[of_it])]
        right = numpy.cumsum(truth[of_it] == number) / numpy.arange(1, len(of_it) + 1)
        enough = numpy.flatnonzero((right >= agreement) & (numpy.arange(1, len(of_it) + 1) >= _FEWEST))
        if len(enough):
            lead[number] = ahead[of_it[enough[-1]]]
    sure = ahead >= lead[label]
    agrees = float((label == truth)[sure].mean()) if sure.any() else 0.0
    return Head(map=map_, lead=lead, covers=float(sure.mean()), agrees=agrees)


def _with_one(vectors: Matrix) -> Matrix:
    """A constant beside the vectors, so that labels may have different shares."""
    import numpy

    return numpy.hstack([vectors, numpy.ones((len(vectors), 1))])
