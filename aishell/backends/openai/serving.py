"""A backend as an OpenAI-compatible server: what it is asked becomes a Prompt, and what it says a completion."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import Any

from aishell.backends.openai import weights
from aishell.backends.openai.door import Refusal, Request, Response, plainly
from aishell.core.errors import ModelUnavailable
from aishell.core.ports import Backend
from aishell.core.reply import whole
from aishell.core.types import Message, Piece, Prompt, Restarted, Usage

_ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}
_MOST_MESSAGES = 1000
_UNSAID = frozenset({"tools", "functions"})
"""What is refused rather than left out: a client would wait for it in vain. It may ask again without."""
_MOST_LIKELIEST = 20


class Serving:
    def __init__(self, backend: Backend, name: str) -> None:
        """`name`: the model's."""
        self._backend = backend
        self._name = name

    def respond(self, request: Request) -> Response:
        """Raises Refusal."""
        match request.method, request.path:
            case "GET", "/v1/models":
                model = {"id": self._name, "object": "model", "created": 0, "owned_by": "aishell"}
                return plainly({"object": "list", "data": [model]})
            case "POST", "/v1/chat/completions":
                asked = _object(request.body)
                prompt = prompt_of(asked)
                if asked.get("stream") is True:
                    usage = isinstance(options := asked.get("stream_options"), dict) and bool(options.get("include_usage"))
                    return Response(pieces=self._streamed(prompt, usage=usage), kind="text/event-stream")
                return Response(pieces=self._whole(prompt))
        raise Refusal(status=404, said=f"There is no {request.method} {request.path[:80]}; there is POST /v1/chat/completions.")

    async def _streamed(self, prompt: Prompt, *, usage: bool) -> AsyncGenerator[bytes, None]:
        base = self._base("chat.completion.chunk")
        yield _event({**base, "choices": [_choice(delta={"role": "assistant", "content": ""})]})
        said = ""
        try:
            async with aclosing(self._answer(prompt)) as items:
                async for item in items:
                    if isinstance(item, Piece):
                        said += item.text
                        yield _event({**base, "choices": [_choice(delta={"content": item.text})]})
                    elif isinstance(item, Usage):
                        yield _event({**base, "choices": [_choice(delta={}, **_end(prompt, said, item))]})
                        if usage:
                            yield _event({**base, "choices": [], "usage": _tokens(item)})
                    elif said:  # what was given out cannot be taken back here
                        yield _event({"error": {"message": item.reason}})
                        return
            yield b"data: [DONE]\n\n"
        except ModelUnavailable as error:
            yield _event({"error": {"message": str(error)}})

    async def _whole(self, prompt: Prompt) -> AsyncGenerator[bytes, None]:
        try:
            text, end = await whole(self._answer(prompt))
        except ModelUnavailable as error:
            yield json.dumps({"error": {"message": str(error)}}).encode()
            return
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, **(_end(prompt, text, end) if end else {})}
        usage = _tokens(end) if end else {}
        yield json.dumps({**self._base("chat.completion"), "choices": [choice], "usage": usage}).encode()

    async def _answer(self, prompt: Prompt) -> AsyncGenerator[Piece | Restarted | Usage, None]:
        """What a backend weighs and does not say is said here: the client is to see what its chances belong to."""
        if prompt.expected:
            yield Piece(text=prompt.expected)
        async with aclosing(self._backend.stream(prompt)) as items:
            async for item in items:
                if isinstance(item, Usage) and prompt.likeliest and item.tokens:
                    yield Piece(text=item.tokens[0].encode("latin-1").decode("utf-8", "replace"))
                if not (prompt.expected and isinstance(item, Restarted)):
                    yield item

    def _base(self, kind: str) -> dict[str, Any]:
        return {"id": f"chatcmpl-{uuid.uuid4().hex}", "object": kind, "created": int(time.time()), "model": self._name}


def prompt_of(asked: dict[str, Any]) -> Prompt:
    """Raises Refusal."""
    if unsaid := sorted(name for name in _UNSAID if asked.get(name)):
        raise Refusal(status=400, said=f"{unsaid[0]} is not offered here.")
    messages = _messages(asked.get("messages"))
    begin = ""
    if messages[-1].role == "assistant":  # as vLLM and llama-server take it: the reply goes on from there
        *before, last = messages
        messages, begin = tuple(before), last.content
    if not messages:
        raise Refusal(status=400, said="messages has nobody to answer.")
    stop = asked.get("stop") or []
    grammar, weigh = _grammar(asked), asked.get("logprobs") is True
    only = weights.allowed(grammar) if weigh else ""  # a text that is known need not be made: to weigh it is faster
    likeliest = int(_number(asked, "top_logprobs", 0, _MOST_LIKELIEST)) if weigh else 0
    most = int(_number(asked, "max_completion_tokens", 0, 1 << 17) or _number(asked, "max_tokens", 512, 1 << 17))
    if likeliest and most != 1:
        raise Refusal(status=400, said="top_logprobs is offered for one token: max_tokens 1.")
    return Prompt(
        messages=messages,
        begin=begin,
        max_tokens=most,
        stop=tuple(str(one) for one in ([stop] if isinstance(stop, str) else stop if isinstance(stop, list) else []))[:16],
        temperature=_number(asked, "temperature", 0.0, 2.0),
        seed=int(_number(asked, "seed", 0, 1 << 31)),
        grammar="" if only else grammar,
        weigh=weigh and not likeliest,
        likeliest=likeliest,
        expected=only,
    )


def _messages(value: Any) -> tuple[Message, ...]:
    if not isinstance(value, list) or not 0 < len(value) <= _MOST_MESSAGES:
        raise Refusal(status=400, said=f"messages is a list of 1 to {_MOST_MESSAGES}.")
    return tuple(map(_message, value))


def _message(value: Any) -> Message:
    role = _ROLES.get(str(value.get("role"))) if isinstance(value, dict) else None
    content = value.get("content") if role else None
    if isinstance(content, list):  # parts
        texts = [part.get("text") for part in content if isinstance(part, dict) and part.get("type") == "text"]
        content = "".join(map(str, texts)) if len(texts) == len(content) else None
    if role is None or not isinstance(content, str):
        raise Refusal(status=400, said="A message has a role (system, user, assistant) and a content of text.")
    return Message(role=role, content=content)  # type: ignore[arg-type]


def _grammar(asked: dict[str, Any]) -> str:
    wanted = asked.get("response_format")
    kind = wanted.get("type") if isinstance(wanted, dict) else None
    if kind == "json_object":
        return '{"type": "object"}'
    if kind == "json_schema":
        about = wanted.get("json_schema") if isinstance(wanted, dict) else None
        schema = about.get("schema") if isinstance(about, dict) else None
        if not isinstance(schema, dict):
            raise Refusal(status=400, said="response_format.json_schema has no schema.")
        return json.dumps(schema)
    grammar = asked.get("grammar", "")
    return grammar if isinstance(grammar, str) else ""


def _number(asked: dict[str, Any], name: str, default: float, most: float) -> float:
    value = asked.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise Refusal(status=400, said=f"{name} is a number from 0 to {most:g}.")
    return value


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise Refusal(status=400, said="The body is no JSON object.")
    return value


def _choice(*, delta: dict[str, str], **end: Any) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": None, **end}


def _end(prompt: Prompt, said: str, usage: Usage) -> dict[str, Any]:
    """The end of a choice: why it ended, and the chances of its tokens, which are known only then."""
    told = (weights.first if prompt.likeliest else partial(weights.content, said))(usage.weights, usage.tokens)
    return {
        "finish_reason": "stop" if usage.finish == "stop" else "length",
        **({"logprobs": {"content": told}} if told else {}),
    }


def _tokens(usage: Usage) -> dict[str, Any]:
    total = usage.prompt_tokens + usage.reply_tokens
    cached = {"cached_tokens": usage.reused_tokens}
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.reply_tokens,
        "total_tokens": total,
        "prompt_tokens_details": cached,
    }


def _event(value: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(value)}\n\n".encode()
