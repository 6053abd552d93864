"""How likely a reply is: the one that was generated, and one that is given."""

from __future__ import annotations

import asyncio
import math

import pytest

from aishell.backends import weighing
from aishell.backends.batching import Runner
from aishell.backends.client import EngineBackend
from aishell.backends.job import Item, Job
from aishell.backends.launch import Place
from aishell.backends.llama import Llama
from aishell.backends.spec import LlamaSpec
from aishell.core.types import Piece, Restarted, Usage
from aishell.planner.asking import Asking
from tests.test_batching import ask, ends, model, runner, say

__all__ = ["model", "runner"]  # fixtures


def weights_of(runner: Runner, question: str, answer: str) -> tuple[float, ...]:
    said, usage = say(runner, ask(question, expected=answer))
    assert said == ""
    return usage.weights


def test_a_generated_reply_weighs_what_the_same_reply_weighs_when_it_is_given(model: Llama, runner: Runner) -> None:
    said, usage = say(runner, ask("Name a colour.", weigh=True))
    given = weights_of(runner, "Name a colour.", said)
    assert len(usage.weights) in (usage.reply_tokens, usage.reply_tokens + 1)  # the end of a reply is weighed as well
    assert len(given) == len(model.tokenize(said))
    assert sum(given) == pytest.approx(sum(usage.weights[: len(given)]), abs=0.1 * len(given))


def test_what_fits_weighs_more_than_what_does_not(runner: Runner) -> None:
    fits = weights_of(runner, "What is the capital of France?", "The capital of France is Paris.")
    jumbled = weights_of(runner, "What is the capital of France?", "Paris capital. is of The France")
    assert sum(fits) / len(fits) > sum(jumbled) / len(jumbled) + 1
    assert all(weight <= 0 for weight in fits + jumbled)


def test_several_weighed_together_weigh_what_each_weighs_alone(runner: Runner) -> None:
    answers = ["The capital of France is Paris.", "It is Rome.", "one two three four five six seven eight nine ten. " * 8]
    heard: list[list[Item]] = [[] for _ in answers]
    jobs = [
        Job(ask("What is the capital of France?", expected=answer), items.append)
        for answer, items in zip(answers, heard, strict=True)
    ]
    assert sum(len(runner.model.tokenize(answer)) for answer in answers) > weighing.MOST  # more than one batch answers
    ends(runner, jobs)
    for answer, items in zip(answers, heard, strict=True):
        (usage,) = items
        assert isinstance(usage, Usage)
        alone = weights_of(runner, "What is the capital of France?", answer)
        assert len(usage.weights) == len(alone)
        assert sum(usage.weights) == pytest.approx(sum(alone), abs=0.1 * len(alone))


def test_weighing_again_gives_all_weights_again(runner: Runner) -> None:
    first = weights_of(runner, "What is the capital of France?", "It is Paris, of course.")
    assert len(weights_of(runner, "What is the capital of France?", "It is Paris, of course.")) == len(first)


def test_a_branch_begins_with_a_less_likely_word(runner: Runner) -> None:
    best, likeliest = say(runner, ask("Name a colour.", weigh=True))
    other, less = say(runner, ask("Name a colour.", weigh=True, branch=1))
    assert other != best
    assert less.weights[0] < likeliest.weights[0]
    assert math.exp(less.weights[0]) + math.exp(likeliest.weights[0]) <= 1.0001


def test_the_engine_weighs_too(place: Place, spec: LlamaSpec) -> None:
    async def weighed() -> list[Piece | Restarted | Usage]:
        backend = EngineBackend(spec, place=place)
        try:
            return [item async for item in backend.stream(ask("What is the capital of France?", expected="It is Paris."))]
        finally:
            await backend.close()

    (usage,) = asyncio.run(weighed())
    assert isinstance(usage, Usage)
    assert len(usage.weights) >= 3


def test_a_reply_that_is_cut_at_its_limit_is_gone_on_with(place: Place, spec: LlamaSpec) -> None:
    prompt = ask("Count from one to thirty in words.", max_tokens=12)

    async def replies() -> tuple[str, str]:
        backend = EngineBackend(spec, place=place)
        cut, whole = Asking(backend), Asking(backend)
        try:
            async for _item in cut.told(prompt):
                pass
            async for _item in whole.whole(prompt):
                pass
        finally:
            await backend.close()
        return cut.text, whole.text

    cut, whole = asyncio.run(replies())
    assert whole.startswith(cut)
    assert len(whole.split()) > len(cut.split())
