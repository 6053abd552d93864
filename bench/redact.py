#!/usr/bin/env python3
"""Secrets found and innocent lines left alone: planted secrets of many kinds, and command lines from this machine.

Ordinary lines come from what is here: commands labelled harmless in ../shared/corpora, shell scripts under /usr, and examples
of manual pages. Each line that is changed counts against us, also when it holds a password in plain sight (`-u user:password`).
"""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import string
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aishell.config.paths import shipped
from aishell.memory.redact import Redactor
from bench.common import machine, options, report

_CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpora" / "commands.jsonl"
_WORD = string.ascii_letters + string.digits
_HEX = "0123456789abcdef"
_MOST = 5_000

PLANTED: dict[str, tuple[str, ...]] = {
    # {a20}: twenty letters and digits, {h32}: 32 hexadecimal digits, {u16}: capitals and 2-7, {p}: a password
    "GitHub": ("git clone https://ghp_{a36}@github.com/x/y", "export GH=github_pat_{a60}", "echo gho_{a36} | gh auth login"),
    "GitLab": ("curl --header 'X: glpat-{a20}' host", "git push https://oauth2:glpat-{a20}@gitlab.com/x"),
    "AWS": ("aws configure set aws_secret_access_key {a40}", "AWS_SECRET_ACCESS_KEY={a40} aws s3 ls", "echo AKIA{u16}"),
    "Slack": ("slack -t xoxb-{d12}-{a24}", "curl https://hooks.slack.com/services/T{u8}/B{u8}/{a24}"),
    "Stripe": ("stripe login --key sk_live_{a24}", "curl https://api.stripe.com -d x -u rk_test_{a24}:"),
    "Google": ("curl 'https://maps.googleapis.com/x?key=AIza{a35}'", "echo GOCSPX-{a28}"),
    "model API": ("export K=sk-proj-{a48}", "ask --with sk-ant-api03-{a48}", "llm keys set openai sk-{a48}"),
    "Hugging Face": ("hf auth login hf_{l34}", "git clone https://user:hf_{l34}@huggingface.co/x"),
    "npm": ("npm config set //registry.example/:_authToken npm_{a36}", "echo '//r/:_authToken={a36}' > .npmrc"),
    "PyPI": ("twine upload -u __token__ -p pypi-AgEIcHlwaS5vcmc{a60}",),
    "JWT": ("curl -H 'Cookie: s=eyJ{a20}.eyJ{a40}.{a43}' host", "echo eyJ{a20}.eyJ{a40}.{a43}"),
    "private key": ("echo '-----BEGIN OPENSSH PRIVATE KEY-----\n{a64}\n{a64}\n-----END OPENSSH PRIVATE KEY-----' > k",),
    "SendGrid": ("curl -d SG.{a22}.{a43} host",),
    "DigitalOcean": ("doctl auth init -t dop_v1_{h64}",),
    "Shopify": ("shopify --x shpat_{h32}",),
    "Telegram": ("curl https://api.telegram.org/bot{d9}:AA{a33}/getMe",),
    "Azure": ("az storage x --conn 'AccountName=a;AccountKey={a86}=='",),
    "HashiCorp": ("vault login hvs.{a40}", "echo {a14}.atlasv1.{a64}"),
    "password in an address": (
        "psql postgres://bob:{p}@db/x",
        "curl -x http://me:{p}@proxy:3128 host",
        "mongosh 'mongodb://u:{p}@h/d'",
    ),
    "header": (
        "curl -H 'Authorization: Bearer {a32}' host",
        "curl -H 'X-Api-Key: {a32}' host",
        'http host "PRIVATE-TOKEN: {a20}"',
    ),
    "long option": (
        "mysql --password={p} db",
        "tool --api-key {a24} run",
        "x --client-secret='{p}'",
        "restic --auth-token={a20}",
    ),
    "variable": ("export API_TOKEN={a20}", "DB_PASSWORD='{p}' ./run", "PGPASSWORD={p} psql", "set -x OPENAI_API_KEY={a20}"),
    "curl -u": ("curl -u bob:{p} host", "curl -sS --user 'bob:{p}' host", "sudo curl -ubob:{p} host"),
    "mysql -p": (
        "mysql -uroot -p{p} db",
        "mysqldump -p'{p}' --all-databases",
        "bash -c 'mysql -p{p} db'",
        'ssh h "mysql -p{p}"',
    ),
    "password argument": (
        "sshpass -p {p} ssh host",
        "redis-cli -h r -a {p} ping",
        "docker login -u me -p {p} reg",
        "zip -P {p} a.zip b",
        "openssl enc -aes256 -k {p} -in f",
    ),
    "here-string": (
        "sudo -S ls <<< {p}",
        "chpasswd <<< 'bob:{p}'",
        'cryptsetup open d n <<<"{p}"',
        "sudo passwd --stdin b <<< {p}",
    ),
    "echo into a program": (
        "echo {p} | sudo -S apt update",
        "printf '%s' {p} | docker login --password-stdin",
        "echo 'b:{p}' | chpasswd",
    ),
    "sentence": ("the wifi password is {a20}1", "密码是 {a12}7", "run it, the API key: {a24}9"),
    "settings file": ("password: {p}", '"client_secret": "{a24}",', "db.password = '{p}'", "smtp_token = {a20}"),
}


def plant(chance: random.Random, template: str) -> tuple[str, list[str]]:
    """A line with secrets in it, and those secrets."""
    secrets: list[str] = []

    def fill(match: re.Match[str]) -> str:
        kind, size = match[1], int(match[2] or chance.randrange(8, 16))
        letters = {"a": _WORD, "h": _HEX, "d": string.digits[1:], "l": string.ascii_letters, "p": _WORD + "+-_.!^~,"}
        alphabet = letters.get(kind, string.ascii_uppercase + "234567")
        secret = chance.choice(string.ascii_letters if kind == "p" else alphabet)
        secret += "".join(chance.choice(alphabet) for _ in range(size - 1))
        secrets.append(secret)
        return secret

    return re.sub(r"\{([ahdlup])(\d*)\}", fill, template), [secret for secret in secrets if len(secret) >= 8]


def ordinary(most: int) -> list[str]:
    """Command lines from this machine, in an order of no meaning, without repetitions."""
    lines = sorted({line for line in (*labelled(), *_scripts(), *_manuals()) if 3 < len(line) < 400})
    random.Random(1).shuffle(lines)
    return lines[:most]


def labelled() -> Iterator[str]:
    for row in _CORPUS.read_text().splitlines() if _CORPUS.exists() else ():
        entry = json.loads(row)
        if entry["expected"] == "allow":
            yield entry["command"]


def _scripts() -> Iterator[str]:
    for folder in ("/usr/bin", "/usr/sbin", "/etc/init.d", "/usr/share/bash-completion/completions", "/usr/lib/git-core"):
        for file in sorted(Path(folder).glob("*")):
            if file.is_file() and os.access(file, os.R_OK) and file.stat().st_size < 200_000:
                data = file.read_bytes()
                if data.startswith((b"#!/bin/sh", b"#!/bin/bash", b"#!/usr/bin/env bash", b"# ")):
                    yield from (
                        line.strip() for line in data.decode("utf-8", "replace").splitlines() if line.strip()[:1] != "#"
                    )


def _manuals() -> Iterator[str]:
    for file in sorted(Path("/usr/share/man/man1").glob("*.gz")):
        for line in gzip.decompress(file.read_bytes()).decode("utf-8", "replace").splitlines():
            if match := re.match(r"(?:\\fB|\.B )?\$ (.+)", line):
                yield re.sub(r"\\f.|\\", "", match[1])


def main() -> int:
    arguments = options(__doc__ or "").parse_args()
    redactor = Redactor.from_file(shipped("redact.toml"), {})
    chance = random.Random(7)
    missed: list[str] = []
    planted = 0
    for kind, templates in PLANTED.items():
        for template in templates * (5 if arguments.quick else 50):
            line, secrets = plant(chance, template)
            planted += 1
            missed += [f"{kind}: {line}" for secret in secrets if secret in redactor.redact(line).text]
    lines = ordinary(_MOST)
    times, changed = _innocent(redactor, lines)
    result: dict[str, Any] = {
        "machine": machine(),
        "kinds": len(PLANTED),
        "planted": planted,
        "missed": len(missed),
        "missed_examples": missed[:10],
        "ordinary_lines": len(lines),
        "changed": len(changed),
        "changed_percent": round(100 * len(changed) / max(1, len(lines)), 2),
        "changed_examples": changed[:20],
        "ms_a_line": {"mean": round(sum(times) / len(times), 3), "p99": round(sorted(times)[int(0.99 * len(times))], 3)},
    }
    report(result, as_json=arguments.json)
    return 1 if missed else 0


def _innocent(redactor: Redactor, lines: list[str]) -> tuple[list[float], list[str]]:
    """Milliseconds for each line, and the lines that were changed."""
    times: list[float] = []
    changed: list[str] = []
    for line in lines:
        began = time.perf_counter()
        redacted = redactor.redact(line)
        times.append(1000 * (time.perf_counter() - began))
        if redacted.found:
            changed.append(redacted.text)
    return times, changed


if __name__ == "__main__":
    sys.exit(main())
