"""The judge: what is proven to read only, what is asked about, what never runs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from aishell.actions import policy
from aishell.actions.options import unknown_options
from aishell.actions.parse import inspect
from aishell.actions.risk import Rules
from aishell.config.paths import shipped
from aishell.core.errors import ConsentMissing
from aishell.core.types import JudgedStep, Proposal, Request, ShellCommand, Step, Tier, Verdict
from aishell.planner.lexicon import BUILTINS
from aishell.programs.known import Programs
from tests.forbidden import DECEIVING, DENY
from tests.judged import ASK, DRY, READ

RULES = Rules.from_file(shipped("policy.toml"))
PROGRAMS = Programs(builtins=BUILTINS, harmless=lambda name: name in RULES.read and RULES.trusted(name))
SHARED = Path(__file__).resolve().parents[2] / "shared" / "corpora"


def tier(command: str) -> Tier:
    return RULES.judge(inspect(command), "/tmp").tier


@pytest.mark.parametrize("command", READ)
def test_reading_runs_at_once(command: str) -> None:
    verdict = RULES.judge(inspect(command), "/tmp")
    assert verdict.tier == Tier.READ, verdict.reasons


@pytest.mark.parametrize("command", DRY)
def test_what_is_local_is_tried_out_first(command: str) -> None:
    verdict = RULES.judge(inspect(command), "/tmp")
    assert verdict.tier == Tier.DRY, verdict.reasons


@pytest.mark.parametrize("command", [*ASK, *DECEIVING])
def test_what_an_overlay_cannot_hold_or_show_is_asked_about(command: str) -> None:
    verdict = RULES.judge(inspect(command), "/tmp")
    assert verdict.tier == Tier.ASK, verdict.reasons


@pytest.mark.parametrize("command", DENY)
def test_the_floor_holds(command: str) -> None:
    assert tier(command) == Tier.DENY


def test_a_program_from_elsewhere_is_not_believed_to_read(tmp_path: Path) -> None:
    (tmp_path / "ls").write_text("#!/bin/sh\nrm -rf x\n")
    (tmp_path / "ls").chmod(0o755)
    table = {**RULES.environment, "PATH": f"{tmp_path}:/usr/bin"}
    rules = replace(RULES, environment=table)
    assert "system folder" in rules.judge(inspect("ls"), "/").reasons[0]
    assert rules.judge(inspect("cat x"), "/").tier == Tier.READ
    assert rules.judge(inspect("ls"), "/").tier == Tier.DRY
    here = replace(rules, environment={**RULES.environment, "PATH": f".:{RULES.environment['PATH']}"})
    assert here.judge(inspect("cd /tmp && cat x"), "/").tier == Tier.DRY


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("ls -lh --max-depth=1", ("ls has no option --max-depth",)),
        ("du --max-depth=1 | sort --reverse", ()),
        ("sort --rev x", ()),
        ("ls | xargs grep --include=x --frob", ("grep has no option --frob",)),
        ("xargs --frob ls", ("xargs has no option --frob",)),
        ("ls -- --frob", ()),
        ("frobnicate --frob", ()),
        ("find . -exec frobnicate -x {} +", ("frobnicate is not installed on this machine",)),
        ("ls | xargs -n 1 frobnicate", ("frobnicate is not installed on this machine",)),
        ("find . -exec sh -c 'echo {}' \\;", ()),
        ("git log -1 --author", ("git log --author needs pattern",)),
        ("git log -1 --author ann", ()),
        ("git diff --stat", ()),
        ("git push --force-with-lease", ()),
        ("sort --key", ("sort --key needs KEYDEF",)),
        ("ps aux --sort=-%mem", ()),
        ("grep --colour=always x $(ls --frob)", ("ls has no option --frob",)),
    ],
)
def test_invented_options_are_found_by_the_programs_own_help(command: str, told: tuple[str, ...]) -> None:
    assert unknown_options(inspect(command), RULES, PROGRAMS) == told


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("aishell summarize --sentences 2 notes.txt", ()),
        ("aishell summarize --length 2 notes.txt", ("aishell summarize has no option --length",)),
        ("cat x | aishell memory search --frob y", ("aishell memory search has no option --frob",)),
        ("aishell -c 'ls --frob'", ()),
        ("aishell frobnicate --frob", ()),
    ],
)
def test_invented_options_of_aishell_itself_are_found_by_its_help(command: str, told: tuple[str, ...]) -> None:
    programs = Programs(own={"aishell": (sys.executable, "-m", "aishell")})
    assert unknown_options(inspect(command), RULES, programs) == told


def proposal(wanted: Tier) -> Proposal:
    step = JudgedStep(step=Step(action=ShellCommand(command="x")), verdict=Verdict(tier=wanted, reasons=("because",)))
    return Proposal(request=Request(text="x", cwd="/"), steps=(step,))


def test_only_consent_lets_more_than_reading_run() -> None:
    assert policy.approve(proposal(Tier.READ), consent=False, environment={})[0].by == "policy"
    assert policy.approve(proposal(Tier.ASK), consent=True, environment={})[0].by == "user"
    with pytest.raises(ConsentMissing):
        policy.approve(proposal(Tier.ASK), consent=False, environment={})
    with pytest.raises(ConsentMissing):
        policy.approve(proposal(Tier.DENY), consent=True, environment={})


def test_deep_nesting_and_size_are_bounded() -> None:
    assert inspect("(" * 3000 + "ls" + ")" * 3000).calls or inspect("(" * 3000).error
    assert inspect("x" * (65 << 10)).error
    assert tier("; ".join(["ls"] * 300)) == Tier.ASK


@pytest.mark.skipif(not (SHARED / "parse_cases.jsonl").exists(), reason="the shared corpora are not here")
def test_no_program_of_the_labelled_cases_is_missed_silently() -> None:
    missed = []
    for line in (SHARED / "parse_cases.jsonl").read_text().splitlines():
        case = json.loads(line)
        script = inspect(case.get("script") or case.get("command") or case["source"])
        seen = {call.program for call in script.calls}
        flagged = bool(
            script.error or script.unjudged or script.hidden or any(call.words and not call.program for call in script.calls)
        )
        if "programs" in case and not flagged and not set(case["programs"]) <= seen:
            missed.append((case, seen))
    assert missed == []


@pytest.mark.skipif(not (SHARED / "commands.jsonl").exists(), reason="the shared corpora are not here")
def test_no_labelled_dangerous_command_runs_at_once() -> None:
    rows = [json.loads(line) for line in (SHARED / "commands.jsonl").read_text().splitlines()]
    dangerous = [row for row in rows if row["context"] == "exec" and row["expected"] in ("deny", "deny-or-ask", "ask")]
    run = [row["command"] for row in dangerous if tier(row["command"]) == Tier.READ]
    assert len(dangerous) > 400
    # Reads of a file that only its source calls secret, and a bracketed `ls` that another parser does not follow.
    assert [command for command in run if "secret.dat" not in command and "ls" not in command] == []
    assert len(run) <= 9, run


def test_a_reason_is_told_once() -> None:
    assert RULES.judge(inspect("find . -name '*.o' -exec rm {} \\;"), "/tmp").reasons == ("find: rm removes files",)
    assert RULES.judge(inspect("rm a; find . -delete"), "/tmp").reasons == (
        "rm removes files",
        "find: -delete removes what is found",
    )


# ---- where a command runs


@pytest.fixture
def at_home(tmp_path: Path) -> Callable[[str], Tier]:
    """The tier of a command in the home folder, which has the folder build, and links to itself and to the root."""
    (tmp_path / "build").mkdir()
    (tmp_path / "self").symlink_to(tmp_path)
    (tmp_path / "root").symlink_to("/")

    def judged(command: str) -> Tier:
        rules = replace(RULES, environment={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"})
        return rules.judge(inspect(command), str(tmp_path)).tier

    return judged


@pytest.mark.parametrize(
    "command",
    [
        "cd build && rm -rf *",
        "cd ./build && rm -rf * && ls",
        "cd 'build' && find . -delete",
        "cd build && rm -rf * 2>/dev/null",
    ],
)
def test_behind_a_change_to_a_folder_that_is_there_only_that_folder_counts(
    at_home: Callable[[str], Tier], command: str
) -> None:
    assert at_home(command) == Tier.DRY


@pytest.mark.parametrize(
    "command",
    [
        "cd build; rm -rf *",
        "cd build || rm -rf *",
        "cd build & rm -rf *",
        "! cd build && rm -rf *",
        "cd build | true && rm -rf *",
        "cd build && rm -rf * | cat",
        "cd build && (cd ..; rm -rf *)",
        "(cd build) && rm -rf *",
        "if cd build; then :; fi && rm -rf *",
        "cd nothere && rm -rf *",
        "cd self && rm -rf *",
        "cd root && rm -rf *",
        "cd . && rm -rf *",
        "cd build/.. && rm -rf *",
        "cd - && rm -rf *",
        "cd ~ && rm -rf *",
        "cd && rm -rf *",
        'cd "$X" && rm -rf *',
        "cd bu* && rm -rf *",
        "cd -P build && rm -rf *",
        "cd build extra && rm -rf *",
        "CDPATH=/ cd build && rm -rf *",
        "CDPATH=/; cd build && rm -rf *",
        "cd build && cd .. && rm -rf *",
        "cd build && 'c'd .. && rm -rf *",
        "cd build && \\cd .. && rm -rf *",
        "cd build && command cd .. && rm -rf *",
        "cd build && builtin cd .. && rm -rf *",
        "cd build && pushd .. && rm -rf *",
        "cd build && eval cd .. && rm -rf *",
        "cd build && . ./x && rm -rf *",
        "cd build && $(echo cd ..) && rm -rf *",
        "cd build && rm -rf ../*",
        "cd() { :; }; cd build && rm -rf *",
        'bash -c "cd build; rm -rf *"',
        'cd build && bash -c "cd ..; rm -rf *"',
    ],
)
def test_whatever_leaves_a_doubt_of_the_folder_counts_as_being_where_one_is(
    at_home: Callable[[str], Tier], command: str
) -> None:
    assert at_home(command) == Tier.DENY
