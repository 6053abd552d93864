"""`aishell memory`: what is remembered, and what to do about it. See docs/memory.md."""

from __future__ import annotations

_ELSEWHERE = {
    "model": ("memory_model", False),
    "import": ("memory_sources", True),
    "add": ("memory_sources", True),
    "pull": ("memory_sources", True),
    "packs": ("memory_sources", True),
    "drop": ("memory_sources", True),
    "export": ("memory_sources", True),
}
"""Verbs with a module of their own, and whether it is told the verb."""

_USAGE = "aishell memory search|note|confirm|reject|forget|stats|backup|verify|import|export|add|pull|packs|drop|model"
