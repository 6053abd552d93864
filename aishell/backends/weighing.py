"""How likely the model finds a reply that is given to it: an answer is wanted behind each of the last tokens of a prompt."""

from __future__ import annotations

from aishell.backends.job import Job
from aishell.backends.llama import Llama

MOST = 64
"""Answers wanted of one batch: each is 4 bytes a word of the vocabulary, and llama.cpp keeps that room for good."""


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
    job.weights = []
    return job.tokens[: job.prompt_length]


def weigh(model: Llama, job: Job, answered: list[int]) -> int:
    """Take the answers of these rows; sets `finish` after the last. None of them was guessed: 0."""
    for row in answered:
        job.weights.append(weight(model, row, job.expected[len(job.weights)]))
    if len(job.weights) == len(job.expected):
        job.finish = "stop"
    return 0


def weight(model: Llama, row: int, token: int) -> float:
    """The logarithm of the probability of `token` behind row `row` of the last batch."""
    import numpy

    logits = model.logits(row)
    highest = float(logits.max())
    return float(logits[token]) - highest - float(numpy.log(numpy.exp(logits - highest).sum(dtype="f8")))


def _silent(job: Job) -> int:
    """How many of the tokens that come next want no answer: what is expected begins behind the prompt's last one."""
    assert job.sequence is not None
    return max(0, job.prompt_length - 1 - len(job.sequence.held))
