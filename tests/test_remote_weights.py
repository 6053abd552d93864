"""How likely a place finds what it says, and a text that it is given to say; and what is made of a place that does not tell."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from aishell.backends.openai.remote import RemoteBackend
from aishell.backends.openai.weights import Tokens, allowed, content, only
from aishell.backends.scripted import Line, ScriptedBackend
from aishell.core.types import Usage
from tests.asking import ASKED, backend, heard
from tests.endpoints import DONE, HEAD, Answer, Asked, event, open_place, raw, saying, status
from tests.test_serve import asking, door, post

WEIGH = replace(ASKED, weigh=True)


def chances(*tokens: tuple[str, float]) -> dict[str, Any]:
    return {"content": [{"token": token, "logprob": weight} for token, weight in tokens]}


def weighing(text: str = "", **fields: Any) -> Callable[[Asked], Answer]:
    """Says what it may say, or `text`, one word a token, each a bit less likely than the one before."""

    def answer(asked: Asked) -> Answer:
        said = text or allowed(asked.get("grammar", "")) or "ls -l"
        words = [f"{' ' * bool(at)}{word}" for at, word in enumerate(said.split(" "))]
        told = asked.get("logprobs")
        events = [
            event(word, **({"logprobs": chances((word, -0.5 - at))} if told else {}), **fields) for at, word in enumerate(words)
        ]
        return raw(HEAD, *events, DONE)(asked)

    return answer


def usages(model: RemoteBackend, *prompts: Any) -> list[Usage]:
    async def go() -> list[Usage]:
        return [(await heard(model, prompt))[1] for prompt in prompts]

    return asyncio.run(go())


# ---- the tokens of a reply


_TEXTS = ("ls", 'grep "a\\"b" \\\\n', "one\ntwo\r\n\tthree", "列出 *.txt", "\\", '"', "``", "a\\nb", "\x00\x1b[31m", "🙂 é")


@pytest.mark.parametrize("text", _TEXTS)
def test_a_grammar_for_one_text_allows_that_text(text: str) -> None:
    assert allowed(only(text)) == text
    assert "\n" not in only(text)


def test_another_grammar_allows_no_text_alone() -> None:
    for grammar in ("", 'root ::= "a" | "b"', "root ::= [a-z]+", '{"const": "a"}', 'root ::= "a" "b"'):
        assert allowed(grammar) == ""


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
def test_what_a_server_tells_of_its_tokens_is_understood(size: int) -> None:
    """Wherever a token ends, in the middle of a character as well."""
    text = "".join(_TEXTS)
    told = text.encode().decode("latin-1")
    parts = tuple(told[at : at + size] for at in range(0, len(told), size))
    weights = tuple(-float(at) for at in range(len(parts)))
    tokens = Tokens()
    tokens.feed(json.loads(json.dumps(content(text, (*weights, -7.0, -8.0), (*parts, "<end>", "more")))))
    assert tokens.of(text) == ((*weights, -7.0), (*parts, "<end>"))


def test_a_character_in_two_tokens_counts_as_both() -> None:
    tokens = Tokens()
    first, second = "é".encode()
    tokens.feed([{"token": "\ufffd", "bytes": [first], "logprob": -1}, {"token": "\ufffd", "bytes": [second], "logprob": -2}])
    assert tokens.of("é") == ((-1.0, -2.0, 0.0), ("\u00c3", "\u00a9", ""))


def test_the_token_that_ended_a_reply_is_the_last() -> None:
    tokens = Tokens()
    tokens.feed(chances(("ls", -0.5), ("\n", -0.25), ("``", -4.0))["content"])
    assert tokens.of("ls") == ((-0.5, -0.25), ("ls", "\n"))


@pytest.mark.parametrize(
    "told",
    [
        [],
        None,
        "ls",
        [{"token": "ls"}],
        [{"token": "ls", "logprob": float("nan")}],
        [{"token": "ls", "logprob": -(10**400)}],
        [{"token": "ls", "logprob": "-1"}],
        [{"token": 7, "logprob": -1}],
        [{"token": "pwd", "logprob": -1}],
        [{"token": "l", "logprob": -1}],
        [{"token": "ls", "logprob": -1}, {"bytes": [999], "logprob": -1}],
    ],
)
def test_tokens_that_are_told_wrongly_or_of_another_text_weigh_nothing(told: Any) -> None:
    tokens = Tokens()
    tokens.feed(told)
    assert tokens.of("ls") == ((), ())


# ---- asked of a place


def test_a_reply_comes_with_the_weights_of_its_tokens() -> None:
    with open_place(weighing("ls -l here")) as place:
        usage = usages(backend(place), WEIGH)[0]
        assert usages(backend(place), ASKED)[0].weights == ()
    assert usage.weights == (-0.5, -1.5, -2.5, 0.0)
    assert usage.tokens == ("ls", " -l", " here", "")
    assert ["logprobs" in asked for asked in place.asked] == [True, False]


def test_what_a_model_thinks_is_not_weighed() -> None:
    thinking = (
        event("<think>hm</think>", logprobs=chances(("<think>hm</think>", -9.0))),
        event("ls", logprobs=chances(("ls", -1))),
    )
    with open_place(raw(HEAD, *thinking, DONE)) as place:
        assert usages(backend(place), WEIGH)[0].weights == ()
        room = backend(place, thinking_tokens=100)
        assert [usage.weights for usage in usages(room, WEIGH, replace(WEIGH, expected="ls"))] == [(), ()]
    assert ["logprobs" in asked for asked in place.asked] == [True, False]


def test_a_text_is_weighed_by_having_it_said() -> None:
    with open_place(weighing()) as place:
        found = usages(backend(place), *(replace(WEIGH, expected=text, stop=("\n",)) for text in ('a "b"\n\\c', "d")))
    assert [usage.weights for usage in found] == [(-0.5, -1.5, 0.0), (-0.5, 0.0)]
    assert place.asked[0]["structured_outputs"] == {"choice": ['a "b"\n\\c']}
    assert "stop" not in place.asked[0]


@pytest.mark.parametrize(
    "answer",
    [
        saying("ls"),
        weighing("Sure! Here it is: and much more"),
        status(400, '{"error": {"message": "grammar is unknown"}}'),
        status(400, '{"error": {"message": "no"}}'),
        status(404),
    ],
)
def test_a_place_that_says_something_else_is_asked_once(answer: Callable[[Asked], Answer]) -> None:
    with open_place(answer) as place:
        found = usages(backend(place), *[replace(WEIGH, expected="df -h")] * 3)
        assert [usage.weights for usage in found] == [()] * 3
        asked = len(place.asked)
        model = backend(place)
        usages(model, replace(WEIGH, expected="df -h"))
        assert len(place.asked) == 2 * asked


def test_a_place_that_cannot_be_reached_now_has_no_weights_and_is_asked_again() -> None:
    with open_place(status(503)) as place:
        found = usages(backend(place), *[replace(WEIGH, expected="df -h")] * 2)
    assert [usage.weights for usage in found] == [(), ()]
    assert len(place.asked) == 2


def test_a_place_without_logprobs_is_asked_without() -> None:
    def answer(asked: Asked) -> Answer:
        wrong = status(500, '{"error": {"message": "logprobs is not supported for models created with logits_all=False"}}')
        return (wrong if "logprobs" in asked else saying("ls"))(asked)

    with open_place(answer) as place:
        found = usages(backend(place), WEIGH, WEIGH, replace(WEIGH, expected="ls"))
    assert [usage.weights for usage in found] == [(), (), ()]
    assert ["logprobs" in asked for asked in place.asked] == [True, False, False]


# ---- told by a server of aishell's


@pytest.mark.parametrize("stream", [True, False])
def test_the_chances_of_its_tokens_come_with_the_end_and_a_grammar_of_one_text_is_weighed(*, stream: bool) -> None:
    backend = ScriptedBackend((Line(when="", say="well, hello", weight=-0.5),))
    only = {"grammar": 'root ::= "good\\nday"'}

    async def go() -> list[tuple[str, Any]]:
        async with door(backend=backend) as port:
            asked = [asking(logprobs=True, stream=stream, **more) for more in ({}, only)]
            return [told((await post(port, one)).text, stream=stream) for one in asked]

    def told(text: str, *, stream: bool) -> tuple[str, Any]:
        if not stream:
            choice = json.loads(text)["choices"][0]
            return choice["message"]["content"], choice["logprobs"]
        choices = [json.loads(line.removeprefix("data: "))["choices"][0] for line in text.split("\n\n")[:-2]]
        return "".join(one["delta"].get("content", "") for one in choices), choices[-1]["logprobs"]

    said, weighed = asyncio.run(go())
    assert said[0] == "well, hello"
    assert [(one["token"], one["logprob"]) for one in said[1]["content"]] == [("well,", -0.5), (" hello", -0.5)]
    assert weighed[0] == "good\nday"
    assert [one["token"] for one in weighed[1]["content"]] == ["good", "\nday"]
    assert [(one.weigh, one.expected, one.grammar) for one in backend.heard] == [(True, "", ""), (True, "good\nday", "")]


def test_the_likeliest_first_tokens_are_told_of_a_reply_of_one() -> None:
    backend = ScriptedBackend((Line(when="", say="yes no", weight=-0.5),))

    async def go() -> Any:
        async with door(backend=backend) as port:
            return (await post(port, asking(logprobs=True, top_logprobs=5, max_tokens=1))).json()["choices"][0]

    choice = asyncio.run(go())
    assert choice["message"]["content"] == "yes"
    (token,) = choice["logprobs"]["content"]
    assert [(one["token"], one["logprob"]) for one in token["top_logprobs"]] == [("yes", -0.5), (" no", -0.5)]
    assert backend.heard[0].likeliest == 5
