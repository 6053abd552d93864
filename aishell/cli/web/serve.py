"""The web door itself: a page, the terminal that textual-serve ships for browsers, and a pseudo-terminal behind a websocket.

textual-serve would run the screen without a terminal, and admit everybody. Here the screen has a real one, so that vim and
sudo work in it as anywhere; of textual-serve there are the files for the browser and the messages they send.
"""

from __future__ import annotations

import asyncio
import html
import json
import logging
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import textual_serve
from aiohttp import WSMsgType, web

from aishell.actions.shell.child import Child
from aishell.cli import stdio
from aishell.cli.web.door import Door
from aishell.ui.words import Words

_COOKIE = "aishell"
_STATIC = Path(textual_serve.__file__).with_name("static")
_PAGE = Path(__file__).with_name("page.html")
_SCRIPT = Path(__file__).with_name("page.js")
_HEARTBEAT_S = 15
_MESSAGE_BYTES = 4 << 20
"""Of one message; a paste is one."""
_GRACE_S = 5.0
"""For a session to end, and for the next to wait for that: to reload a page is to end one and begin one."""
_WIDEST, _HIGHEST = 1000, 500

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """How a session begins."""

    command: Sequence[str]
    environment: Mapping[str, str]
    folder: str


async def serve(listener: socket.socket, door: Door, start: Start, say: Words) -> int:
    """Until it is cancelled; a session that runs then is ended."""
    complaints = logging.getLogger("aiohttp")
    said = _Said(logging.WARNING)
    complaints.addHandler(said)
    # No log of accesses: the token stands in the first line of it.
    runner = web.AppRunner(application(door, start, say), access_log=None, shutdown_timeout=_GRACE_S)
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        await asyncio.get_running_loop().create_future()  # which nobody sets
        return 0
    finally:
        await runner.cleanup()
        complaints.removeHandler(said)


class _Said(logging.Handler):
    """What aiohttp complains of, made harmless: there may be words of a stranger's request in it."""

    def emit(self, record: logging.LogRecord) -> None:
        stdio.say(f"aishell: {self.format(record)}")


def application(door: Door, start: Start, say: Words) -> web.Application:
    """Everything that is answered; what `door` does not let in gets 403 and no more."""
    front = _Front(door, start, say)

    async def guarded(request: web.Request, handler: _Handler) -> web.StreamResponse:
        return await front.guarded(request, handler)

    made = web.Application(middlewares=[web.middleware(guarded)])
    made.router.add_get("/", front.page, allow_head=False)
    made.router.add_get("/page.js", front.script, allow_head=False)
    made.router.add_get("/ws", front.session, allow_head=False)
    made.router.add_static("/static", _STATIC, follow_symlinks=False)
    made.on_shutdown.append(front.close)
    return made


class _Front:
    def __init__(self, door: Door, start: Start, say: Words) -> None:
        self._door = door
        self._start = start
        self._say = say
        self._taken = asyncio.Lock()
        """Held by the one session."""
        self._open: web.WebSocketResponse | None = None

    async def guarded(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        headers = request.headers
        ours = self._door.is_ours(
            headers.getall("Host", []),
            headers.getall("Origin", []),
            headers.getall("Sec-Fetch-Site", []),
            socket=request.path == "/ws",
        )
        if not ours:
            return self._refused()
        if not self._door.knows(request.cookies.get(_COOKIE, "")):
            return self._admitted(request) if (request.method, request.path) == ("GET", "/") else self._refused()
        try:
            response = await handler(request)
        except web.HTTPException as error:  # no such page
            response = error
        if not response.prepared:
            response.headers.update(self._headers())
        return response

    def _refused(self) -> web.Response:
        text = self._say("Only the browser that opened the address which `aishell web` printed comes in; it works once.")
        return web.Response(status=403, text=f"{text}\n", headers=self._headers())

    def _admitted(self, request: web.Request) -> web.Response:
        """On to the same page without the token, so that it stays in no history; 403 for who has none.

        For GET alone: whoever looks at a link with HEAD must not use its token up.
        """
        cookie = self._door.admit(request.query.get("token", ""))
        if cookie is None:
            return self._refused()
        response = web.Response(status=303, headers={**self._headers(), "Location": "/"})
        response.set_cookie(_COOKIE, cookie, httponly=True, samesite="Strict", path="/")
        return response

    def _headers(self) -> dict[str, str]:
        """The page is given nothing from elsewhere, tells nobody where it is, and is shown in nobody's frame."""
        policy = (
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:; "
            f"connect-src ws://{self._door.authority}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        return {
            "Content-Security-Policy": policy,
            "Cache-Control": "no-store",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "clipboard-read=(), camera=(), microphone=(), geolocation=()",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
        }

    async def page(self, request: web.Request) -> web.Response:
        values = {
            "websocket": f"ws://{self._door.authority}/ws",
            "ended": self._say("The session has ended."),
            "again": self._say("Reload the page to begin another."),
        }
        text = _PAGE.read_text("utf-8")
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", html.escape(value))
        return web.Response(text=text, content_type="text/html")

    async def script(self, request: web.Request) -> web.Response:
        return web.Response(text=_SCRIPT.read_text("utf-8"), content_type="text/javascript")

    async def session(self, request: web.Request) -> web.StreamResponse:
        """One shell, as long as the page is there; 409 while another page has it."""
        try:
            await asyncio.wait_for(self._taken.acquire(), _GRACE_S)
        except TimeoutError:
            return web.Response(status=409, text=f"{self._say('Another page of this browser has the session.')}\n")
        try:
            page = self._open = web.WebSocketResponse(heartbeat=_HEARTBEAT_S, max_msg_size=_MESSAGE_BYTES, compress=False)
            await page.prepare(request)
            rows, columns = _size(request.query.get("height"), request.query.get("width"))
            start = self._start
            child = Child(start.command, start.environment, start.folder, rows=rows, columns=columns)
            try:
                await _joined(page, child)
            finally:
                await child.hang_up(_GRACE_S)
            return page
        finally:
            self._open = None
            self._taken.release()

    async def close(self, application: web.Application) -> None:
        if self._open is not None:
            await self._open.close(code=1001)


async def _joined(page: web.WebSocketResponse, child: Child) -> None:
    """What the program writes goes to the page, what is typed there to the program, until either is over."""

    async def show() -> None:
        while data := await child.read(None):
            await page.send_bytes(data)

    showing = asyncio.ensure_future(show())
    typing = asyncio.ensure_future(_typed(page, child))
    try:
        await asyncio.wait((showing, typing), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (showing, typing):
            task.cancel()
        await asyncio.gather(showing, typing, return_exceptions=True)
        await page.close()


async def _typed(page: web.WebSocketResponse, child: Child) -> None:
    """Returns when the page is gone, or sends what textual-serve's does not."""
    async for message in page:
        if message.type is not WSMsgType.TEXT:
            return
        try:
            match json.loads(message.data):
                case ["stdin", str(text)]:
                    await child.write(text.encode("utf-8", "replace"))
                case ["resize", {"width": int(columns), "height": int(rows)}]:
                    child.resize(*_size(rows, columns))
                case ["ping", str(sent)]:
                    await page.send_json(["pong", sent])
                case ["focus" | "blur"]:
                    pass  # the terminal in the page tells a program that wants to know
                case _:
                    return
        except (ValueError, RecursionError, ConnectionError):
            return


def _size(rows: object, columns: object) -> tuple[int, int]:
    """Rows and columns within reason, whatever a page says."""

    def within(value: object, usual: int, most: int) -> int:
        text = str(value)
        number = int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else usual
        return min(max(number, 2), most)

    return within(rows, 24, _HIGHEST), within(columns, 80, _WIDEST)
