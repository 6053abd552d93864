"""What a scenario needs of a machine for a while: somebody with a password, and a server to log in to."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    name: str
    password: str

    @property
    def be(self) -> str:
        """What to put before a command line that this person is to run."""
        return f"runuser -u {self.name} --"


@contextmanager
def account() -> Iterator[Account]:
    """A user of this machine who may run `id` with sudo; gone afterwards. Needs root, useradd and sudo."""
    made = Account(name=f"outer{os.getpid()}", password=secrets.token_hex(8))
    rules = Path("/etc/sudoers.d", made.name)
    try:
        subprocess.run(["useradd", "--create-home", "--shell", "/bin/bash", made.name], check=True)
        subprocess.run(["chpasswd"], input=f"{made.name}:{made.password}", text=True, check=True)
        rules.write_text(f"{made.name} ALL=(ALL) /usr/bin/id\n")
        rules.chmod(0o440)
        yield made
    finally:
        rules.unlink(missing_ok=True)
        subprocess.run(["userdel", "--remove", made.name], check=False, capture_output=True)


def can_make_accounts() -> bool:
    return os.getuid() == 0 and all(map(shutil.which, ("useradd", "chpasswd", "sudo", "su", "passwd", "runuser")))


SSHD = "/usr/sbin/sshd"


@contextmanager
def ssh_server(folder: Path, port: int = 2299) -> Iterator[str]:
    """An sshd of its own on this machine; gives the words that log in there. Needs root, for a terminal there."""
    folder.mkdir()
    for key in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / key)], check=True)
    shutil.copy(folder / "user.pub", folder / "authorized")
    Path("/run/sshd").mkdir(exist_ok=True)
    settings = {
        "Port": str(port), "ListenAddress": "127.0.0.1", "HostKey": str(folder / "host"), "StrictModes": "no",
        "PidFile": "none", "AuthorizedKeysFile": str(folder / "authorized"), "PermitRootLogin": "yes", "UsePAM": "no",
    }  # fmt: skip
    (folder / "config").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    server = subprocess.Popen([SSHD, "-D", "-e", "-f", str(folder / "config")], stderr=subprocess.DEVNULL)
    try:
        time.sleep(0.5)
        options = f"-p {port} -i {folder}/user -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
        yield f"ssh {options} 127.0.0.1"
    finally:
        server.terminate()
        server.wait()
