"""The judge: what is proven to read only, what is asked about, what never runs."""

from __future__ import annotations

import json
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

RULES = Rules.from_file(shipped("policy.toml"))
SHARED = Path(__file__).resolve().parents[2] / "shared" / "corpora"

READ = r"""
ls
ls -la /etc
cat /etc/hostname | wc -l
find . -type f -name '*.py' | sort | uniq -c | sort -rn | head -n 5
find /usr/share -type f -printf '%s %p\n' | sort -rn | head -n 5
find . -name '*.txt' -exec wc -l {} +
find . -name '*.txt' -exec wc -l {} \; -print
find . -print0 | xargs -0 du -h
grep -rn 'x|y' . 2>/dev/null
du -sh * | sort -rh
ps aux --sort=-%mem | head -n 6
awk '{ sum += $3 } END { print sum / NR }' data
awk -F, '$3 > 100 {print $1}' data.csv
sed -n '20,30p' main.c
sed 's/a/b/g' notes.txt
sed 's/\(a\)/\1\1/; s|/x|/y|' notes.txt
echo "$HOME" | tr a-z A-Z
cd /tmp && ls
ls; pwd
(cd /tmp; ls)
LC_ALL=C sort notes.txt
cat < notes.txt
grep x <<< "text"
date +%A
date -d yesterday +%F
diff <(sort a) <(sort b)
x=5
test -f notes.txt && echo yes
wc -l "$(ls | head -n 1)"
ls 2>&1 >/dev/null
""".strip("\n").splitlines()

ASK = r"""
rm x
ls > files.txt
ls | tee files.txt
find . -delete
find . -name x -exec rm {} +
find . -exec sh -c 'rm x' \;
find . $OPTIONS
find *
sort -o out in
sort --output=out in
sort --outp=out in
sort --compress-program=sh in
uniq in out
ls | xargs rm
ls | xargs sort
ls | xargs sh -c 'x'
awk 'BEGIN { system("id") }'
awk '{ print > "out" }'
awk '{ print "}" > f }' in
awk 'BEGIN { "id" | getline x }'
awk -f prog in
sed -i s/a/b/ x
sed 'w out' x
sed 's/a/b/e' x
sed 's/a/b/w out' x
sed 's/a/b/;w out' x
sed '1e id' x
sed -f prog x
curl https://example.com
python3 -c 1
bash -c ls
sudo ls
env ls
eval ls
. ./x
source x
export A=b
PATH=/tmp:$PATH ls
LD_PRELOAD=x ls
alias ls=rm
f() { ls; }; f
for i in a b; do ls; done
ls &
$CMD
"$(echo rm)" x
ls ${x:=y}
ls ${!x}
ls $((a[0]))
test -v 'a[$(id)]'
[ -v 'a[$(id)]' ]
printf -v x y
cat ~/.ssh/id_rsa
cat "$HOME/.ssh/id_rsa"
ls a​b
cat /etc/shadow
cat .env
cat ~/.s*/id*
cat < ~/.netrc
cat /proc/self/environ
date -s tomorrow
date 010100002030
hostname new
tree -o out
xxd in out
ss -K
./ls
/tmp/ls
ls | (
echo `rm x`
echo "$(rm x)"
echo <(rm x)
git status
echo x >> ~/.bashrc
echo x > /dev/tcp/1.2.3.4/80
cat < /dev/tcp/1.2.3.4/80
x=/dev/tcp/1.2.3.4/80; cat < $x
getent hosts secret.example.com
lspci -q
head -c 9 /dev/sda
""".strip("\n").splitlines()

DENY = r"""
rm -rf /
rm -rf /*
rm -fr ~
rm -r -f "$HOME"
sudo rm -rf --no-preserve-root /
rm -rf /etc
rm -rf ../../../../../../../..
dd if=/dev/zero of=/dev/sda
mkfs.ext4 /dev/sda1
cat x > /dev/sda
chmod -R 777 /
chown -R me /etc
:(){ :|:& };:
find / -delete
wipefs -a /dev/sdb
""".strip("\n").splitlines()


def tier(command: str) -> Tier:
    return RULES.judge(inspect(command), "/tmp").tier


@pytest.mark.parametrize("command", READ)
def test_reading_runs_at_once(command: str) -> None:
    verdict = RULES.judge(inspect(command), "/tmp")
    assert verdict.tier == Tier.READ, verdict.reasons


@pytest.mark.parametrize("command", ASK)
def test_what_is_not_proven_is_asked_about(command: str) -> None:
    assert tier(command) == Tier.ASK


@pytest.mark.parametrize("command", DENY)
def test_the_floor_holds(command: str) -> None:
    assert tier(command) == Tier.DENY


def test_a_program_from_elsewhere_is_asked_about(tmp_path: Path) -> None:
    (tmp_path / "ls").write_text("#!/bin/sh\nrm -rf x\n")
    (tmp_path / "ls").chmod(0o755)
    table = {**RULES.environment, "PATH": f"{tmp_path}:/usr/bin"}
    rules = replace(RULES, environment=table)
    assert "system folder" in rules.judge(inspect("ls"), "/").reasons[0]
    assert rules.judge(inspect("cat x"), "/").tier == Tier.READ
    here = replace(rules, environment={**RULES.environment, "PATH": f".:{RULES.environment['PATH']}"})
    assert here.judge(inspect("cd /tmp && cat x"), "/").tier == Tier.ASK


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("ls -lh --max-depth=1", ("ls has no option --max-depth",)),
        ("du --max-depth=1 | sort --reverse", ()),
        ("sort --rev x", ()),
        ("ls | xargs grep --include=x --frob", ()),
        ("xargs --frob ls", ("xargs has no option --frob",)),
        ("ls -- --frob", ()),
        ("frobnicate --frob", ()),
        ("ps aux --sort=-%mem", ()),
        ("grep --colour=always x $(ls --frob)", ("ls has no option --frob",)),
    ],
)
def test_invented_options_are_found_by_the_programs_own_help(command: str, told: tuple[str, ...]) -> None:
    assert unknown_options(inspect(command), RULES) == told


def proposal(wanted: Tier) -> Proposal:
    step = JudgedStep(step=Step(action=ShellCommand(command="x")), verdict=Verdict(tier=wanted, reasons=("because",)))
    return Proposal(request=Request(text="x", cwd="/"), steps=(step,))


def test_only_consent_lets_more_than_reading_run() -> None:
    assert policy.approve(proposal(Tier.READ), consent=False)[0].by == "policy"
    assert policy.approve(proposal(Tier.ASK), consent=True)[0].by == "user"
    with pytest.raises(ConsentMissing):
        policy.approve(proposal(Tier.ASK), consent=False)
    with pytest.raises(ConsentMissing):
        policy.approve(proposal(Tier.DENY), consent=True)


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
        flagged = bool(script.error or script.unjudged or any(call.words and not call.program for call in script.calls))
        if "programs" in case and not flagged and not set(case["programs"]) <= seen:
            missed.append((case, seen))
    assert missed == []


@pytest.mark.skipif(not (SHARED / "commands.jsonl").exists(), reason="the shared corpora are not here")
def test_no_labelled_dangerous_command_runs_at_once() -> None:
    rows = [json.loads(line) for line in (SHARED / "commands.jsonl").read_text().splitlines()]
    dangerous = [row for row in rows if row["context"] == "exec" and row["expected"] in ("deny", "deny-or-ask", "ask")]
    run = [row["command"] for row in dangerous if tier(row["command"]) == Tier.READ]
    assert len(dangerous) > 400
    assert len(run) <= 8, run  # reads of files that are secret to some; the full gate is to list each
