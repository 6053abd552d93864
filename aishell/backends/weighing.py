"""How likely the model finds a reply that is given to it: an answer is wanted behind each of the last tokens of a prompt."""

from __future__ import annotations

from aishell.backends.job import Job
from aishell.backends.llama import Llama

MOST = 64
"""Answers wanted of one batch: each is 4 bytes a word of the vocabulary, and llama.cpp keeps that room for good."""


def prepare(model: Llama, job: Job) -> None:
    """Which tokens of a job are to be weighed."""
    job.among = [model.tokenize(text)[0] for text in job.prompt.among if text]
    job.expected = job.among[:1] or ([0] if job.prompt.likeliest else model.tokenize(job.prompt.expected))


def fitting(job: Job, chunk: list[int], answers: int) -> list[int]:
    """As much of `chunk`, the next tokens of the job's prompt, as wants no more than `answers`."""
    return chunk[: _silent(job) + answers] if job.expected else chunk


def rows(job: Job, chunk: list[int], at: int) -> list[int]:
    """Where in a batch that holds `chunk` from row `at` an answer is wanted."""
    if job.expected:
        return list(range(at + min(_silent(job), len(chunk)), at + len(chunk)))
    return [at + len(chunk) - 1] if len(chunk) == len(job.waiting) else []


def known(job: Job) -> list[int]:
    """What of a job's tokens may come from another conversation: what is weighed is computed each time."""
    if not job.expected:
        return job.tokens
    job.weights, job.texts = [], []
    return job.tokens[: job.prompt_length]


def weigh(model: Llama, job: Job, answered: list[int]) -> int:
    """Take the answers of these rows; sets `finish` after the last. None of them was guessed: 0."""
    if job.among:
        job.weights = weights(model, answered[0], job.among)
        job.finish = "stop"
        return 0
    if job.prompt.likeliest:
        job.weights, job.texts = likeliest(model, answered[0], job.prompt.likeliest)
        job.finish = "stop"
        return 0
    for row in answered:
        token = job.expected[len(job.weights)]
        job.weights.append(weight(model, row, token))
        job.texts.append(model.text(token).decode("latin-1"))
    if len(job.weights) == len(job.expected):
        job.finish = "stop"
    return 0


def weight(model: Llama, row: int, token: int) -> float:
    """The logarithm of the probability of `token` behind row `row` of the last batch."""
    return weights(model, row, [token])[0]


def likeliest(model: Llama, row: int, most: int) -> tuple[list[float], list[str]]:
    """Of the tokens that may come behind row `row`, the likeliest first, with their texts."""
    import numpy

    logits = model.logits(row)
    found = numpy.argpartition(logits, -most)[-most:]
    tokens = [int(token) for token in found[numpy.argsort(-logits[found])]]
    return weights(model, row, tokens), [model.text(token).decode("latin-1") for token in tokens]


def weights(model: Llama, row: int, tokens: list[int]) -> list[float]:
    """The same for each of several tokens."""
    import numpy

    logits = model.logits(row)
    highest = float(logits.max())
    all_of_them = highest + float(numpy.log(numpy.exp(logits - highest).sum(dtype="f8")))
    return [float(logits[token]) - all_of_them for token in tokens]


def _silent(job: Job) -> int:
    """How many of the tokens that come next want no answer: what is expected begins behind the prompt's last one."""
    assert job.sequence is not None
    return max(0, job.prompt_length - 1 - len(job.sequence.held))
