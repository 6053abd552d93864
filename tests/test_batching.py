"""Several requests computed at once: who goes first, what is reused, and that guessing ahead changes no word."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aishell.backends import exact, fit, state
from aishell.backends.batching import Runner
from aishell.backends.cache import common
from aishell.backends.draft import Drafter, Table
from aishell.backends.job import Item, Job, repeats
from aishell.backends.llama import Llama
from aishell.backends.spec import LlamaSpec
from aishell.core.errors import ModelUnavailable
from aishell.core.types import Message, Piece, Priority, Prompt, Usage

SYSTEM = Message(role="system", content="You are a careful assistant who answers briefly. " * 8)
LONG = Message(role="user", content="one two three four five six seven eight nine ten. " * 64)
COMMANDS = [
    f"{verb} {what}" for verb in ("find", "count", "list", "sort") for what in ("files", "lines in a.txt", "users", "days")
]


def ask(text: str, **changes: object) -> Prompt:
    return replace(Prompt(messages=(SYSTEM, Message(role="user", content=text)), stable=1, max_tokens=24), **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def model(tiny_model: Path) -> Iterator[Llama]:
    loaded = Llama(LlamaSpec(path=str(tiny_model), name="tiny", context_tokens=2048, cache_tokens=4096))
    yield loaded
    loaded.close()


@pytest.fixture
def runner(model: Llama) -> Iterator[Runner]:
    fresh = Runner(model)
    yield fresh
    for sequence in range(33):
        model.trim(sequence, 0)


def say(runner: Runner, prompt: Prompt) -> tuple[str, Usage]:
    items = list(runner.generate(prompt))
    usage = items[-1]
    assert isinstance(usage, Usage)
    return "".join(item.text for item in items if isinstance(item, Piece)), usage


def ends(runner: Runner, jobs: list[Job]) -> list[Job]:
    """The jobs in the order in which they end."""
    for job in jobs:
        runner.add(job)
    order: list[Job] = []
    while len(order) < len(jobs):
        runner.step()
        order += [job for job in jobs if job.finish and job not in order]
    return order


def job(prompt: Prompt, client: int = 0) -> Job:
    items: list[Item] = []
    return Job(prompt, items.append, client=client)


def test_a_prefix_is_computed_once_and_a_conversation_goes_on_where_it_was(runner: Runner) -> None:
    _, first = say(runner, ask("Name a colour."))
    _, second = say(runner, ask("Name an animal."))
    assert first.reused_tokens == 0
    assert second.reused_tokens > 60
    text, _ = say(runner, ask("Name a town."))
    turns = (SYSTEM, Message(role="user", content="Name a town."), Message(role="assistant", content=text))
    _, fourth = say(runner, Prompt(messages=(*turns, Message(role="user", content="Another.")), stable=1, max_tokens=10))
    assert fourth.reused_tokens > second.reused_tokens + 5


def test_guessing_ahead_changes_no_word(model: Llama, runner: Runner) -> None:
    say(runner, Prompt(messages=(LONG,), max_tokens=2))  # a long conversation, to find out how many tokens are exact
    most = exact.find(model, runner.cache)
    assert most
    drafted = accepted = 0
    without: dict[str, str] = {}
    for text in [*COMMANDS, *COMMANDS]:  # the second time the reply is known, and guessed whole
        runner.exact = most
        with_guesses, usage = say(runner, ask(text))
        runner.exact = 1
        without[text] = without.get(text) or say(runner, ask(text))[0]
        assert with_guesses == without[text]
        drafted += usage.drafted_tokens
        accepted += usage.accepted_tokens
    assert most == 1 or accepted > drafted / 2 > 0


def test_a_person_goes_before_background_work_which_then_ends_as_it_would_have(runner: Runner) -> None:
    alone, _ = say(runner, ask("Tell a story.", max_tokens=60))
    items: list[Item] = []
    idle = Job(ask("Tell a story.", max_tokens=60, priority=Priority.IDLE), items.append)
    runner.add(idle)
    for _ in range(5):
        runner.step()
    said = idle.said
    assert 0 < said < 60
    now = job(ask("Name a colour."))
    runner.add(now)
    while not now.finish:
        runner.step()
        assert idle.said == said  # nothing for it while a person waits
    while not idle.finish:
        runner.step()
    assert "".join(item.text for item in items if isinstance(item, Piece)) == alone


def test_one_shell_with_many_requests_does_not_keep_another_waiting(runner: Runner) -> None:
    many = [job(ask(f"Write about the number {n}.", max_tokens=12), client=1) for n in range(24)]
    one = job(ask("Name a colour.", max_tokens=12), client=2)
    order = ends(runner, [*many, one])
    assert order.index(one) < 16


def test_a_reader_that_is_behind_is_waited_for_and_others_are_served(runner: Runner) -> None:
    behind = [True]
    slow = Job(ask("Count to ten."), lambda _item: None, blocked=lambda: behind[0])
    runner.add(slow)
    assert not runner.step()  # nothing to do: the thread may sleep
    other = job(ask("Name a colour.", priority=Priority.IDLE))
    runner.add(other)
    while not other.finish:
        assert runner.step()
    assert slow.said == 0
    behind[0] = False
    while not slow.finish:
        assert runner.step()


def test_a_reply_follows_a_json_schema(runner: Runner) -> None:
    schema = {
        "type": "object",
        "properties": {"colour": {"enum": ["red", "blue"]}, "count": {"type": "integer"}},
        "required": ["colour", "count"],
        "additionalProperties": False,
    }
    for temperature in (0.0, 1.2):
        prompt = ask("Give me a colour.", grammar=json.dumps(schema), max_tokens=60, temperature=temperature, seed=3)
        answer = json.loads(say(runner, prompt)[0])
        assert answer["colour"] in ("red", "blue")
        assert isinstance(answer["count"], int)
    assert say(runner, ask("Is water wet?", grammar='root ::= "yes" | "no"'))[0] in ("yes", "no")
    for broken in ("root ::= (", '{"type": "nonsense"}'):
        with pytest.raises(ModelUnavailable):
            say(runner, ask("x", grammar=broken))


def test_a_reply_that_goes_nowhere_is_ended(runner: Runner) -> None:
    forever = ask("x", grammar='root ::= "ab"+', max_tokens=1000)
    assert say(runner, forever)[1].finish == "repetition"
    assert say(runner, replace(forever, grammar="root ::= [a-z]+", max_seconds=0.3, temperature=1.5))[1].finish == "time"
    assert repeats([1, 2, 3] * 16)
    assert not repeats(list(range(160)))
    assert not repeats([7] * 40)


def test_when_the_cache_is_full_the_oldest_conversation_goes(tiny_model: Path) -> None:
    small = Llama(LlamaSpec(path=str(tiny_model), name="tiny", context_tokens=512))
    runner = Runner(small)
    texts = [ask(f"Write about the number {n}.", max_tokens=20) for n in range(12)]
    for text in texts:
        assert say(runner, text)[0]
    assert runner.cache.tokens() <= 512 + 12 * 70  # their common beginning is stored once
    jobs = [job(replace(text, max_tokens=45)) for text in texts]
    assert {ended.finish for ended in ends(runner, jobs)} <= {"stop", "length"}  # more than fits at once: each gets an end
    small.close()


def test_common_beginnings_and_tables() -> None:
    assert [common([1, 2, 3], other) for other in ([1, 2, 3, 4], [1, 9], [], [9])] == [3, 1, 0, 0]
    table = Table()
    table.add([5, 6, 7, 5, 6, 8, 5, 6, 7])
    assert table.guess([4, 5, 6]) == (7, 2, 2)
    assert table.guess([99]) is None
    drafter = Drafter()
    drafter.learn([1, 2], [10, 11, 12])
    assert drafter.begin([1, 2], 0, []).guess([10], 2) == []  # not worth it before it has been right a few times
    for _ in range(20):
        drafter.outcome(("again", 0, 0), right=True)
    assert drafter.begin([1, 2], 0, []).guess([10], 2) == [11, 12]  # the same prompt again


def test_a_model_that_does_not_fit_is_refused_with_the_figures(tiny_model: Path, tmp_path: Path) -> None:
    spec = LlamaSpec(path=str(tiny_model), name="tiny")
    (tmp_path / "meminfo").write_text("MemTotal: 1000 kB\nMemAvailable:    204800 kB\n")
    assert fit.available_bytes(tmp_path / "meminfo", tmp_path) == 200 << 20
    (tmp_path / "memory.max").write_text("104857600\n")
    (tmp_path / "memory.current").write_text("62914560\n")
    (tmp_path / "memory.stat").write_text("anon 1\nfile 20971520\n")
    assert fit.available_bytes(tmp_path / "meminfo", tmp_path) == 60 << 20
    assert fit.needed(spec, repack=True) > fit.needed(spec, repack=False) > tiny_model.stat().st_size
    with pytest.raises(ModelUnavailable, match=r"needs about \d+\.\d GB of memory with a context of 90000000 tokens, and"):
        Llama(replace(spec, context_tokens=90_000_000))


def test_layers_go_onto_the_gpus_as_far_as_their_memory_takes(tiny_model: Path) -> None:
    spec = LlamaSpec(path=str(tiny_model), name="tiny")
    assert fit.layer_count(str(tiny_model)) == 30
    whole = fit.needed(spec, repack=False) - (250 << 20)
    assert fit.layers_that_fit(spec, 30, []) == 0
    assert fit.layers_that_fit(spec, 30, [fit.Device("GPU", whole + (1 << 30), 1 << 40)]) == 31
    halves = [fit.Device("GPU", whole // 4 + (512 << 20), 1 << 40)] * 2
    assert 10 <= fit.layers_that_fit(spec, 30, halves) <= 15


def test_after_memory_ran_out_half_the_context_is_tried_once(tmp_path: Path) -> None:
    kills = state.memory_kills()
    dead = state.State(pid=os.getpid(), born=1, kills=kills, context_tokens=4096)
    assert not dead.lives()
    assert state.after_death(dead, 4096) == (4096, False)  # it died of something else
    starved = replace(dead, kills=kills - 1)
    assert state.after_death(starved, 4096) == (2048, True)
    with pytest.raises(ModelUnavailable, match="Memory ran out"):
        state.after_death(replace(starved, reduced=True), 4096)
    own = state.State.of(os.getpid(), 4096, reduced=False)
    own.write(tmp_path / "engine.json")
    assert state.read(tmp_path / "engine.json") == own
    assert own.lives()
    assert state.memory_kills(tmp_path / "missing") == 0
