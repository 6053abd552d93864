"""A file from a URL, resumed where it stopped."""

from __future__ import annotations

import time
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from aishell.core.errors import AssetError

_CHUNK = 1 << 18
_TIMEOUT_S = 30.0
_TRIES = 4
_RANGE_REFUSED = 416


def fetch(url: str, whole: Path, step: Callable[[int, int], None], *, pause_s: float = 1.0) -> None:
    """Bytes of `url` into `whole`, behind what is there already. Raises AssetError; what has arrived stays."""
    if urlsplit(url).scheme not in ("https", "http"):
        raise AssetError("only https and http addresses can be fetched.")
    part = whole.with_name(whole.name + ".partial")
    for attempt in range(1, _TRIES + 1):
        try:
            _rest(url, part, step)
            break
        except HTTPError as error:
            error.close()
            if error.code == _RANGE_REFUSED:
                part.unlink(missing_ok=True)
            elif error.code < 500:
                raise AssetError(f"the server answered {error.code} {error.reason}.") from None
            reason = f"the server answered {error.code}"
        except (URLError, HTTPException, TimeoutError, ConnectionError) as error:
            reason = str(getattr(error, "reason", error))
        if attempt == _TRIES:
            raise AssetError(f"no connection ({reason}).")
        time.sleep(pause_s * attempt)
    part.replace(whole)


def _rest(url: str, part: Path, step: Callable[[int, int], None]) -> None:
    have = part.stat().st_size if part.exists() else 0
    request = Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    with urlopen(request, timeout=_TIMEOUT_S) as response:
        if have and response.status != 206:  # the server sends all of it again
            have = 0
        total = _total(response, have)
        with part.open("ab" if have else "wb") as file:
            while chunk := response.read(_CHUNK):
                file.write(chunk)
                have += len(chunk)
                step(have, total)
        if total and have < total:
            raise ConnectionError("the connection ended early")


def _total(response: Any, have: int) -> int:
    length = response.headers.get("Content-Length", "")
    return have + int(length) if length.isdigit() else 0
