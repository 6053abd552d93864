"""Who an export is from: signatures that OpenSSH makes and checks, with the keys that people have already.

A signature lies beside its file, as `NAME.sig`. Who may sign stands in a file of the person's own, a line each as OpenSSH has
it in ALLOWED SIGNERS of ssh-keygen(1): `ann@example.org ssh-ed25519 AAAA...`.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from aishell.core.errors import AishellError, Untrusted, UsageError
from aishell.core.text import one_line

_PURPOSE = "aishell-memory"
"""What the signature is for, so that one made for mail or git is not good for this."""


def signature_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.sig")


def sign(file: Path, key: Path) -> Path:
    """The signature, beside the file. ssh-keygen asks for the key's passphrase. Raises UsageError, AishellError."""
    if not key.is_file():
        raise UsageError(f"There is no key {key}.", hint="For example: --sign ~/.ssh/id_ed25519")
    made = signature_of(file)
    made.unlink(missing_ok=True)  # else ssh-keygen asks whether to overwrite it
    done = _ssh_keygen(["-Y", "sign", "-q", "-f", str(key), "-n", _PURPOSE, str(file)])
    if done.returncode or not made.is_file():
        raise AishellError(f"{file} could not be signed: {_said(done)}.")
    return made


def signer(file: Path, signature: Path, signers: Path, name: str) -> str:
    """Who of `signers` signed exactly these bytes, which a person knows as `name`. Raises Untrusted."""
    if not signature.is_file():
        raise Untrusted(f"{signature} is not there, so nobody says who {name} is from.")
    if not signers.is_file():
        raise Untrusted(f"{name} is signed, and there is no list of whom you trust.", hint=_how(signers))
    found = _ssh_keygen(["-Y", "find-principals", "-s", str(signature), "-f", str(signers)])
    who = found.stdout.decode("utf-8", "replace").split("\n")[0].strip()
    if found.returncode or not who:
        raise Untrusted(f"{name} is signed by nobody you trust.", hint=_how(signers))
    with file.open("rb") as signed:
        check = ["-Y", "verify", "-f", str(signers), "-I", who, "-n", _PURPOSE, "-s", str(signature)]
        if _ssh_keygen(check, signed.fileno()).returncode:
            raise Untrusted(f"{name} is not what {one_line(who, 80)} signed: it was changed, or something else was signed.")
    return one_line(who, 80)


def _how(signers: Path) -> str:
    return f"In {signers}: a line with their name and public key, such as `ann@example.org ssh-ed25519 AAAA...`."


def _ssh_keygen(arguments: Sequence[str], given: int = subprocess.DEVNULL) -> subprocess.CompletedProcess[bytes]:
    program = shutil.which("ssh-keygen")
    if not program:
        raise AishellError("Signatures need ssh-keygen, which is not installed.", hint="The package openssh-client has it.")
    return subprocess.run([program, *arguments], stdin=given, capture_output=True, check=False)


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return one_line(lines[-1], 160).rstrip(".") if lines else f"ssh-keygen ended with status {done.returncode}"
