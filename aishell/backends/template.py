"""Chat messages to the pieces of text a model was trained on.

A template's own words may hold special tokens; the contents of messages may not, or a file that says "<|im_end|>" could
speak as the system. So the template is rendered over stand-ins, and the caller tokenizes the two kinds apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from aishell.core.errors import ModelUnavailable
from aishell.core.types import Message

_STAND_IN = "\ue000{}\ue001"  # private-use characters; stripped from contents, so nothing foreign can look like one
_FIND = re.compile("\ue000(\\d+)\ue001")
_PRIVATE = str.maketrans("", "", "\ue000\ue001")

Render = Callable[[list[dict[str, str]]], str]
"""A list of {role, content} to one text that ends where the assistant begins to speak."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    text: str
    structural: bool
    """From the template: special tokens count. Otherwise they are plain characters."""


def parts(render: Render, messages: tuple[Message, ...]) -> list[Part]:
    """The prompt in order. Raises ModelUnavailable when the template loses a message."""
    stand_ins = [{"role": m.role, "content": _STAND_IN.format(i)} for i, m in enumerate(messages)]
    pieces = _FIND.split(render(stand_ins))
    if [int(number) for number in pieces[1::2]] != list(range(len(messages))):
        raise ModelUnavailable(
            "The model's chat template drops or reorders messages.",
            hint="Use an instruction-tuned model, or set model.chat_template in the configuration.",
        )
    contents = [m.content.translate(_PRIVATE).strip() for m in messages]
    found = [
        Part(text=contents[int(piece)], structural=False) if odd else Part(text=piece, structural=True)
        for odd, piece in ((i % 2, piece) for i, piece in enumerate(pieces))
    ]
    return [part for part in found if part.text]


def jinja_renderer(source: str, bos: str, eos: str) -> Render:
    """For templates llama.cpp does not know. Sandboxed: a model file is foreign. Raises ModelUnavailable."""
    from jinja2 import TemplateError  # a dependency of llama-cpp-python
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    try:
        template = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True).from_string(source)
    except TemplateError as error:
        raise ModelUnavailable(f"The model's chat template cannot be read: {error}.") from error

    def render(messages: list[dict[str, str]]) -> str:
        try:
            return template.render(messages=messages, add_generation_prompt=True, bos_token=bos, eos_token=eos)
        except TemplateError as error:
            raise ModelUnavailable(f"The model's chat template failed: {error}.") from error

    return render
