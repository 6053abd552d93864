"""A made-up project and server, small and the same each time, in which several actions have something to do."""

from __future__ import annotations

import hashlib
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

_DAY_S = 86400


def plant(root: Path) -> None:
    """The whole tree below `root`, which is made."""
    for name, text in _files():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    for name, days in _AGES.items():
        then = time.time() - days * _DAY_S
        os.utime(root / name, (then, then))
    for name in ("project/scripts/deploy.sh", "project/scripts/backup.sh"):
        (root / name).chmod(0o644)
    (root / "server/srv/www/upload").mkdir()
    (root / "server/srv/www/upload").chmod(0o777)
    (root / "server/home/cleo/cache").mkdir()
    (root / "photos/empty").mkdir()
    _commit(root / "project")


def fingerprint(root: Path) -> dict[str, str]:
    """What stands at each path below `root`; a repository's own files count as one."""
    found: dict[str, str] = {}
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        if here.name == ".git":
            folders.clear()
            found[str(here.relative_to(root))] = _repository(here.parent)
            continue
        found[str(here.relative_to(root))] = f"folder {here.stat().st_mode:o}"
        for name in names:
            file = here / name
            content = os.readlink(file).encode() if file.is_symlink() else file.read_bytes() if file.is_file() else b""
            found[str(file.relative_to(root))] = f"{file.lstat().st_mode:o} {hashlib.sha256(content).hexdigest()}"
    return found


def _repository(folder: Path) -> str:
    """Branches, tags, stashes, what is staged, and the branch in use."""
    asked = (["for-each-ref"], ["symbolic-ref", "HEAD"], ["ls-files", "--stage"])
    return "".join(subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True).stdout for words in asked)


def _commit(project: Path) -> None:
    """Three commits on main, one more on feature/search, a tag, and a change that is not committed."""

    def git(*words: str) -> None:
        subprocess.run(["git", "-c", "commit.gpgsign=false", *words], cwd=project, check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    git("config", "user.name", "Ada")
    git("config", "user.email", "ada@example.org")
    git("add", "README.md", "src", ".gitignore")
    git("commit", "-q", "-m", "Start")
    git("tag", "v0.1")
    git("add", "tests", "docs", "config")
    git("commit", "-q", "-m", "Tests and documents", "--author", "Ben <ben@example.org>")
    git("switch", "-q", "-c", "feature/search")
    (project / "src/search.py").write_text("def search(words):\n    return sorted(words)\n")
    git("add", "src/search.py")
    git("commit", "-q", "-m", "Search")
    git("switch", "-q", "main")
    git("branch", "old-experiment", "v0.1")
    git("add", "scripts")
    git("commit", "-q", "-m", "Scripts")
    (project / "src/util.py").write_text(_UTIL + "\n\ndef triple(x):\n    return 3 * x\n")


_UTIL = '"""Small things."""\n\nDEBUG = True\n\n\ndef double(x):\n    return 2 * x\n'
_AGES = {
    "server/var/log/old/app-2023.log": 400,
    "server/var/log/old/app-2024.log": 200,
    "server/var/log/app.log.1": 40,
    "downloads/movie.mkv.part": 50,
    "downloads/report.pdf": 45,
    "downloads/setup.exe": 90,
    "downloads/notes.txt": 2,
    "downloads/invoice-march.pdf": 10,
    "downloads/invoice-april.pdf": 9,
}


def _files() -> Iterator[tuple[str, str]]:
    yield from _project()
    yield from _server()
    for number in range(1, 7):
        yield f"photos/IMG_{number:04}.JPG", f"picture {number}\n" * (40 * number)
    yield "photos/summer 2024.jpeg", "beach\n" * 50
    yield "photos/cat.png", "cat\n"
    yield "photos/cat copy.png", "cat\n"
    yield "photos/notes.txt", "IMG_0003 is the best one\n"
    yield "downloads/movie.mkv.part", "m" * 300_000
    yield "downloads/setup.exe", "x" * 120_000
    yield "downloads/report.pdf", "report\n" * 500
    yield "downloads/invoice-march.pdf", "march\n"
    yield "downloads/invoice-april.pdf", "april\n"
    yield "downloads/notes.txt", "buy milk\n"
    yield "data/sales.csv", "region,month,amount\n" + "".join(
        f"{region},{month},{amount}\n"
        for region, month, amount in (
            ("north", 1, 120), ("south", 1, 80), ("north", 2, 150), ("east", 1, 60), ("south", 2, 95), ("east", 2, 75),
            ("north", 3, 130), ("south", 2, 95),
        )
    )  # fmt: skip
    yield "data/people.csv", "name,age,city\nAda,36,London\nBen,29,Paris\nCleo,41,Rome\nDan,29,Oslo\n"


def _project() -> Iterator[tuple[str, str]]:
    yield "project/README.md", "# Shop\n\nRuns on port 8080. See http://example.org/docs\n\nTODO: screenshots\n"
    yield "project/.gitignore", "*.o\n*.tmp\nlogs/\n"
    yield (
        "project/src/app.py",
        (
            'import util\n\nPORT = 8080\nHOST = "localhost"\n\n\ndef main():\n    print("debug: start")\n'
            "    # TODO: read the port from the settings\n    return util.double(PORT)\n"
        ),
    )
    yield "project/src/util.py", _UTIL
    yield "project/src/broken.py", "def total(values)\n    return sum(values)\n"
    yield "project/src/legacy/old_api.py", '"""Not used any more."""\n\nHOST = "localhost"\n# FIXME: remove\n'
    yield "project/src/legacy/old_util.py", "# FIXME: remove\nx = 1\n"
    yield "project/tests/test_app.py", "def test_nothing():\n    assert True\n"
    yield "project/tests/test_util.py", "import util\n\n\ndef test_double():\n    assert util.double(2) == 4\n"
    yield "project/docs/guide.md", "# Guide\n\nOpen http://example.org/start on port 8080.\n"
    yield "project/docs/api.md", "# API\n\nSee http://example.org/api\nTODO: errors\n"
    yield "project/docs/draft.txt", "To be written\n"
    yield "project/config/app.ini", "[server]\nhost = localhost\nport = 9090\ndebug = true\n"
    yield "project/config/app.ini.bak", "[server]\nhost = localhost\nport = 8080\ndebug = false\n"
    yield "project/config/limits.json", '{"users": 10, "retries": 3,}\n'
    yield "project/scripts/deploy.sh", "#!/bin/sh\necho deploying\n"
    yield "project/scripts/backup.sh", "#!/bin/sh\ntar -czf backup.tgz src\n"
    yield "project/build/app.o", "o" * 5000
    yield "project/build/util.o", "o" * 3000
    yield "project/build/cache.tmp", "t" * 900
    yield "project/notes.tmp", "t\n"
    yield "project/logs/debug.log", "debug line\n" * 300


def _server() -> Iterator[tuple[str, str]]:
    yield (
        "server/etc/users",
        (
            "root:x:0:0:root:/root:/bin/bash\nada:x:1000:1000:Ada:/home/ada:/bin/bash\nben:x:1001:1001:Ben:/home/ben:/bin/zsh\n"
            "cleo:x:1002:1002:Cleo:/home/cleo:/bin/bash\nwww:x:33:33:www:/srv/www:/usr/sbin/nologin\n"
            "backup:x:34:34:backup:/var/backups:/usr/sbin/nologin\ntemp1:x:1500:1500:temporary:/tmp:/bin/bash\n"
        ),
    )
    yield "server/etc/groups", "admin:x:10:ada\ndevelopers:x:20:ada,ben\nweb:x:33:www,temp1\nempty:x:50:\n"
    yield "server/etc/sites/shop.conf", "listen 80;\nserver_name shop.example.org;\nroot /srv/www;\nworkers 2;\n"
    yield "server/etc/sites/blog.conf", "listen 80;\nserver_name blog.example.org;\nroot /srv/blog;\nworkers 2;\n"
    yield "server/etc/sites/old.conf.disabled", "listen 80;\nserver_name old.example.org;\n"
    yield "server/var/log/app.log", "".join(_log_lines())
    yield "server/var/log/app.log.1", "2026-01-01 00:00:00 INFO started\n2026-01-01 09:00:00 ERROR disk full\n"
    yield "server/var/log/access.log", "".join(_access_lines())
    yield "server/var/log/auth.log", "".join(_auth_lines())
    yield "server/var/log/old/app-2023.log", "2023-01-01 INFO old\n" * 200
    yield "server/var/log/old/app-2024.log", "2024-01-01 INFO old\n" * 100
    for name in ("ada", "ben", "cleo"):
        yield f"server/home/{name}/mail.txt", f"Dear {name}\n"
    yield "server/home/ada/big.iso", "i" * 400_000
    yield "server/home/ben/big.iso", "i" * 400_000
    yield "server/home/ben/todo.txt", "call mother\ncall mother\nbuy bread\n"
    yield "server/home/cleo/video.mp4", "v" * 250_000
    yield "server/srv/www/index.html", '<a href="http://shop.example.org/">Shop</a>\n'
    yield "server/srv/www/about.htm", "<p>About us, since 2019</p>\n"
    yield "server/srv/www/contact.htm", "<p>Contact, since 2019</p>\n"
    yield "server/srv/www/error.htm", "<p>Error</p>\n"


def _log_lines() -> Iterator[str]:
    for number in range(40):
        level = "ERROR" if number % 8 == 3 else "WARN" if number % 5 == 0 else "INFO"
        what = ("timeout of db1", "no space left", "timeout of db2")[number % 3] if level == "ERROR" else "request served"
        yield f"2026-11-{1 + number // 10:02} 10:{number:02}:00 {level} {what}\n"


def _access_lines() -> Iterator[str]:
    for number in range(30):
        address = "10.0.0.7" if number % 2 else f"10.0.1.{number % 6}"
        status = 404 if number % 7 == 0 else 500 if number % 11 == 5 else 200
        yield f'{address} - - [01/Nov/2026:10:00:{number:02} +0000] "GET /page{number % 4} HTTP/1.1" {status} {100 + number}\n'


def _auth_lines() -> Iterator[str]:
    for number in range(20):
        name = ("root", "admin", "ada", "guest")[number % 4]
        result = "Accepted" if name == "ada" else "Failed"
        yield f"Nov  1 10:00:{number:02} host sshd[{100 + number}]: {result} password for {name} from 203.0.113.{number % 3}\n"
