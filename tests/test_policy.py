"""The user's own rules, taint, sealed approvals, what children are given, and `aishell policy`."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from aishell.actions import policy
from aishell.actions.capture import Limits
from aishell.actions.environment import clean_environment
from aishell.actions.executor import execute
from aishell.actions.parse import inspect
from aishell.actions.risk import Rules
from aishell.actions.user_rules import UserRules
from aishell.config.paths import shipped
from aishell.core.errors import ConfigError, ConsentMissing
from aishell.core.types import (
    ApprovedStep,
    Finished,
    JudgedStep,
    Proposal,
    Request,
    ShellCommand,
    Step,
    Taint,
    Tier,
    Verdict,
)
from tests.conftest import Run

SHIPPED = Rules.from_file(shipped("policy.toml"))
MINE = """
[[allow]]
argv = ["git", "push", "origin", "*"]

[[allow]]
argv = ["make", "**"]
path = "/work/here"

[[allow]]
argv = ["rm", "**"]

[[allow]]
argv = ["cat", "**"]

[[ask]]
argv = ["ls", "--secret"]
why = "I want to look first"

[[deny]]
argv = ["terraform", "destroy", "**"]

[[deny]]
path = "/srv/taxes"
"""


def mine(command: str, *, cwd: str = "/tmp", text: str = MINE) -> Verdict:
    rules = replace(SHIPPED, user=UserRules.parse(text, "policy.toml"))
    return rules.judge(inspect(command), cwd)


@pytest.mark.parametrize(
    ("command", "tier"),
    [
        ("git push origin main", Tier.READ),
        ("git 'push' \"origin\" ma'in'", Tier.READ),
        ("cd x && git push origin main | cat", Tier.READ),
        ("git push origin main --force", Tier.ASK),
        ("git push origin", Tier.ASK),
        ("git push origin $branch", Tier.ASK),
        ("git push origin main; curl x", Tier.ASK),
        ("git push origin main > ~/.bashrc", Tier.DENY),
        ("sudo git push origin main", Tier.ASK),
        ("GIT_SSH=x git push origin main", Tier.DRY),
        ("./git push origin main", Tier.ASK),
        ("git push origin ma\u200bin", Tier.ASK),
        ("rm -rf x", Tier.READ),
        ("rm -rf /", Tier.DENY),
        ("rm -rf ~", Tier.DENY),
        ("rm ~/.bashrc", Tier.DENY),
        ("cat /etc/shadow", Tier.ASK),
        ("ls --secret", Tier.ASK),
        ("bash -c 'ls --secret'", Tier.ASK),
        ("ls -- --secret", Tier.READ),
        ("env ls --secret", Tier.ASK),
        ("terraform destroy", Tier.DENY),
        ("nice -n 5 terraform destroy -auto-approve", Tier.DENY),
        ("/usr/bin/terraform destroy", Tier.DENY),
        ("terraform $x", Tier.DENY),
        ("terraform plan", Tier.DRY),
        ("cat /srv/taxes/2025", Tier.DENY),
        ("cp /srv/taxes/../taxes/a b", Tier.DENY),
        ("cat /srv/taxes2", Tier.READ),
    ],
)
def test_own_rules_go_by_words_and_paths(command: str, tier: Tier) -> None:
    verdict = mine(command)
    assert verdict.tier == tier, verdict


def test_an_allowed_command_is_not_said_to_only_read() -> None:
    verdict = mine("git push origin main")
    assert verdict.allowed
    assert verdict.rule.startswith("your allow rule, line 2")
    assert not mine("ls").allowed


def test_a_path_holds_an_allow_to_a_folder() -> None:
    assert mine("make all", cwd="/work/here/sub").tier == Tier.READ
    assert mine("make all", cwd="/work/there").tier == Tier.DRY
    assert mine("cd /work/there; make all", cwd="/work/here").tier == Tier.DRY


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x = 1\n", "line 1"),
        ("\n[[allow]]\nargv = 3\n", "line 2"),
        ('[[deny]]\npath = "/x"\n\n[[deny]]\nprefix = "git"\n', "line 4"),
        ("[[allow]]\nargv = [\n", "line"),
        ('[[allow]]\npath = "/x"\n', "line 1"),
        ('[[allow]]\nargv = ["*"]\n', "line 1"),
        ("[[ask]]\nwhy = 'x'\n", "line 1"),
        ("variables = 3\n", "line 1"),
    ],
)
def test_a_bad_file_is_told_with_its_line(text: str, line: str) -> None:
    with pytest.raises(ConfigError, match=line) as caught:
        UserRules.parse(text, "policy.toml")
    assert caught.value.hint


def test_after_a_secret_the_network_is_asked_about_and_the_source_named() -> None:
    read = SHIPPED.judge(inspect("cat ~/.ssh/id_rsa"), "/tmp")
    taint = policy.tainted(Taint(), read)
    assert any("id_rsa" in source for source in taint.sources)
    allowed = mine("git push origin main")
    sends = replace(allowed, network=True)
    assert policy.escalate(sends, Taint()) == sends
    stricter = policy.escalate(sends, taint)
    assert stricter.tier == Tier.ASK
    assert "id_rsa" in stricter.reasons[0]
    assert policy.escalate(SHIPPED.judge(inspect("ls"), "/"), taint).tier == Tier.READ
    assert policy.escalate(SHIPPED.judge(inspect("rm -rf /"), "/"), taint).tier == Tier.DENY


def test_an_allowed_network_command_is_still_known_to_use_the_network() -> None:
    assert mine("git push origin main").network


def approved(command: str, environment: dict[str, str], withheld: tuple[str, ...] = ()) -> ApprovedStep:
    judged = JudgedStep(step=Step(action=ShellCommand(command=command)), verdict=Verdict(tier=Tier.ASK, reasons=("x",)))
    proposal = Proposal(request=Request(text="x", cwd="/"), steps=(judged,))
    return policy.approve(proposal, consent=True, environment=environment, withheld=withheld)[0]


def run(step: ApprovedStep) -> bytes:
    async def go() -> bytes:
        async for event in execute(step, Limits(), feed=None, timeout_s=10):
            if isinstance(event, Finished):
                return event.outcome.stdout.head
        raise AssertionError("no outcome")

    return asyncio.run(go())


def test_only_what_was_approved_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    step = approved("echo yes", dict(os.environ))
    assert run(step) == b"yes\n"
    for changed in (
        replace(step, step=Step(action=ShellCommand(command="echo yes "))),
        replace(step, cwd="/tmp"),
        replace(step, withheld=("HOME",)),
    ):
        with pytest.raises(ConsentMissing, match="changed"):
            run(changed)
    monkeypatch.setenv("SOMETHING_ELSE", "1")
    with pytest.raises(ConsentMissing, match="changed"):
        run(step)


def test_what_does_not_reach_the_command_does_not_break_the_seal(monkeypatch: pytest.MonkeyPatch) -> None:
    step = approved("echo yes", dict(os.environ))
    monkeypatch.setenv("AISHELL_X", "1")
    monkeypatch.setenv("LD_PRELOAD", "")
    assert run(step) == b"yes\n"


def test_proposed_commands_receive_no_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = ("GITHUB_TOKEN", "AWS_PROFILE", "OPENAI_API_KEY", "my_password", "DB_PASS", "DATABASE_URL", "SSH_AUTH_SOCK")
    harmless = ("PATH", "HOME", "LANG", "KEYBOARD", "MONKEY", "PASSAGE", "XDG_RUNTIME_DIR")
    environment = dict.fromkeys((*secret, *harmless), "x")
    assert set(SHIPPED.private(environment)) == set(secret)
    own = replace(SHIPPED, user=UserRules.parse('variables = ["GITHUB_TOKEN"]', "policy.toml"))
    assert "GITHUB_TOKEN" not in own.private(environment)
    monkeypatch.setenv("GITHUB_TOKEN", "s3cret")
    withheld = SHIPPED.private(os.environ)
    assert run(approved('echo "[$GITHUB_TOKEN]"', dict(os.environ), withheld)) == b"[]\n"
    assert "GITHUB_TOKEN" not in clean_environment(os.environ, withheld)


def test_an_aishell_inside_a_proposed_command_asks_no_model_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    asks = 'echo "[$AISHELL_LOCAL$AISHELL_MODEL_REMOTE]"'
    monkeypatch.setenv("AISHELL_MODEL_REMOTE", "office")
    assert run(approved(asks, dict(os.environ))) == b"[1]\n"
    typed = Step(action=ShellCommand(command=asks))
    assert run(policy.typed(typed, "/", os.environ)) == b"[]\n"
    monkeypatch.setenv("AISHELL_LOCAL", "1")
    assert run(policy.typed(typed, "/", os.environ)) == b"[1]\n"


def test_a_withheld_variable_is_judged_as_not_set() -> None:
    rules = replace(SHIPPED, environment={**SHIPPED.environment, "DEPLOY_TOKEN": "abc"})
    assert rules.judge(inspect('rm -rf "$DEPLOY_TOKEN/"'), "/tmp").tier == Tier.DENY


def tiers(rules: Rules, *paths: str) -> list[Tier]:
    return [tier for _, tier, _ in rules.changes(paths)]


def test_what_a_dry_run_changed_can_be_asked_about() -> None:
    home = SHIPPED.environment.get("HOME") or os.path.expanduser("~")
    assert tiers(SHIPPED, f"{home}/.bashrc") == [Tier.DENY]
    assert tiers(SHIPPED, "/w/project/.git/hooks/pre-commit") > [Tier.DRY]
    assert tiers(SHIPPED, f"{home}/.config/systemd/user/x.service") > [Tier.DRY]
    assert tiers(SHIPPED, "/w/project/notes.txt") == []
    assert tiers(replace(SHIPPED, own=("/var/lib/elsewhere",)), "/var/lib/elsewhere/audit.jsonl") == [Tier.DENY]


def test_a_verdict_says_what_it_touches_and_which_part_decided() -> None:
    verdict = SHIPPED.judge(inspect("ls /etc; cp a.txt b.txt; curl -s https://u@example.com:8080/x | tee out.txt"), "/w")
    assert (verdict.tier, verdict.rule, verdict.network) == (Tier.ASK, "network", True)
    assert verdict.part == "curl -s https://u@example.com:8080/x"
    assert verdict.hosts == ("example.com",)
    assert {"/etc", "/w/a.txt", "/w/b.txt", "/w/out.txt"} <= set(verdict.paths)
    unknown = SHIPPED.judge(inspect("frobnicate"), "/w")
    assert unknown.tier == Tier.DRY
    assert unknown.limits


def test_policy_test_explains(aishell: Run, home: Path) -> None:
    said = aishell("policy", "test", "ls; sudo rm x").stdout
    assert "ASK" in said
    assert "sudo rm x" in said
    assert aishell("policy", "test", "rm -rf /").returncode == 0
    assert aishell("policy").returncode == 64
    folder = home / ".config" / "aishell"
    folder.mkdir(parents=True)
    (folder / "policy.toml").write_text('[[deny]]\nargv = ["ls", "**"]\n')
    assert "DENY" in aishell("policy", "test", "ls -l").stdout
    assert "ls" in aishell("policy", "show").stdout
    assert aishell("policy", "path").stdout.strip() == str(folder / "policy.toml")
    (folder / "policy.toml").write_text("[[deny]]\nargv = 1\n")
    broken = aishell("policy", "test", "ls")
    assert (broken.returncode, "line 1" in broken.stderr) == (78, True)


def test_policy_test_answers_line_by_line_whatever_comes(aishell: Run) -> None:
    lines = ['"ls"', "3", "not json", "", '"rm -rf /"', '"\\ud800"', '"a\\u0000b"', "[" * 5000, '"echo \\u001b[2J"']
    done = aishell("policy", "test", "--json", "-", input="\n".join(lines) + "\n")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, len(answers)) == (0, len(lines))
    assert [answer.get("tier", "error") for answer in answers] == [
        "READ",
        "error",
        "error",
        "error",
        "DENY",
        "ASK",
        "ASK",
        "error",
        "ASK",
    ]
    assert {"tier", "rule", "reasons", "part", "paths", "hosts"} <= answers[0].keys()
