"""A prompt as the body of a request, with what the place asked is known to lack said in words instead."""

from __future__ import annotations

import json
import re
from collections.abc import Set
from typing import Any

from aishell.backends.openai.endpoint import Endpoint
from aishell.backends.openai.weights import only
from aishell.core.types import Prompt

Body = dict[str, Any]

_OTHER_BEGINNING = 0.8
_MOST_STOPS = 4
"""OpenAI refuses more; all of them are looked for here as well."""
_TOGETHER = frozenset({"continue_final_message", "add_generation_prompt"})
"""Fields of which one is worth nothing without the other."""
_NAMED_ONLY = frozenset({"max_tokens", "temperature"})
"""Left out only when it is said that they are unknown: a place that does not know them is rarer than another mistake."""
_BY_SCHEMA = "json_schema"
"""A kind of `response_format` that not every place knows which knows the field."""
ONLY = frozenset({"grammar", "structured_outputs"})
"""Fields that can hold a reply to one text: llama.cpp's and vLLM's."""
_OPTIONAL = frozenset({"response_format", "seed", "stop", "stream_options", "logprobs", "top_logprobs"}) | ONLY | _TOGETHER


def body(prompt: Prompt, endpoint: Endpoint, lacking: Set[str] = frozenset(), *, likeliest: int = 0) -> Body:
    """`lacking`: fields that the place does not understand. `likeliest`: of how many tokens the chances are wanted, too."""
    messages = [{"role": message.role, "content": message.content} for message in prompt.messages]
    made: Body = {"model": endpoint.model, "messages": messages, "stream": True, "stream_options": {"include_usage": True}}
    made["max_tokens"] = prompt.max_tokens + endpoint.thinking_tokens
    made["temperature"] = temperature(prompt)
    made["seed"] = prompt.seed + prompt.branch
    if prompt.stop and not endpoint.thinking_tokens:  # which would end the thinking as well
        made["stop"] = list(prompt.stop[:_MOST_STOPS])
    if likeliest:
        made |= {"logprobs": True, "top_logprobs": likeliest}
    elif (prompt.weigh or prompt.expected) and not endpoint.thinking_tokens:  # which would be weighed as well
        made["logprobs"] = True
    if prompt.expected:
        made |= {"grammar": only(prompt.expected), "structured_outputs": {"choice": [prompt.expected]}}
    _follow(prompt, made, lacking)
    _begin(prompt, made, lacking)
    if "max_tokens" in lacking:
        made["max_completion_tokens"] = made["max_tokens"]
    return {name: value for name, value in made.items() if name not in lacking}


def _follow(prompt: Prompt, made: Body, lacking: Set[str]) -> None:
    """The grammar that the reply has to follow."""
    if not prompt.grammar:
        return
    if not prompt.grammar.lstrip().startswith("{"):
        made["grammar"] = prompt.grammar
    elif not lacking & {"response_format", _BY_SCHEMA}:
        schema = {"name": "reply", "strict": True, "schema": json.loads(prompt.grammar)}
        made["response_format"] = {"type": _BY_SCHEMA, _BY_SCHEMA: schema}
    else:
        made["response_format"] = {"type": "json_object", "schema": json.loads(prompt.grammar)}  # which llama.cpp heeds, too
        made["messages"][-1]["content"] += by_schema(prompt.grammar)


def by_schema(grammar: str) -> str:
    """The JSON schema of a reply, in words for the end of what is asked."""
    return f"\n\nReply with JSON alone, by this schema: {grammar}"


def temperature(prompt: Prompt) -> float:
    """Higher for another reply than the likeliest: the n-th likeliest first token cannot be asked for."""
    return max(prompt.temperature, _OTHER_BEGINNING) if prompt.branch else prompt.temperature


def _begin(prompt: Prompt, made: Body, lacking: Set[str]) -> None:
    """Words put into the model's mouth: vLLM and SGLang go on from them by these fields, llama-server and Ollama anyway."""
    if not prompt.begin:
        return
    if "continue_final_message" in lacking:
        made["messages"][-1]["content"] += f"\n\nBegin your reply with exactly this, and go on from there:\n{prompt.begin}"
    else:
        made["messages"].append({"role": "assistant", "content": prompt.begin})
        made |= {"continue_final_message": True, "add_generation_prompt": False}


def misunderstood(sent: Body, said: str) -> frozenset[str]:
    """Which fields to leave out after a place has refused a request with the words `said`; none: they are not to blame."""
    blamed = named(sent, said) or _OPTIONAL & set(sent)
    if "response_format" in blamed and sent["response_format"]["type"] == _BY_SCHEMA:
        blamed = blamed - {"response_format"} | {_BY_SCHEMA}
    return blamed | _TOGETHER if _TOGETHER & blamed else blamed


def named(sent: Body, said: str) -> frozenset[str]:
    """The fields of a request that an answer speaks of."""
    found = frozenset(name for name in (_OPTIONAL | _NAMED_ONLY) & set(sent) if re.search(rf"\b{name}\b", said))
    return found | {"response_format"} if _BY_SCHEMA in said and "response_format" in sent else found
