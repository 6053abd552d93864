"""Who comes in through the web door: one browser, once, with the address that was printed, and no page of another origin."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

_SECRET_BYTES = 32
_HTTP_PORT = 80


class Door:
    """Holds the token of the printed address until it is used, and the secret of the browser that used it."""

    def __init__(self, host: str, port: int) -> None:
        """`host`: as it stands in an address, an IPv6 one in brackets."""
        self.authority = host if port == _HTTP_PORT else f"{host}:{port}"
        self._token: str | None = secrets.token_urlsafe(_SECRET_BYTES)
        self._cookie = secrets.token_urlsafe(_SECRET_BYTES)

    @property
    def address(self) -> str:
        """What to open. Without a token once that is used."""
        return f"{self.origin}/?token={self._token}" if self._token else f"{self.origin}/"

    @property
    def origin(self) -> str:
        return f"http://{self.authority}"

    def is_ours(self, hosts: Sequence[str], origins: Sequence[str], sites: Sequence[str], *, socket: bool) -> bool:
        """Whether a request comes from our own page, or from the address line.

        `hosts`: all its Host headers; a name that somebody points at this machine (DNS rebinding) is in there. `origins`: all
        its Origin headers; a browser sends one with every websocket. `sites`: likewise Sec-Fetch-Site.
        """
        if list(hosts) != [self.authority]:
            return False
        if list(origins) != [self.origin] and (socket or origins):
            return False
        return all(site in ("none", "same-origin") for site in sites)

    def admit(self, token: str) -> str | None:
        """The secret for a cookie, in exchange for the token, which is worth nothing afterwards; None for a wrong one."""
        if self._token is None or not _equal(token, self._token):
            return None
        self._token = None
        return self._cookie

    def knows(self, cookie: str) -> bool:
        """Whether this is the cookie of the browser that was admitted."""
        return self._token is None and _equal(cookie, self._cookie)


def _equal(one: str, other: str) -> bool:
    """In a time that does not tell where they differ."""
    return secrets.compare_digest(one.encode("utf-8", "replace"), other.encode())
