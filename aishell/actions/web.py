"""The text of one public web page. Nothing inside this machine or its network can be reached through it.

A name is resolved once, every address has to be public, and the connection goes to the address that was checked, so that a name
which means something else a moment later gains nothing. Each redirection is checked in the same way.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

from aishell.core.errors import AishellError, UsageError

_REDIRECTIONS = 5
_TEXTS = ("text/", "application/json", "application/xml", "application/xhtml+xml", "application/javascript")
_CHUNK = 1 << 16
_PORTS = {"http": 80, "https": 443}

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    url: str
    """After redirections."""
    kind: str
    """The media type."""
    data: bytes
    charset: str
    complete: bool
    """Whether `data` is all of it."""


def public(address: Address) -> bool:
    """Whether an address belongs to the public internet, whatever is wrapped in it."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is None and address in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return public(inner)
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def fetch(url: str, *, most_bytes: int, seconds: float, allowed: Callable[[Address], bool] = public) -> Page:
    """One page, after redirections. Raises UsageError when it is not to be fetched, AishellError when it cannot be."""
    until = time.monotonic() + seconds
    for _ in range(_REDIRECTIONS + 1):
        parts = _parts(url)
        address = _address(parts, allowed)
        try:
            found = _get(parts, address, until, most_bytes)
        except (OSError, http.client.HTTPException) as error:
            raise AishellError(f"{parts.hostname} does not give the page: {error}.") from error
        if isinstance(found, Page):
            return found
        target = urljoin(url, found)
        if parts.scheme == "https" and urlsplit(target).scheme != "https":
            raise UsageError("The page leads to one that is not encrypted; it is not followed.", hint=target)
        url = target
    raise AishellError("The page leads on and on.")


def _parts(url: str) -> SplitResult:
    """Raises UsageError."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UsageError(f"That is no address of a page: {url}") from error
    if parts.scheme not in _PORTS or not parts.hostname or port == 0:
        raise UsageError(f"That is no address of a page: {url}", hint="It begins with http:// or https://.")
    if parts.username or parts.password:
        raise UsageError("An address with a password in it is not fetched.")
    if any(ord(sign) < 0x21 or ord(sign) > 0x7E for sign in url):
        raise UsageError("The address has characters that none has.")
    return parts


def _address(parts: SplitResult, allowed: Callable[[Address], bool]) -> tuple[str, int]:
    """The address to connect to. Raises UsageError, AishellError."""
    port = parts.port or _PORTS[parts.scheme]
    try:
        infos = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AishellError(f"There is no machine {parts.hostname}.") from error
    found = [str(info[4][0]) for info in infos]
    for text in found:
        if "%" in text or not allowed(ipaddress.ip_address(text)):
            raise UsageError(f"{parts.hostname} is {text}: inside this machine or its network, where nothing is fetched.")
    return found[0], port


def _get(parts: SplitResult, address: tuple[str, int], until: float, most_bytes: int) -> Page | str:
    """The page, or where it leads. Raises OSError, HTTPException, UsageError."""
    with closing(_connection(parts, address, until)) as connection:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {"User-Agent": "aishell", "Accept": "text/*, application/json;q=0.9", "Accept-Encoding": "identity"}
        connection.request("GET", path, headers={**headers, "Connection": "close"})
        with connection.getresponse() as response:
            if response.status in (301, 302, 303, 307, 308) and (target := response.getheader("Location")):
                return target
            if response.status != 200:
                raise http.client.HTTPException(f"status {response.status}")
            kind = response.headers.get_content_type()
            if not kind.startswith(_TEXTS):
                raise UsageError(f"The page is no text: {kind}.")
            data = _body(response, until, most_bytes)
            url = parts._replace(fragment="").geturl()
            charset = response.headers.get_content_charset() or "utf-8"
            return Page(url=url, kind=kind, data=data[:most_bytes], charset=charset, complete=len(data) <= most_bytes)


def _connection(parts: SplitResult, address: tuple[str, int], until: float) -> http.client.HTTPConnection:
    """To the address that was checked, under the name that was asked for."""
    assert parts.hostname
    connection = http.client.HTTPConnection(parts.hostname, parts.port or _PORTS[parts.scheme])
    plain = socket.create_connection(address, timeout=_left(until))
    try:
        secure = parts.scheme == "https"
        connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=parts.hostname) if secure else plain
    except BaseException:
        plain.close()
        raise
    return connection


def _body(response: http.client.HTTPResponse, until: float, most_bytes: int) -> bytes:
    """Up to one byte more than wanted."""
    data = b""
    while len(data) <= most_bytes:
        _left(until)
        more = response.read1(min(_CHUNK, most_bytes + 1 - len(data)))
        if not more:
            break
        data += more
    return data


def _left(until: float) -> float:
    """Seconds that are left. Raises TimeoutError."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("it takes too long")
    return left
