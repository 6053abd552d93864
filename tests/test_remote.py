"""Models at other addresses: what comes back, in which form the place can give it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from aishell.backends.openai.remote import RemoteBackend
from tests.asking import ASKED, backend, heard, k3y, refusal, told
from tests.endpoints import DONE, HEAD, Answer, Asked, event, in_turn, open_place, raw, saying, status

SCHEMA = '{"type": "object", "properties": {"a": {"enum": ["x", "y"]}}, "required": ["a"]}'


# ---- what comes back


def test_a_reply_comes_in_pieces_and_with_its_tokens() -> None:
    with open_place(saying("hel", "lo")) as place:
        text, usage, said = asyncio.run(heard(backend(place, key=k3y), ASKED))
    assert (text, said) == ("hello", [])
    assert (usage.finish, usage.prompt_tokens, usage.reply_tokens) == ("stop", 7, 3)
    assert place.asked[0]["messages"][1] == {"role": "user", "content": "hello"}
    assert "authorization: bearer k3y" in place.heads[0].lower()


def test_the_time_before_the_first_token_is_not_that_before_the_first_event() -> None:
    with open_place(raw(HEAD, event(delta={"role": "assistant"}), event("a"), event("b"), DONE, pause_s=0.06)) as place:
        usage = asyncio.run(heard(backend(place), ASKED))[1]
    assert usage.prefill_s >= 0.1  # two of the pauses, which the clock cannot have cut short


def test_a_reply_that_does_not_come_as_events_is_understood() -> None:
    body = json.dumps({"choices": [{"message": {"content": "whole"}, "finish_reason": "length"}]})
    with open_place(status(200, body, Content_Type="application/json")) as place:
        text, usage, _ = asyncio.run(heard(backend(place), ASKED))
    assert (text, usage.finish) == ("whole", "length")


@pytest.mark.parametrize(
    "answer",
    [
        saying("<thi", "nk>rm -rf", " /</thi", "nk>\n\nls", " -l"),
        raw(HEAD, event(delta={"reasoning_content": "rm -rf /"}), event("ls"), event(" -l"), DONE),
        raw(HEAD, event(delta={"reasoning": "rm -rf /", "content": None}), event("ls -l"), DONE),
    ],
)
def test_thinking_is_no_part_of_a_reply(answer: Callable[[Asked], Answer]) -> None:
    with open_place(answer) as place:
        assert told(place, thinking_tokens=100) == "ls -l"
        assert place.asked[0]["max_tokens"] == 120


def test_a_model_that_only_thinks_is_told_of_with_the_setting_that_helps() -> None:
    with open_place(raw(HEAD, event("<think>hm"), event(finish_reason="length"), DONE)) as place:
        assert "thinking_tokens" in refusal(place).hint


def test_words_put_into_its_mouth_are_not_repeated() -> None:
    prompt = replace(ASKED, begin="```bash\n", stop=("\n```",))
    with open_place(saying("```sh\nls", "\n``", "`\nThat lists.")) as place:
        assert told(place, prompt) == "ls"
    assert place.asked[0]["messages"][-1] == {"role": "assistant", "content": "```bash\n"}
    assert place.asked[0]["continue_final_message"] is True


@pytest.mark.parametrize("nothing", ["", "```", "\n``` \n"])
def test_a_place_that_has_nothing_to_add_to_a_beginning_is_asked_in_words(nothing: str) -> None:
    """It takes the beginning for a finished turn, and says nothing of fields that it does not know."""

    def answer(asked: Asked) -> Answer:
        begun = asked["messages"][-1]["role"] == "assistant"
        return raw(HEAD, event(nothing) if nothing else event(), DONE)(asked) if begun else saying("```bash\npwd\n```")(asked)

    async def go(model: RemoteBackend) -> list[str]:
        prompt = replace(ASKED, begin="```bash\n", stop=("\n```",))
        return [(await heard(model, prompt))[0], (await heard(model, prompt))[0]]

    with open_place(answer) as place:
        assert asyncio.run(go(backend(place))) == ["pwd"] * 2
    assert [asked["messages"][-1]["role"] for asked in place.asked] == ["assistant", "user", "user"]


def test_a_place_that_says_the_beginning_anew_has_not_shown_that_it_goes_on() -> None:
    """Most of its replies fit all the same, and then one is empty."""

    async def go(model: RemoteBackend) -> list[str]:
        prompt = replace(ASKED, begin="```bash\n", stop=("\n```",))
        return [(await heard(model, prompt))[0] for _ in range(3)]

    with open_place(in_turn(saying("```bash\nls\n```"), saying("```"), saying("```bash\npwd\n```"))) as place:
        assert asyncio.run(go(backend(place))) == ["ls", "pwd", "pwd"]
    assert [asked["messages"][-1]["role"] for asked in place.asked] == ["assistant", "assistant", "user", "user"]


def test_a_place_that_goes_on_may_say_nothing_later() -> None:
    async def go(model: RemoteBackend) -> list[str]:
        prompt = replace(ASKED, begin="It is")
        return [(await heard(model, prompt))[0], (await heard(model, prompt))[0]]

    with open_place(in_turn(saying(" so."), raw(HEAD, event(), DONE))) as place:
        assert asyncio.run(go(backend(place))) == [" so.", ""]


def knowing(*known: str) -> Callable[[Asked], Answer]:
    """A place that refuses a request with other fields than these."""

    def answer(asked: Asked) -> Answer:
        unknown = sorted(set(asked) - {"model", "messages", "stream", *known})
        good = saying('{"a": "x"}')
        return status(400, json.dumps({"error": {"message": f"unknown: {unknown[0]}"}}))(asked) if unknown else good(asked)

    return answer


def test_fields_that_a_place_does_not_know_are_said_in_words_and_not_tried_again() -> None:
    async def go(model: RemoteBackend) -> list[str]:
        asked = replace(ASKED, begin="{", grammar=SCHEMA, weigh=True, temperature=0.5)
        return [(await heard(model, asked))[0], (await heard(model, asked))[0]]

    with open_place(knowing("max_completion_tokens")) as place:
        assert asyncio.run(go(backend(place))) == ['"a": "x"}'] * 2
    last = place.asked[-1]
    assert set(last) == {"model", "messages", "stream", "max_completion_tokens"}
    assert SCHEMA in last["messages"][-1]["content"]
    assert "Begin your reply" in last["messages"][-1]["content"]
    assert place.asked[-2] == last  # the second request begins where the first had come to


def test_a_place_that_knows_json_and_no_schema_is_asked_for_json() -> None:
    """And takes what it does not know for its own fault, as one of llama.cpp's servers does."""

    def answer(asked: Asked) -> Answer:
        kind = asked.get("response_format", {}).get("type")
        wrong = status(500, '{"error": {"message": "1 validation error: response_format.type"}}')
        return (saying('{"a": "x"}') if kind == "json_object" else wrong)(asked)

    with open_place(answer) as place:
        assert told(place, replace(ASKED, grammar=SCHEMA)) == '{"a": "x"}'
    assert [asked["response_format"]["type"] for asked in place.asked] == ["json_schema", "json_object"]
    assert SCHEMA in place.asked[1]["messages"][-1]["content"]


def test_what_refuses_every_request_is_told_in_its_own_words() -> None:
    with open_place(status(400, '{"error": {"message": "the context is\\u001b[31m full"}}')) as place:
        error = refusal(place)
    assert "the context is" in str(error)
    assert "\x1b" not in str(error)


# ---- choices, schemas


def test_beginnings_are_weighed_by_the_likeliest_first_tokens() -> None:
    top = [{"token": "pos", "logprob": -0.1}, {"token": " neg", "logprob": -3}, {"token": "", "logprob": -4}]
    with open_place(raw(HEAD, event("pos", logprobs={"content": [{"token": "pos", "top_logprobs": top}]}), DONE)) as place:
        text, usage, _ = asyncio.run(heard(backend(place), replace(ASKED, among=("positive", "negative", "mixed"))))
        assert text == ""
        assert usage.weights == (-0.1, -3.0, -5.0)
        usage = asyncio.run(heard(backend(place), replace(ASKED, likeliest=2)))[1]
    assert (usage.weights, usage.tokens) == ((-0.1, -3.0), ("pos", " neg"))


def test_a_place_without_probabilities_gives_no_weights_and_is_asked_once() -> None:
    async def go(model: RemoteBackend) -> list[tuple[float, ...]]:
        return [(await heard(model, replace(ASKED, among=("a", "b"))))[1].weights for _ in range(3)]

    with open_place(saying("a")) as place:
        assert asyncio.run(go(backend(place))) == [()] * 3
        assert len(place.asked) == 1


@pytest.mark.parametrize("first", ["Sure! Here it is.", '{"a": "z"}', "[]", '{"b": 1}', "[" * 100_000])
def test_a_reply_that_does_not_follow_its_schema_is_asked_for_once_more(first: str) -> None:
    with open_place(in_turn(saying(first), saying('```json\n{"a": "y"}\n```'))) as place:
        assert told(place, replace(ASKED, grammar=SCHEMA, max_tokens=4000)) == '{"a": "y"}'
    assert "does not follow the schema" in place.asked[1]["messages"][-1]["content"]
    assert place.asked[0]["response_format"]["json_schema"]["schema"] == json.loads(SCHEMA)


def test_another_beginning_is_another_seed_and_not_the_likeliest() -> None:
    with open_place(saying("x")) as place:
        told(place, replace(ASKED, branch=2, seed=5))
    assert (place.asked[0]["seed"], place.asked[0]["temperature"]) == (7, 0.8)
