"""Models at other addresses: places that are slow, wrong or gone, what is sent to them, and who answers instead."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from aishell.backends.openai import sent as sending
from aishell.backends.openai.failover import Failover, Way
from aishell.backends.openai.sent import Sent, SentLog
from aishell.backends.scripted import Line, ScriptedBackend
from aishell.core.errors import ModelUnavailable
from aishell.core.ports import Backend
from aishell.core.types import Message
from tests.asking import ASKED, backend, heard, k3y, refusal, told
from tests.endpoints import HEAD, Answer, Asked, Place, event, in_turn, open_place, raw, saying, status

# ---- trouble


@pytest.mark.parametrize(
    "trouble",
    [
        status(429, "", Retry_After="0.01"),
        status(500, "<html>oops</html>"),
        status(503),
        raw(b""),
        raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 999\r\n\r\n", event("half")),
        raw(HEAD, event("half"), b"data: {garbage\n\n"),
        raw(HEAD, b"data: 17\n\n"),
        raw(HEAD, event("half"), b'data: {"error": {"message": "out of memory"}}\n\n'),
        raw(HEAD),
        raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html>"),
        raw(HEAD, b"data: " + b"x" * 3_000_000),
        raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\n\r\n", b"\x1f\x8b" * 9),
    ],
)
def test_what_breaks_off_is_asked_again_and_given_up_after_three_times(trouble: Callable[[Asked], Answer]) -> None:
    with open_place(in_turn(trouble, trouble, saying("well"))) as place:
        assert told(place) == "well"
        assert len(place.asked) == 3
    with open_place(trouble) as place:
        error = refusal(place)
        assert len(place.asked) == 3
    assert str(error).startswith("127.0.0.1:")
    assert error.hint


def test_a_reply_that_begins_anew_says_so_and_is_not_doubled() -> None:
    half = raw(HEAD, event("half"), b"data: {garbage\n\n")
    with open_place(in_turn(half, saying("whole"))) as place:
        text, _, said = asyncio.run(heard(backend(place), ASKED))
    assert text == "whole"
    assert len(said) == 1


def test_a_silent_place_is_given_up_in_its_time() -> None:
    with open_place(raw(HEAD, b"", pause_s=5.0)) as place:
        assert "within 0.05 s" in str(refusal(place, timeout_s=0.05))


def test_signs_of_life_do_not_keep_it_for_ever() -> None:
    with open_place(raw(HEAD, *[b": still here\n\n"] * 200, pause_s=0.01)) as place:
        assert "does not come to its end" in str(refusal(place, timeout_s=0.05))


def test_a_place_that_wants_to_be_waited_for_too_long_is_given_up_at_once() -> None:
    with open_place(status(429, "", Retry_After="3600")) as place:
        refusal(place)
        assert len(place.asked) == 1


@pytest.mark.parametrize(
    ("code", "word"),
    [(401, "refuses the key"), (403, "refuses the key"), (404, "404"), (302, "not followed"), (307, "not followed")],
)
def test_what_asking_again_cannot_help_is_not_asked_again(code: int, word: str) -> None:
    with open_place(saying("elsewhere")) as other, open_place(status(code, Location=other.url)) as place:
        error = refusal(place, key=k3y)
        assert word in str(error)
        assert "remote.office" in error.hint
        assert len(place.asked) == 1
        assert other.asked == []


def test_a_reply_without_end_is_ended_by_its_limit_of_tokens() -> None:
    with open_place(raw(HEAD, *[event("more and more " * 100)] * 500)) as place:
        text, usage, _ = asyncio.run(heard(backend(place), ASKED))
    assert usage.finish == "length"
    assert len(text) <= 20 * 64


def test_nobody_listens_and_the_sentence_says_where() -> None:
    with open_place(saying("x")) as place:
        pass
    assert "cannot be reached" in str(refusal(place))


def test_a_reply_nobody_wants_any_more_ends_at_the_place_too() -> None:
    async def go(place: Place) -> float:
        model = backend(place)
        stream = model.stream(ASKED)
        await anext(stream)
        began = time.monotonic()
        await stream.aclose()
        while not place.closed:  # the loop's clock is the monotonic one
            await asyncio.sleep(0.002)
        await model.close()
        return place.closed[0] - began

    with open_place(saying(*"abc", pause_s=30.0)) as place:
        asyncio.run(asyncio.wait_for(go(place), 10))
        assert len(place.closed) == 1


# ---- what is sent


def test_no_secret_is_sent_and_what_was_sent_is_what_is_written_down(tmp_path: Path) -> None:
    prompt = replace(
        ASKED,
        messages=(*ASKED.messages, Message(role="user", content="my password is hunter2, hunter2")),
        begin="hunter2",
        stop=("hunter2",),
        grammar='{"type": "object", "properties": {"hunter2": {"enum": ["hunter2", 1, null]}}}',
    )
    file = tmp_path / "state" / "sent.jsonl"
    with open_place(saying("{}")) as place:
        asyncio.run(heard(backend(place, SentLog(file).write), prompt))
    assert place.asked
    assert "hunter2" not in json.dumps(place.asked) + "".join(place.heads)
    entry, again = sending.read(file)  # "hunter2{}" is no JSON
    assert [entry["body"], again["body"]] == place.asked
    assert (entry["to"], entry["host"]) == ("office", f"127.0.0.1:{place.port}")
    assert f"content-length: {entry['bytes']}\r\n" in place.heads[0].lower()
    assert entry["redacted"] == {"word": 6}
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_written_down_is_not_sent(tmp_path: Path) -> None:
    (tmp_path / "sent.jsonl").mkdir()
    with open_place(saying("x")) as place:
        error = refusal(place, keep=SentLog(tmp_path / "sent.jsonl").write)
        assert place.asked == []
    assert "nothing is sent" in str(error)


def test_the_log_of_what_was_sent_stays_small_and_keeps_the_newest(tmp_path: Path) -> None:
    log = SentLog(tmp_path / "sent.jsonl", most_bytes=3000)
    for number in range(100):
        log.write(Sent(to="a", host="h", bytes=number, redacted={}, body={"text": "x" * 100}))
    kept = [entry["bytes"] for entry in sending.read(tmp_path / "sent.jsonl")]
    assert kept == list(range(kept[0], 100))
    assert len(kept) > 10
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 6000


def test_what_is_forgotten_leaves_the_log_of_what_was_sent(tmp_path: Path) -> None:
    log = SentLog(tmp_path / "sent.jsonl", most_bytes=1500)
    for number in range(12):
        text = 'say "备份" to no one' if number % 3 == 0 else f"number {number} " + "x" * 100
        log.write(Sent(to="a", host="h", bytes=number, redacted={}, body={"messages": [{"role": "user", "content": text}]}))
    before = [entry["bytes"] for entry in sending.read(tmp_path / "sent.jsonl")]
    there = [entry for entry in sending.read(tmp_path / "sent.jsonl") if "备份" in str(entry)]
    assert sending.forget(tmp_path / "sent.jsonl", ['"备份" to']) == len(there) > 0
    assert [entry["bytes"] for entry in sending.read(tmp_path / "sent.jsonl")] == before
    assert b"u5907" not in b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}
    log.write(Sent(to="a", host="h", bytes=99, redacted={}, body={}))
    assert [*sending.read(tmp_path / "sent.jsonl")][-1]["bytes"] == 99


def test_a_key_that_is_missing_sends_nothing() -> None:
    async def missing() -> str:
        raise ModelUnavailable("The variable OFFICE_KEY is not set.")

    with open_place(saying("x")) as place:
        assert "OFFICE_KEY" in str(refusal(place, key=missing))
        assert place.asked == []


def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_place(saying("from the proxy")) as proxy, open_place(saying("direct")) as place:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert told(place) == "direct"
        assert proxy.asked == []


# ---- several


def script(*lines: str) -> ScriptedBackend:
    return ScriptedBackend(tuple(Line(when="", say=line) for line in lines))


def several(*ways: tuple[str, Callable[[], Backend]], local: str = "from here") -> Failover:
    here = Way(name="local", open=lambda: script(local), here=True)
    return Failover([here if name == "local" else Way(name=name, open=made) for name, made in ways], here)


def test_the_next_one_answers_when_one_fails_and_the_failed_one_rests() -> None:
    async def go(model: Failover) -> Sequence[tuple[str, list[str]]]:
        found = [await heard(model, ASKED) for _ in range(2)]
        return [(text, said) for text, _usage, said in found]

    with open_place(status(500)) as place:
        (first, second) = asyncio.run(go(several(("office", lambda: backend(place)), ("local", script))))
        assert first[0] == second[0] == "from here"
        assert "500" in first[1][0]
        assert first[1][0].endswith("Going on with the model on this machine.")
        assert second[1] == []
        assert len(place.asked) == 3  # and not six


def test_a_reply_that_broke_off_for_good_is_replaced_and_not_continued() -> None:
    half = raw(HEAD, event("half"), b"data: {garbage\n\n")
    with open_place(half) as bad, open_place(saying("whole")) as good:
        model = several(("bad", lambda: backend(bad)), ("good", lambda: backend(good)))
        text, _, said = asyncio.run(heard(model, ASKED))
    assert text == "whole"
    assert said[-1].endswith("Going on with good.")


def test_when_all_have_failed_the_last_reason_is_told_and_they_are_tried_again() -> None:
    async def go(model: Failover) -> str:
        with pytest.raises(ModelUnavailable, match="503"):
            await heard(model, ASKED)
        return (await heard(model, ASKED))[0]

    with open_place(in_turn(*[status(503)] * 3, saying("back"))) as place:
        assert asyncio.run(go(several(("office", lambda: backend(place))))) == "back"


def test_nothing_is_sent_while_a_session_keeps_to_itself() -> None:
    with open_place(saying("remote")) as place:
        model = several(("office", lambda: backend(place)))
        model.stays_here = lambda: "this is private"
        assert asyncio.run(heard(model, ASKED))[0] == "from here"
        assert asyncio.run(model.describe()).backend == "scripted"
        assert place.asked == []


def test_without_a_model_here_what_must_stay_is_an_error_that_says_why() -> None:
    def none() -> Backend:
        raise ModelUnavailable("The model m is not on this machine.", hint="Fetch it.")

    with open_place(saying("remote")) as place:
        model = Failover([Way(name="office", open=lambda: backend(place))], Way(name="local", open=none, here=True))
        model.stays_here = lambda: "this is private"
        with pytest.raises(ModelUnavailable, match=r"this is private.*not on this machine"):
            asyncio.run(heard(model, ASKED))
        assert place.asked == []
