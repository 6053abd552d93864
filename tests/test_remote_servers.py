"""A server that others wrote, over a real model: skipped where none is installed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aishell import wiring
from aishell.backends.openai.endpoint import Endpoint
from aishell.backends.openai.remote import RemoteBackend
from aishell.config.paths import Paths
from aishell.config.settings import MemorySettings, ModelSettings, RemoteSettings, Settings
from aishell.core.types import Message, Prompt, Usage
from tests.asking import ASKED, clean, heard, unkept
from tests.elsewhere import SERVERS, server
from tests.endpoints import HEAD, event, in_turn, open_place, raw, status


@pytest.fixture(scope="module", params=SERVERS)
def place(request: pytest.FixtureRequest, tiny_model: Path) -> Iterator[tuple[str, str]]:
    """Whose server it is, and its address."""
    with server(request.param, tiny_model) as found:
        yield request.param, found


def test_the_engine_of_this_machine_answers_for_a_place_that_fails(tiny_model: Path, environment: dict[str, str]) -> None:
    paths = Paths.from_environment(environment)
    with open_place(in_turn(status(500), status(429, Retry_After="0.01"), raw(HEAD, event("half"), b"data: {x\n\n"))) as place:
        wanted = Settings(
            model=ModelSettings(backend="remote", remote="office local", use=str(tiny_model), context_tokens=1024),
            memory=MemorySettings(embedder="none", multilingual="none"),
            remote={"office": RemoteSettings(url=place.url, model="m")},
        )
        text, usage, said = asyncio.run(heard(wiring.open_backend(wanted, paths), ASKED))
        assert len(place.asked) == 3
    assert said[-1].endswith("Going on with the model on this machine.")
    assert text
    assert "half" not in text
    assert usage.prompt_tokens > 10


def test_a_server_of_llama_cpp_answers_in_pieces_by_schema_and_goes_on_from_a_beginning(place: tuple[str, str]) -> None:
    async def go() -> list[str]:
        model = RemoteBackend(Endpoint(name="o", url=place[1], model="m"), redact=clean, keep=unkept)
        schema = '{"type": "object", "properties": {"a": {"enum": ["x", "y"]}}, "required": ["a"]}'
        short = replace(ASKED, messages=(Message(role="user", content="Say hello."),))
        asked = (short, replace(short, grammar=schema, max_tokens=40), replace(short, begin="Hello, my name is", weigh=True))
        return [(await heard(model, prompt))[0] for prompt in asked]

    plain, strict, begun = asyncio.run(go())
    assert plain
    assert json.loads(strict)["a"] in ("x", "y")
    assert begun


def test_a_reply_is_weighed_and_a_given_text_too_where_a_grammar_is_heeded_before_the_chances(place: tuple[str, str]) -> None:
    async def go(*prompts: Prompt) -> list[Usage]:
        model = RemoteBackend(Endpoint(name="o", url=place[1], model="m"), redact=clean, keep=unkept)
        return [(await heard(model, prompt))[1] for prompt in prompts]

    asked = Prompt(messages=(Message(role="user", content="Count: one, two,"),), begin="three, ", max_tokens=8, weigh=True)
    likely, unlikely = replace(asked, expected="four, five\n``"), replace(asked, expected='zebra "\\n 象\n``')
    said, right, wrong = asyncio.run(go(asked, likely, unlikely))
    if place[0] == "llama_cpp.server":  # it has chances only when it is started with --logits_all, at 600 KB a token
        assert (said.weights, right.weights, wrong.weights) == ((), (), ())
        return
    assert len(said.weights) > 2
    assert max(*said.weights, *right.weights, *wrong.weights) <= 0
    assert "".join(right.tokens) == "four, five\n``"
    assert sum(right.weights) > sum(wrong.weights) + 10
