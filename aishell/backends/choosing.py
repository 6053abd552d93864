"""The next token from the model's logits: the likeliest, by chance, or the likeliest that a grammar allows."""

from __future__ import annotations

import ctypes
import json
from typing import Any

from aishell.backends.job import Job
from aishell.backends.llama import Llama
from aishell.core.errors import ModelUnavailable


class Chooser:
    def __init__(self, model: Llama) -> None:
        self._model = model

    def prepare(self, job: Job) -> None:
        """Raises ModelUnavailable when the job's grammar is none."""
        prompt = job.prompt
        if prompt.grammar:
            job.grammar = self._model.grammar(to_gbnf(prompt.grammar))
        if prompt.temperature > 0:
            job.sampler = self._model.sampler(prompt.temperature, prompt.seed)

    def free(self, job: Job) -> None:
        for sampler in (job.grammar, job.sampler):
            if sampler is not None:
                self._model.lib.llama_sampler_free(sampler)
        job.grammar = job.sampler = None

    def choose(self, job: Job, row: int) -> int:
        """The token that follows row `row` of the last batch."""
        if job.grammar is not None:
            return self._allowed(job, row)
        if job.sampler is not None:
            return int(self._model.lib.llama_sampler_sample(job.sampler, self._model.context, row))
        logits = self._model.logits(row)
        if job.prompt.branch and not job.said:
            return int(logits.argsort()[-1 - job.prompt.branch])
        return int(logits.argmax())

    def _allowed(self, job: Job, row: int) -> int:
        """Asks the grammar about the likeliest token first; about all, which takes ten times as long, only when it refuses."""
        lib = self._model.lib
        logits = self._model.logits(row)
        if job.sampler is None:
            token = int(logits.argmax())
            if self._permitted(job, token):
                lib.llama_sampler_accept(job.grammar, token)
                return token
        candidates = (lib.llama_token_data * len(logits))()
        self._fill(candidates, logits)
        array = lib.llama_token_data_array(candidates, len(logits), -1, False)
        lib.llama_sampler_apply(job.grammar, ctypes.byref(array))
        if job.sampler is not None:
            lib.llama_sampler_apply(job.sampler, ctypes.byref(array))
            token = int(candidates[array.selected].id)
        else:
            token = self._best(candidates)
        lib.llama_sampler_accept(job.grammar, token)
        return token

    def _permitted(self, job: Job, token: int) -> bool:
        lib = self._model.lib
        one = (lib.llama_token_data * 1)(lib.llama_token_data(token, 1.0, 0.0))
        array = lib.llama_token_data_array(one, 1, -1, False)
        lib.llama_sampler_apply(job.grammar, ctypes.byref(array))
        return bool(one[0].logit > float("-inf"))

    def _fill(self, candidates: Any, logits: Any) -> None:
        view = self._view(candidates)
        view["logit"] = logits
        import numpy

        view["id"] = numpy.arange(len(logits))

    def _best(self, candidates: Any) -> int:
        view = self._view(candidates)
        at = int(view["logit"].argmax())
        return int(view["id"][at])

    @staticmethod
    def _view(candidates: Any) -> Any:
        import numpy

        return numpy.frombuffer(candidates, dtype=[("id", "i4"), ("logit", "f4"), ("p", "f4")])


def to_gbnf(grammar: str) -> str:
    """GBNF as it is; a JSON schema as GBNF. Raises ModelUnavailable."""
    if not grammar.lstrip().startswith("{"):
        return grammar
    from llama_cpp.llama_grammar import json_schema_to_gbnf

    try:
        json.loads(grammar)
        return str(json_schema_to_gbnf(grammar))
    except (ValueError, KeyError, TypeError, AssertionError) as error:
        raise ModelUnavailable(f"The JSON schema cannot be used: {error}.") from error
