"""One question to the engine from a shell's prompt. Run by path, `python -I -S client.py [OPTION...] FILE`: 25 ms in all.

A key must not wait for the imports of a program, so this file has nothing but a little of the standard library, and says again
in short what `config/paths.py`, `backends/launch.py` and `backends/wire.py` say; a test compares them.

Standard input: what stands before the cursor, what behind it, the status of the last command, and the lines before this one,
newest last, each ended by RS (0x1e). Standard output: the lines that fit, best first, ended likewise. FILE: its history.
Status: 0, also without lines; 3 no engine, `--start` begins to load one; 4 no answer in time; 5 it answers with an error;
6 it is still reading the history.
"""

import json
import os
import select
import socket
import stat
import struct
import sys
import time

VERSION = 6
PATIENCE_S = 0.25
LONGEST_FRAME = 16 << 20
NO_ENGINE, TOO_LATE, REFUSED, NOT_READY = 3, 4, 5, 6
END = "\x1e"
_AGAIN_S = 60.0
"""An engine that does not come up is not started at each key."""
_LONGEST_PATH = 100


def main(arguments: list[str]) -> int:
    """What to do in the way of options: `--start`, `--ghost` (only what may stand behind the cursor), `--pause MS`."""
    before, after, status, *previous = sys.stdin.buffer.read().decode("utf-8", "replace").split(END)[:-1]
    if "--pause" in arguments:  # whoever types on ends this process before it has cost anything
        time.sleep(int(arguments[arguments.index("--pause") + 1]) / 1000)
        if _nobody_reads():
            return 0
    folder = runtime(os.environ)
    connection = connect(folder)
    if connection is None:
        if "--start" in arguments:
            start(folder)
        return NO_ENGINE
    asked = {
        "type": "suggest",
        "id": 1,
        "text": before + after,
        "cursor": len(before),
        "folder": _folder(),
        "previous": previous,
        "status": int(status) if status else None,
        "limit": 8,
    }
    if arguments[-1].startswith("/"):
        asked["file"] = arguments[-1]
    with connection:
        try:
            answer = ask(connection, asked)
        except (OSError, ValueError, KeyError, struct.error):
            return TOO_LATE
    if answer["type"] == "error":
        return REFUSED
    if not answer.get("ready"):
        return NOT_READY
    for line in chosen(answer, before + after, ghost="--ghost" in arguments):
        sys.stdout.write(line + END)
    return 0


def _nobody_reads() -> bool:
    """Whether the other end of standard output is closed: somebody typed on."""
    watch = select.poll()
    watch.register(1, 0)
    return bool(watch.poll(0))


def chosen(answer: dict, text: str, *, ghost: bool) -> list[str]:  # type: ignore[type-arg]
    """The lines of an answer that may be put on a line: what has a control character in it would do more than stand there."""
    found = [each for each in answer.get("lines", ()) if each.get("ghost") or not ghost]
    lines = [str(each.get("line", "")) for each in found]
    lines = [line for line in lines if line and (line.startswith(text) or not ghost)]
    return [line for line in lines if all(sign.isprintable() or sign in "\n\t" for sign in line)]


def ask(connection: socket.socket, request: dict) -> dict:  # type: ignore[type-arg]
    """The answer to a request of one frame. Raises OSError, ValueError, KeyError when there is none in time."""
    until = time.monotonic() + PATIENCE_S
    hello = frame(connection, until)
    if hello["type"] != "hello" or hello["version"] != VERSION:
        raise ValueError("another version")
    body = json.dumps(request).encode()
    connection.sendall(struct.pack(">I", len(body)) + body)
    answer = frame(connection, until)
    while answer["type"] == "working":
        answer = frame(connection, until)
    return answer


def frame(connection: socket.socket, until: float) -> dict:  # type: ignore[type-arg]
    (length,) = struct.unpack(">I", _exactly(connection, 4, until))
    if length > LONGEST_FRAME:
        raise ValueError("too long")
    return dict(json.loads(_exactly(connection, length, until)))


def _exactly(connection: socket.socket, count: int, until: float) -> bytes:
    data = b""
    while len(data) < count:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        connection.settimeout(left)
        part = connection.recv(min(count - len(data), 1 << 16))
        if not part:
            raise ConnectionResetError
        data += part
    return data


def runtime(environment: "os._Environ[str] | dict[str, str]") -> str:
    """The folder of the engine's sockets."""
    for folder in (environment.get("XDG_RUNTIME_DIR", ""), f"/run/user/{os.getuid()}"):
        if folder.startswith("/") and os.path.isdir(folder) and os.access(folder, os.W_OK):
            return os.path.join(folder, "aishell")
    return f"/tmp/aishell-{os.getuid()}"


def sockets(folder: str) -> list[str]:
    """The sockets of this user's engines, the newest first. A folder that others can enter has none."""
    found: list[tuple[float, str]] = []
    name_room = len("/engine-.sock") + 12
    if len(os.fsencode(folder)) + name_room > _LONGEST_PATH:
        import hashlib  # 2 ms that hardly anybody has to spend

        folder = f"/tmp/aishell-{os.getuid()}-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:8]}"
    try:
        own = os.lstat(folder)
        if not stat.S_ISDIR(own.st_mode) or own.st_uid != os.getuid() or own.st_mode & 0o077:
            return []
        there = [entry for entry in os.scandir(folder) if entry.name.startswith("engine-") and entry.name.endswith(".sock")]
        found += [(entry.stat(follow_symlinks=False).st_mtime, entry.path) for entry in there]
    except OSError:
        pass
    return [path for _, path in sorted(found, reverse=True)]


def connect(folder: str) -> "socket.socket | None":
    """A connection to an engine of this user; None when none listens."""
    for path in sockets(folder):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(PATIENCE_S)
            connection.connect(path)
            if _same_user(connection):
                return connection
        except OSError:
            pass
        connection.close()
    return None


def _same_user(connection: socket.socket) -> bool:
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    _pid, user, _group = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return bool(user == os.getuid())


def start(folder: str) -> None:
    """Begin to load the engine, as the settings say, in a process that nobody waits for; at most once in a minute."""
    mark = os.path.join(folder, "asked-to-start")
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        if time.time() - os.stat(mark).st_mtime < _AGAIN_S:
            return
    except FileNotFoundError:
        pass
    except OSError:
        return
    try:
        os.close(os.open(mark, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600))
        os.utime(mark)
    except OSError:
        return
    if os.fork():
        return
    os.setsid()  # Ctrl-C and the end of the terminal are not for it
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.execv(sys.executable, [sys.executable, "-P", "-m", "aishell", "engine", "start"])


def _folder() -> str:
    try:
        return os.getcwd()
    except OSError:
        return "/"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
