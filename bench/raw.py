"""llama-cpp-python as it comes, in a process of its own: the yardstick of `bench.engine`.

    python bench/raw.py MODEL.gguf '{"n_threads": 2}'

Reads one JSON list of token ids a line, generates greedily to the end of the command, and answers with one JSON object:
seconds to the first token and from the first to the last, how many, and the text. Only the standard library and llama_cpp are
imported, so that any Python with a llama-cpp-python can run it. The library's own prefix reuse is on (it is by default).
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

_STOP = "\n```"


def main() -> None:
    import llama_cpp

    began = time.perf_counter()
    model = llama_cpp.Llama(sys.argv[1], n_ctx=4096, verbose=False, **json.loads(sys.argv[2]))
    print(json.dumps({"load_s": time.perf_counter() - began}), flush=True)
    for line in sys.stdin:
        print(json.dumps(reply(model, json.loads(line))), flush=True)


def reply(model: Any, tokens: list[int], most: int = 256) -> dict[str, Any]:
    """The same end as aishell's: an end-of-text token, the closing fence, or `most` tokens."""
    began = time.perf_counter()
    said: list[int] = []
    arrived: list[float] = []
    text = ""
    for token in model.generate(tokens, temp=0.0, top_k=1, reset=True):
        arrived.append(time.perf_counter())
        if token == model.token_eos() or len(said) >= most:
            break
        said.append(token)
        text = model.detokenize(said).decode("utf-8", "replace")
        if _STOP in text:
            text = text.partition(_STOP)[0]
            break
    return {"first_s": arrived[0] - began, "decode_s": arrived[-1] - arrived[0], "tokens": len(arrived), "text": text}


if __name__ == "__main__":
    main()
