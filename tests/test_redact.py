"""Secrets leave a text before it is kept; innocent lines stay as they are."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from aishell import cli
from aishell.config.paths import shipped
from aishell.core.errors import ConfigError
from aishell.memory.redact import Redactor
from aishell.memory.words import simple_commands
from bench.redact import PLANTED, plant


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return Redactor.from_file(shipped("redact.toml"), {"MY_TOKEN": "hunter2hunter2", "SECRET": "short", "API_KEY": "/usr/bin"})


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_secret_is_taken_out_and_nothing_else(redactor: Redactor, kind: str) -> None:
    chance = random.Random(kind)
    for template in PLANTED[kind] * 5:
        line, secrets = plant(chance, template)
        redacted = redactor.redact(line)
        assert redacted.found, line
        assert not any(secret in redacted.text for secret in secrets), (line, redacted.text)
        first = template.split("{")[0].split()[0].split("=")[0]
        assert redacted.text.startswith(first[:4]), redacted.text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("curl -u bob:s3cret9 host", "curl -u bob:[redacted: secret argument] host"),
        ("curl --user='bob:s3 cret' host", "curl --user='bob:[redacted: secret argument]' host"),
        ("smbclient -U bob%pw12 //h/s", "smbclient -U bob%[redacted: secret argument] //h/s"),
        ("htpasswd -b file bob pw12", "htpasswd -b file bob [redacted: secret argument]"),
        ("chpasswd <<EOF\nbob:pw12\nEOF\necho ok", "chpasswd <<EOF\n[redacted: secret argument]\nEOF\necho ok"),
        ("git clone https://me:pw12@host/x", "git clone https://me:[redacted: password in an address]@host/x"),
        ("echo hunter2hunter2!", "echo [redacted: value of a secret variable]!"),
        ('{"password": "hunter22"}', '{"password": [redacted: secret value]}'),
    ],
)
def test_only_the_secret_itself_is_replaced(redactor: Redactor, text: str, left: str) -> None:
    assert redactor.redact(text).text == left


@pytest.mark.parametrize(
    "text",
    [
        "mysql -u root -p db",
        "curl -u bob host",
        "curl -u $USER:$PASS host",
        "export API_TOKEN=$(pass show x)",
        "PWD=/tmp/x ls",
        "docker run -p 8080:80 image",
        "docker login --password-stdin < file",
        "ps aux | grep token",
        "tool --password <password>",
        "tool --token-file /run/token --password-stdin",
        "curl -H 'Authorization: Bearer $TOKEN' host",
        "sudo -S ls",
        "echo hello | sudo tee file",
        "passwd bob",
        "git log --author=token --oneline",
        "ssh -p 22 host; psql -p 5432",
        "git@github.com:x/y.git http://host:80/path@2x.png",
        "grep -i password: file",
        "echo short /usr/bin",
        "openssl req -new -key key.pem -out csr.pem",
        "the password is required; 密码是什么",
        "say that the token is gone and the key is lost",
        "sha256sum e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ],
)
def test_innocent_lines_are_left_alone(redactor: Redactor, text: str) -> None:
    assert redactor.redact(text).text == text


def test_places_of_words_are_exact_whatever_the_text() -> None:
    chance = random.Random(3)
    alphabet = "ab -'\"\\|;<>&$\n()="
    for _ in range(5_000):
        text = "".join(chance.choice(alphabet) for _ in range(chance.randrange(40)))
        for word in (word for words in simple_commands(text) for word in words):
            assert text[word.start : word.end] == word.raw


@pytest.mark.parametrize(
    "unit",
    [
        "'",
        '"',
        '\\"',
        "mysql ",
        "curl -u a:",
        "token=",
        "password is ",
        "--password ",
        "eyJaaaaaaaa.",
        "a://b:",
        "<<A\n",
        "-----BEGIN PRIVATE KEY-----",
    ],
)
@pytest.mark.timeout(30)
def test_hostile_text_does_not_take_for_ever(redactor: Redactor, unit: str) -> None:
    redactor.redact(unit * (200_000 // len(unit)))  # in seconds; a quadratic search would take minutes and hit the time limit


def test_a_crash_report_has_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert cli._own_fault(ValueError("mysql --password=hunter22\x1b[2J")) == 70
    report = (tmp_path / "aishell" / "crash.log").read_text()
    assert "--password=[redacted: secret option]" in report
    assert "hunter22" not in report


def test_wrong_rules_are_told(tmp_path: Path) -> None:
    (tmp_path / "redact.toml").write_text("token = 3\n")
    with pytest.raises(ConfigError, match="cannot be used"):
        Redactor.from_file(tmp_path / "redact.toml", {})
