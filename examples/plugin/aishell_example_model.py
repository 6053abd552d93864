"""A language model for aishell: here it knows a few rules. In the settings: backend = "plugin", plugin = "rules"."""

from __future__ import annotations

from collections.abc import Iterator

SECONDS = 10
"""How long it may be silent; 60 where nothing is said."""
CONTEXT_TOKENS = 4096

RULES = {
    "list files": "ls",
    "free space": "df -h .",
    "largest files": "find . -type f -printf '%s %p\\n' | sort -rn | head -n 5",
    "how many lines": "wc -l *",
}


def rules(messages: list[dict[str, str]], *, begin: str, max_tokens: int, stop: list[str], temperature: float) -> Iterator[str]:
    """The reply to the last message, in pieces as they are known: they are shown, or read, at once."""
    asked = messages[-1]["content"].lower()
    found = (command for words, command in RULES.items() if all(word in asked for word in words.split()))
    reply = next(found, "echo 'there is no rule for that'")
    if begin.count("```") == 2:  # its command, to which the reason is still wanted
        reply = "a rule of the example says so"
    for number, word in enumerate(reply.split(" ")[:max_tokens]):
        yield f" {word}" if number else word
