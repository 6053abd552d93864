"""Frames between a shell and the engine: a 4-byte big-endian length, then that many bytes of one JSON object.

Version 1. Client to engine: `generate` {id, prompt}, `cancel` {id}, `describe` {id}.
Engine to client: `hello` {version, pid} once, then for a request's id `piece` {text}, `working` (still computing),
and exactly one end: `usage` {...}, `info` {...} or `error` {message, hint}.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict
from typing import Any

from aishell.core.types import Message, ModelInfo, Prompt, Usage

VERSION = 1
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
    if not isinstance(frame, dict) or "type" not in frame:
        raise BadFrame("not an object with a type")
    return frame


def prompt_to_wire(prompt: Prompt) -> Frame:
    return asdict(prompt)


def prompt_from_wire(data: Frame) -> Prompt:
    """Raises BadFrame."""
    try:
        messages = tuple(Message(**message) for message in data.pop("messages"))
        return Prompt(messages=messages, stop=tuple(data.pop("stop")), **data)
    except (KeyError, TypeError) as error:
        raise BadFrame(f"not a prompt: {error}") from error


def usage_from_wire(data: Frame) -> Usage:
    return Usage(**data)


def info_from_wire(data: Frame) -> ModelInfo:
    return ModelInfo(**data)
