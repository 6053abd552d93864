"""One place where a model is asked over HTTP; plain data."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


async def no_key() -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    name: str
    """What the person calls it."""
    url: str
    """Where /chat/completions is below, such as https://api.example.com/v1; no slash at its end."""
    model: str
    socket: str = ""
    """A Unix socket that is used instead of the network."""
    key: Callable[[], Coroutine[Any, Any, str]] = no_key
    """The bearer token, looked up when it is needed and kept nowhere; empty: none. Raises ModelUnavailable."""
    timeout_s: float = 60.0
    """For a connection, for the first piece of a reply, and for each next one."""
    context_tokens: int = 8192
    thinking_tokens: int = 0
    """Room in a reply for what a model says to itself before it answers."""
    at_once: int = 8
    """Requests under way at a time; the others wait."""
    proxy: str = ""
    """The address of an HTTP proxy. Variables such as HTTPS_PROXY are not looked at."""

    @property
    def host(self) -> str:
        """Where things are sent, for people: a machine's name and port, or a socket's path."""
        return self.socket or urlsplit(self.url).netloc.rpartition("@")[2]

    @property
    def secure(self) -> bool:
        return self.url.startswith("https://")
