"""Frames between a shell and the engine: a 4-byte big-endian length, then that many bytes of one JSON object.

Version 6; docs/engine.md describes it. Client to engine: `generate` {id, prompt}, `tokenize` {id, text}, `describe` {id},
`status` {id}, `cancel` {id}, `stop` {now}, what memory answers: `nearest` {id, text, limit, kinds, file},
`embed` {id, texts}, `indexing` {id}, `remembered` {id}; and what suggestions answer:
`suggest` {id, text, cursor, folder, previous, status, limit, file}.
Engine to client: `hello` {version, fingerprint, pid} once, then for a request's id `piece` {text}, `working` (still at it),
and exactly one end: `usage` {usage}, `tokens` {tokens}, `info` {info}, the request's own type for `status`, memory's and
suggestions', or `error` {message, hint}.

`suggest`: `cursor` in characters; `previous` the last lines, newest last; `status` that of the last one, or null; `file` a
history file of aishell, bash, zsh or fish, aishell's own when it is missing. Its answer is {ready, lines: [{line, source, why,
score, ghost}]}, best first; at most one has `ghost` true: that one may be shown unasked. Not `ready` while the history is read.
"""

from __future__ import annotations

import json
import os
import socket
import struct
from dataclasses import asdict
from typing import Any

from aishell.core.types import Message, ModelInfo, Priority, Prompt, Usage

VERSION = 6
HEADER = struct.Struct(">I")
LONGEST_FRAME = 16 << 20

Frame = dict[str, Any]


class BadFrame(Exception):
    """The other side speaks something else."""


def pack(frame: Frame) -> bytes:
    body = json.dumps(frame, ensure_ascii=False).encode("utf-8", "replace")
    return HEADER.pack(len(body)) + body


def body_length(header: bytes) -> int:
    """How many bytes follow. Raises BadFrame."""
    (length,) = HEADER.unpack(header)
    if length > LONGEST_FRAME:
        raise BadFrame(f"a frame of {length} bytes")
    return int(length)


def unpack(body: bytes) -> Frame:
    """Raises BadFrame."""
    try:
        frame = json.loads(body)
    except ValueError as error:
        raise BadFrame(str(error)) from error
    if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
        raise BadFrame("not an object with a type")
    return frame


def prompt_to_wire(prompt: Prompt) -> Frame:
    return asdict(prompt)


def prompt_from_wire(data: Any) -> Prompt:
    """Raises BadFrame: every field is looked at, since a wrong one would end the engine of all shells."""
    try:
        fields = dict(data)
        messages = tuple(Message(role=str(m["role"]), content=str(m["content"])) for m in fields.pop("messages"))  # type: ignore[arg-type]
        texts = {name: tuple(map(str, fields.pop(name))) for name in ("stop", "likely", "among")}
        numbers = {name: int(fields.pop(name)) for name in ("stable", "max_tokens", "seed", "branch", "likeliest")}
        others = {name: float(fields.pop(name)) for name in ("temperature", "max_seconds")}
        priority = Priority(fields.pop("priority"))
        words = {name: str(fields.pop(name)) for name in ("begin", "grammar", "expected")}
        weigh = bool(fields.pop("weigh"))
        if fields or not messages:
            raise ValueError(f"unknown: {', '.join(fields)}" if fields else "no messages")
        return Prompt(messages=messages, priority=priority, weigh=weigh, **words, **texts, **numbers, **others)  # type: ignore[arg-type]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadFrame(f"not a prompt: {error}") from error


def usage_from_wire(data: Frame) -> Usage:
    return Usage(**{**data, "weights": tuple(data["weights"]), "tokens": tuple(data["tokens"])})


def info_from_wire(data: Frame) -> ModelInfo:
    return ModelInfo(**data)


def same_user(connection: socket.socket) -> bool:
    """Whether the other end is a process of this user. The socket's folder already keeps others out."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    _pid, user, _group = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return bool(user == os.getuid())
