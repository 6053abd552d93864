#!/usr/bin/env python3
"""`docker run` for the two images of nl2bash-eabench, without docker: bubblewrap in a fresh overlay over a Debian root.

    python -m bench.container --roots FOLDER --place EMPTY_FOLDER [--ask FILE] run [OPTION]... IMAGE [COMMAND]...

Understands what the benchmark's own scripts say to docker. With --ask, the command of that file runs in place of the test,
after what the test itself prepares. Needs root. What is written inside is gone afterwards, save in the volumes; there is no
network.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_SECONDS = 90
"""A limit of ours for those tests that have none of their own."""
_CAPABILITIES = "CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID SETPCAP SETFCAP NET_BIND_SERVICE NET_RAW AUDIT_WRITE"
"""What docker gives, without making devices and changing roots: this is the machine's own root user."""
_LIMITS = ("prlimit", f"--fsize={256 << 20}", f"--as={8 << 30}", "--core=0")
_OVERLAY = """set -e
mount -t tmpfs -o size=1g,mode=755 tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/merged"
mount -t overlay overlay -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work" "$1/merged"
shift 2
exec "$@"
"""
"""Runs in a mount namespace of its own, so that its end takes the mounts and the memory with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """Debian in place of what the benchmark's Dockerfile builds on."""

    packages: str
    """The programs of the Dockerfile, and of the image that it starts from."""
    finish: str
    """Shell code that is run in the new root."""
    environment: dict[str, str]
    folder: str
    command: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    """What the Dockerfile copies into the image, beside the caller's folder."""
    prepare: str
    """Shell code that does what the test's own script does before the script under test, takes the answers out of sight, and
    ends with the command in its arguments."""

    def root(self, roots: Path) -> Path:
        """Where it is, or is to be: another recipe is another folder."""
        recipe = hashlib.sha256((self.packages + self.finish + _COMMON).encode()).hexdigest()
        return roots / f"root-{recipe[:12]}"

    def build(self, roots: Path) -> None:
        """Make its root file system, unless it is there, from the Debian mirror of this machine's apt: a minute, 300 MB."""
        root = self.root(roots)
        if root.exists():
            return
        print(f"making {root}", file=sys.stderr)
        half = tempfile.mkdtemp(dir=roots)
        alone = ("unshare", "--mount", "--propagation", "private")  # debootstrap leaves /proc mounted when it is cut off
        wanted = ",".join(self.packages.split())
        debootstrap = ("debootstrap", "--variant=minbase", f"--include={wanted}", "bookworm", half, _mirror())
        subprocess.run([*alone, *debootstrap], stdout=subprocess.DEVNULL, check=True)
        clean = {"PATH": _PATH}
        subprocess.run(["chroot", half, "bash", "-ec", _COMMON + self.finish], env=clean, check=True)
        os.chmod(half, 0o755)
        os.rename(half, root)


def _mirror() -> str:
    targets = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(COMPONENT) $(RELEASE)", "Created-By: Packages"]
    lines = subprocess.run(targets, capture_output=True, text=True, check=True).stdout.splitlines()
    return next(line.split()[0] for line in lines if line.split()[1] == "main" and "-" not in line.split()[2])


_COMMON = """
printf '127.0.0.1\\tlocalhost\\n127.0.1.1\\tbench\\n' > /etc/hosts
: > /etc/resolv.conf
"""
_RED_HAT = """
ln -s rename.ul /usr/bin/rename
ln -s dnf-3 /usr/bin/yum
ln -sf bash /bin/sh
ln -sf useradd /usr/sbin/adduser
groupadd -r wheel
echo 'CREATE_HOME yes' >> /etc/login.defs
printf 'GROUP=100\\nHOME=/home\\nSHELL=/bin/bash\\nSKEL=/etc/skel\\nCREATE_MAIL_SPOOL=yes\\n' > /etc/default/useradd
sed -i /use_pty/d /etc/sudoers
echo 'test ALL=(ALL) NOPASSWD:ALL' >> /etc/sudoers
useradd -M -u 2000 test
"""
"""The image is Red Hat's, which Debian's packages cannot make: its names for programs, its defaults, the Dockerfile's lines."""
_SYSTEM = Image(
    packages="sudo procps hostname vim-common xxd file bc gawk curl less dnf rpm systemd",
    finish=_RED_HAT,
    environment={},
    folder="/home/test",
    prepare="rm -f bash.sh; trap 'exec \"$@\"' EXIT; . ./pre_test.sh >/dev/null 2>&1 </dev/null",
)
_PYTHON = Image(
    packages="ca-certificates curl gnupg netbase wget git openssh-client procps bzip2 file make patch unzip xz-utils "
    "python-is-python3",
    finish="mkdir /app\n",
    environment={"LANG": "C.UTF-8"},
    folder="/app",
    command=("bash", "run.sh"),
    volumes=("bash_1/containers/run.sh:/app/run.sh:ro",),
    prepare="cp code/* .; bash prerequisite.sh >/dev/null 2>&1 </dev/null; "
    'rm -f {.,code}/{*.sh,test.py,name,prompt} 2>/dev/null; exec "$@"',
)
IMAGES = {"eabench_bash1": _PYTHON, "eabench_bash2": _SYSTEM, "eabench_bash3": _SYSTEM}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A program of this machine that runs inside in place of the test."""

    command: tuple[str, ...]
    read_only: tuple[str, ...] = ()
    """Folders of this machine, shown at the same place inside."""
    writable: tuple[str, ...] = ()
    fresh: tuple[str, ...] = ()
    """Folders that are empty at the start and gone at the end; made where they are not."""
    environment: dict[str, str] = field(default_factory=dict)
    seconds: int = 75

    def save(self, file: Path) -> None:
        file.write_text(json.dumps(asdict(self)))

    @classmethod
    def load(cls, file: Path) -> Self:
        return cls(**json.loads(file.read_text()))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--roots", type=Path, required=True)
    parser.add_argument("--place", type=Path, required=True)
    parser.add_argument("--ask", type=Path)
    run = parser.add_subparsers(required=True).add_parser("run")
    run.add_argument("--rm", action="store_true")
    run.add_argument("--workdir")
    run.add_argument("-v", "--volume", action="append", default=[])
    run.add_argument("--network", help="never given")
    run.add_argument("image", choices=IMAGES)
    run.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    image = IMAGES[arguments.image]
    ask = Ask.load(arguments.ask) if arguments.ask else Ask(command=(), seconds=_SECONDS)
    command = arguments.command or image.command
    if ask.command:
        command = ("bash", "-c", image.prepare, "bash", *ask.command)
    box = _box(arguments.place / "merged", image, [*image.volumes, *arguments.volume], ask, arguments.workdir or image.folder)
    overlay = ("sh", "-c", _OVERLAY, "sh", str(arguments.place), str(image.root(arguments.roots)))
    # Some tests keep all cores busy for the script to see, and the engine has to think beside them.
    polite = ("nice",) if ask.command else ()
    limits = (*polite, "timeout", "--signal=KILL", str(ask.seconds), *_LIMITS)
    alone = ("unshare", "--mount", "--propagation", "private")
    code = subprocess.call([*alone, *overlay, *limits, *box, "--", *command], stdin=subprocess.DEVNULL)
    os.closerange(1, 256)  # bash leaves the pipes open at other numbers, too
    _let_readers_end()
    return code if code >= 0 else 128 - code


def _let_readers_end() -> None:
    """Wait for the benchmark's own readers of our output, which bash made our children before it became us.

    Its docker.sh reads what they write as soon as docker has ended. Docker is slow to end, so that it hardly shows there; here
    the last lines were missing from one log in twenty.
    """
    with suppress(ChildProcessError):
        while True:
            os.wait()


def _box(merged: Path, image: Image, volumes: list[str], ask: Ask, folder: str) -> list[str]:
    """bubblewrap and its options. Its first process is the command, as docker's is."""
    box = ["bwrap", "--bind", str(merged), "/", "--proc", "/proc", "--dev", "/dev", "--ro-bind", "/sys", "/sys"]
    box += ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-net", "--as-pid-1", "--new-session"]
    box += ["--die-with-parent", "--hostname", "bench", "--clearenv", "--cap-drop", "ALL"]
    for name in _CAPABILITIES.split():
        box += ["--cap-add", f"CAP_{name}"]
    for volume in volumes:
        source, target, *how = volume.split(":")
        box += ["--ro-bind" if "ro" in how else "--bind", str(Path(source).resolve()), target]
    for path in ask.read_only:
        box += ["--ro-bind", path, path]
    for path in ask.writable:
        box += ["--bind", path, path]
    for path in ask.fresh:
        box += ["--tmpfs", path]
    environment = {"PATH": _PATH, "HOME": "/root", "HOSTNAME": "bench", **image.environment, **ask.environment}
    for name, value in environment.items():
        box += ["--setenv", name, value]
    return [*box, "--chdir", folder]


if __name__ == "__main__":
    sys.exit(main())
