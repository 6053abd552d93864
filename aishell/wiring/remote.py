"""Models on other machines, as the settings want them, and what they are never told."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from aishell.actions.environment import STAYS
from aishell.config.paths import Paths
from aishell.config.remotes import LOCAL, order_of
from aishell.config.settings import RemoteSettings, Settings
from aishell.core.errors import ModelUnavailable
from aishell.wiring.base import model_spec, open_redactor
from aishell.wiring.engine import open_engine
from aishell.wiring.plugged import open_speaker

if TYPE_CHECKING:
    from aishell.backends.openai.endpoint import Endpoint
    from aishell.backends.openai.failover import Failover, Way
    from aishell.backends.openai.posting import Redact
    from aishell.core.ports import Backend
    from aishell.session import Session

Task = Literal["plan", "functions"]


def is_remote(wanted: Settings) -> bool:
    """Whether anything may be sent to another machine in this run: nobody knows what a plugin does."""
    return wanted.model.backend in ("remote", "plugin") and os.environ.get(STAYS, "0") in ("", "0")


def without_remote(wanted: Settings) -> Settings:
    """The same, but every task is this machine's model's."""
    return replace(wanted, model=replace(wanted.model, backend="engine")) if is_remote(wanted) else wanted


def sent_file(paths: Paths) -> Path:
    return paths.state / "sent.jsonl"


def open_plugged(wanted: Settings, paths: Paths) -> Failover:
    """The models of plugins, in their order; nothing is loaded yet. What is not to be sent stays from them, too."""
    from aishell.backends.openai.failover import Failover, Way

    local = _local(wanted, paths)

    def way(name: str) -> Way:
        return Way(name=name, open=lambda: open_speaker(name, paths))

    return Failover([local if name == LOCAL else way(name) for name in wanted.model.plugin.split()], local)


def _local(wanted: Settings, paths: Paths) -> Way:
    from aishell.backends.openai.failover import Way

    return Way(name=LOCAL, open=lambda: open_engine(wanted, paths, model_spec(wanted, paths)), here=True)


def open_remote(wanted: Settings, paths: Paths, task: Task = "plan") -> Failover:
    """The models for a task, in their order; nothing is connected or loaded yet. Raises ConfigError."""
    from aishell.backends.openai.failover import Failover, Way
    from aishell.backends.openai.remote import RemoteBackend
    from aishell.backends.openai.sent import SentLog

    keep = SentLog(sent_file(paths)).write
    local = _local(wanted, paths)

    def way(name: str) -> Way:
        place = wanted.remote[name]

        def made() -> Backend:
            return RemoteBackend(endpoint(name, place), redact=redactor(place), keep=keep)

        return Way(name=name, open=made)

    order = order_of(getattr(wanted.tasks, task) or wanted.model.remote, wanted, "model.remote")
    if order[0] != LOCAL:  # takes 0.13 s, while the rest of aishell is still being imported
        threading.Thread(target=import_module, args=["httpx2"], daemon=True).start()
    return Failover([local if name == LOCAL else way(name) for name in order], local)


def endpoint(name: str, place: RemoteSettings) -> Endpoint:
    from aishell.backends.openai.endpoint import Endpoint

    socket = place.url.removeprefix("unix:") if place.url.startswith("unix:") else ""
    return Endpoint(
        name=name,
        url="http://localhost/v1" if socket else place.url.rstrip("/"),
        model=place.model,
        socket=socket,
        key=functools.partial(_key, place.key, f"remote.{name}.key"),
        timeout_s=place.timeout_s,
        context_tokens=place.context_tokens,
        thinking_tokens=place.thinking_tokens,
        at_once=place.at_once,
        proxy=place.proxy,
    )


async def _key(source: str, setting: str) -> str:
    """Raises ModelUnavailable when it is not where the settings say."""
    if not source:
        return ""
    if source.startswith("keyring:"):
        import asyncio

        return await asyncio.to_thread(_in_keyring, source, setting)  # it may ask the person
    if value := os.environ.get(source, ""):
        return value
    raise ModelUnavailable(f"The variable {source} is not set.", hint=f"{setting} says that the key is in it.")


def _in_keyring(source: str, setting: str) -> str:
    """Raises ModelUnavailable."""
    service, _, user = source.removeprefix("keyring:").partition("/")
    try:
        value = import_module("keyring").get_password(service, user)
    except ImportError:
        raise ModelUnavailable(
            "There is no keyring here: the Python package keyring is not installed.",
            hint=f"Install it beside aishell, or name a variable in {setting}.",
        ) from None
    except RuntimeError as error:  # which its errors are not, but those of its backends
        raise ModelUnavailable(f"The keyring cannot be asked: {error}.") from error
    if not value:
        raise ModelUnavailable(f"The keyring has no key of {user} for {service}.", hint=f"`keyring set {service} {user}`")
    return str(value)


def redactor(place: RemoteSettings) -> Redact:
    """What takes out of a text what that place must not be told. The instructions, the same in each request, are looked
    through once."""

    @functools.lru_cache(256)
    def clean(text: str) -> tuple[str, tuple[str, ...]]:
        redacted = open_redactor().redact(text)
        home = os.path.expanduser("~")
        if not place.hide_home or len(home) < 2:
            return redacted.text, redacted.found
        return redacted.text.replace(home, "~"), (*redacted.found, *["home folder"] * redacted.text.count(home))

    return clean


def bind(backend: Backend, session: Session) -> None:
    """What the session keeps to itself is not sent from now on, if anything is."""
    from aishell.backends.openai.failover import Failover

    if not isinstance(backend, Failover):
        return

    def why() -> str:
        acting = session.ready_acting
        if session.private:
            return "this is private"
        read = acting.taint.sources if acting else ()
        return f"secrets were read in this session ({', '.join(read[:3])})" if read else ""

    backend.stays_here = why


def start_here(wanted: Settings, paths: Paths) -> None:
    """This machine's engine, where nothing else has started it: commands from words ask no other model."""
    if is_remote(wanted) and wanted.engine.resident:
        with suppress(ModelUnavailable):  # the command says so itself
            open_engine(wanted, paths, model_spec(wanted, paths)).start()


def badge(wanted: Settings, task: Task = "plan") -> str:
    """The machines that may be told what a task is about, for people; empty: none."""
    if not is_remote(wanted) or speaks(wanted):
        return ""
    names = order_of(getattr(wanted.tasks, task) or wanted.model.remote, wanted, "model.remote")
    return ", ".join(endpoint(name, wanted.remote[name]).host for name in names if name != LOCAL)


def speaks(wanted: Settings) -> str:
    """The plugins that may be told what is said in words, for people; empty: none."""
    names = wanted.model.plugin.split() if wanted.model.backend == "plugin" and is_remote(wanted) else []
    return ", ".join(name for name in names if name != LOCAL)


def nearest(
    wanted: Settings, paths: Paths, kind: Literal["exemplars", "programs"]
) -> Callable[[str, int], Awaitable[list[tuple[str, str, float]]]]:
    """Worked examples, or programs, from this machine's engine if there is one: none is started for them."""
    import asyncio

    from aishell.backends import brief
    from aishell.wiring.base import engine_place

    def find(text: str, limit: int) -> list[tuple[str, str, float]]:
        try:
            place = engine_place(paths, model_spec(wanted, paths))
        except ModelUnavailable:
            return []
        answer = brief.ask(place, kind, 0.25, text=text, limit=limit) or {}
        return [(str(words), str(found), float(near)) for words, found, near in answer.get("found", [])]

    async def found(text: str, limit: int) -> list[tuple[str, str, float]]:
        return await asyncio.to_thread(find, text, limit)

    return found
