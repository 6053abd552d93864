"""One request to one place: what leaves is redacted and written down first; what comes is bounded in size and time."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any

from aishell.backends.openai.asking import Body, named
from aishell.backends.openai.endpoint import Endpoint
from aishell.backends.openai.events import Event, Garbled, events, parsed, whole
from aishell.backends.openai.sent import Sent
from aishell.core.errors import ModelUnavailable
from aishell.core.text import one_line

if TYPE_CHECKING:
    import httpx2

Redact = Callable[[str], tuple[str, tuple[str, ...]]]
"""A text without its secrets, and what kinds were found, one for each."""

_LONGEST_ERROR = 16 << 10
_LONGEST_WHOLE = 8 << 20
"""Bytes of an answer that does not come as events."""
_PATIENCE = 5
"""Some places send signs of life while a request waits: for so many times the timeout they are believed."""
_BUSY = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529})


class Unready(Exception):
    """It may work if it is tried again. `str` completes the sentence "HOST ..."; `wait_s`: how long it asks for, if it does."""

    def __init__(self, what: str, wait_s: float | None = None) -> None:
        super().__init__(what)
        self.wait_s = wait_s


class Refused(Exception):
    """The place says that the request is wrong. `said`: its words, made harmless and short."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


class Line:
    """The connection to one place; kept open between requests."""

    def __init__(self, endpoint: Endpoint, redact: Redact, keep: Callable[[Sent], None]) -> None:
        """`keep` writes down what is about to be sent. Raises ModelUnavailable when it cannot."""
        self._endpoint = endpoint
        self._redact = redact
        self._keep = keep
        self._client: httpx2.AsyncClient | None = None

    async def close(self) -> None:
        client, self._client = self._client, None
        if client:
            await client.aclose()

    async def post(self, body: Body, all_s: float) -> AsyncGenerator[Event, None]:
        """The events of the answer, which may take so many seconds. Raises Unready, Refused, ModelUnavailable."""
        content = self._written_down(body)
        import httpx2

        try:
            async with self._opened(body, content) as response, aclosing(self._events(response, all_s)) as found:
                async for event in found:
                    yield event
        except httpx2.TimeoutException as error:
            doing = "connect" if isinstance(error, httpx2.ConnectTimeout) else "answer"
            raise Unready(f"does not {doing} within {self._endpoint.timeout_s:g} s") from error
        except httpx2.ConnectError as error:
            raise Unready(f"cannot be reached ({one_line(str(error), 80)})") from error
        except (httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL) as error:
            raise Unready(f"broke off ({one_line(str(error) or type(error).__name__, 80)})") from error
        except Garbled as error:
            raise Unready(f"sent {error}") from error

    def _written_down(self, body: Body) -> bytes:
        """The bytes to send: every text in them redacted, the names of fields included."""
        found: Counter[str] = Counter()

        def clean(value: Any) -> Any:
            if isinstance(value, str):
                text, kinds = self._redact(value)
                found.update(kinds)
                return text
            if isinstance(value, dict):
                return {clean(name): part if name == "role" else clean(part) for name, part in value.items()}
            return [clean(part) for part in value] if isinstance(value, list) else value

        cleaned = {name: value if name == "model" else clean(value) for name, value in body.items()}
        content = json.dumps(cleaned, ensure_ascii=False).encode("utf-8", "replace")
        where = self._endpoint
        self._keep(Sent(to=where.name, host=where.host, bytes=len(content), redacted=found, body=cleaned))
        return content

    @asynccontextmanager
    async def _opened(self, body: Body, content: bytes) -> AsyncIterator[httpx2.Response]:
        client = self._client = self._client or _client(self._endpoint)
        headers = {"Content-Type": "application/json", "Accept": "text/event-stream, application/json"}
        if key := await self._endpoint.key():
            headers["Authorization"] = f"Bearer {key}"
        url = f"{self._endpoint.url}/chat/completions"
        async with client.stream("POST", url, content=content, headers=headers) as response:
            if response.status_code != 200:
                await self._failed(response, body)
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise Garbled("a compressed answer that nobody asked for")
            yield response

    async def _events(self, response: httpx2.Response, all_s: float) -> AsyncGenerator[Event, None]:
        kind = response.headers.get("Content-Type", "")
        if "json" in kind and "event-stream" not in kind:  # it does not stream
            yield _no_error(parsed(await whole(response.aiter_raw(), _LONGEST_WHOLE), "an answer"))
            return
        if "event-stream" not in kind:
            raise Garbled(f"no events but {one_line(kind, 40) or 'something unnamed'}")
        async with aclosing(events(response.aiter_raw(), _PATIENCE * self._endpoint.timeout_s, all_s)) as found:
            async for event in found:
                yield _no_error(event)

    async def _failed(self, response: httpx2.Response, body: Body) -> None:
        """Raises Unready, Refused, ModelUnavailable: one of them always."""
        status = response.status_code
        said = _words(await whole(response.aiter_raw(), _LONGEST_ERROR))
        where = self._endpoint
        if status in (400, 413, 422) or (status == 500 and named(body, said)):  # llama_cpp.server takes it for its own fault
            raise Refused(said)
        if status in _BUSY:
            raise Unready(f"answers with status {status}{f': {said}' if said else ''}", _wait(response.headers))
        about = f"aishell's setting remote.{where.name}"
        if status in (401, 403):
            raise ModelUnavailable(
                f"{where.host} refuses the key (status {status}).", hint=f"{about}.key says where it comes from."
            )
        if 300 <= status < 400:
            raise ModelUnavailable(
                f"{where.host} sends elsewhere (status {status}), which is not followed.", hint=f"Look at {about}.url."
            )
        raise ModelUnavailable(
            f"{where.host} answers with status {status}{f': {said}' if said else '.'}",
            hint=f"Look at {about}.url and {about.rpartition(' ')[2]}.model.",
        )


def _client(endpoint: Endpoint) -> httpx2.AsyncClient:
    """Looks at no variable, follows nobody elsewhere, and takes no compressed answer, which could be any size."""
    import httpx2

    transport = httpx2.AsyncHTTPTransport(
        verify=endpoint.secure,  # without TLS there is no certificate, and no 20 ms for the list of authorities
        uds=endpoint.socket or None,
        proxy=endpoint.proxy or None,
        trust_env=False,
    )
    return httpx2.AsyncClient(
        transport=transport,
        timeout=httpx2.Timeout(endpoint.timeout_s, connect=min(10.0, endpoint.timeout_s)),
        headers={"Accept-Encoding": "identity", "User-Agent": "aishell"},
        follow_redirects=False,
        trust_env=False,
    )


def _no_error(event: Event) -> Event:
    """Raises Garbled for an error that comes in the middle of an answer, as vLLM and OpenRouter send it."""
    if error := event.get("error"):
        raise Garbled(f"an error: {_message(error)}")
    return event


def _words(body: bytes) -> str:
    """What an error says, for a sentence."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return one_line(body.decode("utf-8", "replace").strip(), 200)
    return _message(value.get("error") or value.get("detail") or value.get("message") if isinstance(value, dict) else value)


def _message(error: Any) -> str:
    return one_line(str(error.get("message", error) if isinstance(error, dict) else error), 200)


def _wait(headers: httpx2.Headers) -> float | None:
    """Seconds that `Retry-After` asks for; a date there is rare among models, and nobody waits for one."""
    text = headers.get("Retry-After", "")
    return float(text) if text.replace(".", "", 1).isdigit() else None
