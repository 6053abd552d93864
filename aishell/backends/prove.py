"""`python -m aishell.backends.prove MODEL.gguf`: a short generation, so that a bad build crashes in a child process.

Exit 0 and one line on stdout when the model loaded and spoke; 1 with a sentence when it cannot be loaded; killed by a signal
when the build does not suit this CPU.
"""

from __future__ import annotations

import sys

from aishell.backends.batching import Runner
from aishell.backends.llama import Llama
from aishell.backends.spec import LlamaSpec
from aishell.core.errors import AishellError
from aishell.core.types import Message, Piece, Prompt

_TOKENS = 12


def main() -> int:
    """A prompt long enough to take the matrix path (where AMX builds crash) and a reply long enough to take the vector one."""
    question = "Reply with one word. " * 12 + "Which program lists the files of a folder?"
    try:
        runner = Runner(Llama(LlamaSpec(path=sys.argv[1], name="proof", context_tokens=1024)))
        prompt = Prompt(messages=(Message(role="user", content=question),), max_tokens=_TOKENS)
        said = "".join(item.text for item in runner.generate(prompt) if isinstance(item, Piece))
    except AishellError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if not said.strip():
        sys.stderr.write("The model said nothing.\n")
        return 1
    sys.stdout.write(f"{said.strip().splitlines()[0]}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
