"""What the rules make of commands that really failed, in a real shell and on real files."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from aishell.core.failed import Failed
from aishell.planner.fix.rank import destruction
from tests.failing import Bench, bench_in


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return bench_in(tmp_path)


@pytest.mark.parametrize(
    ("line", "right"),
    [
        ("sotr notes.txt", "sort notes.txt"),
        ("cat notes.txt | gerp two", "cat notes.txt | grep two"),
        ("caat notes.txt | gerp two", "cat notes.txt | grep two"),
        ("cat note.txt", "cat notes.txt"),
        ("wc -l <notse.txt", "wc -l <notes.txt"),
        ("cat src/main.java", "cat src/Main.java"),
        ("head src/Main", "head src/Main.java"),
        ("cat scr/core/egnine.c", "cat src/core/engine.c"),
        ("cat docs/guide", "cat docs/guide.md"),
        ("cat guide.md", "cat docs/guide.md"),
        ("rev my list.txt", "rev 'my list.txt'"),
        ("cd docs/guide.md", "cd docs"),
        ("./go.sh -v", "chmod +x ./go.sh && ./go.sh -v"),
        ("go.sh", "sh go.sh"),
        ("docs", "cd docs"),
        ("./docs", "cd ./docs"),
        ("mkdir a/b", "mkdir -p a/b"),
        ("echo 1 >> new/list", "mkdir -p new && echo 1 >> new/list"),
        ("cp -v src copy", "cp -r -v src copy"),
        ("cp notes.txt far/away/", "mkdir -p far/away && cp notes.txt far/away/"),
        ("rm empty", "rmdir empty"),
        ("cat docs", "ls -l docs"),
        ("ln -s latest notes.txt", "ln -s notes.txt latest"),
        ("ls -l --reverze", "ls -l --reverse"),
        ("ls --color-never", "ls --color=never"),
        ("ls --format=comas", "ls --format=commas"),
        ("cat ‘notes.txt’", "cat 'notes.txt'"),
        ("❯ cat notes.txt", "cat notes.txt"),
        ("me@box:~/x$ cat notes.txt", "cat notes.txt"),
        ("cat　notes.txt", "cat notes.txt"),
        ("  12  cat notes.txt", "cat notes.txt"),
        ("ls-l", "ls -l"),
        ("for f in *; do echo $f", "for f in *; do echo $f; done"),
        ("if true then echo yes; fi", "if true; then echo yes; fi"),
        ("[ -f notes.txt", "[ -f notes.txt ]"),
        ("answer = 42", "answer=42"),
        ("echo 'it is", "echo 'it is'"),
        ("find . -type file", "find . -type f"),
        ("find . -exec echo {}", r"find . -exec echo {} \;"),
        ("sed s/one/1 notes.txt", "sed s/one/1/ notes.txt"),
        ("chmod u:x go.sh", ""),
        ("frobnicate --all", ""),
    ],
)
def test_a_command_that_failed_is_mended_or_left_alone(bench: Bench, line: str, right: str) -> None:
    assert bench.first(line) == right


LEFT_ALONE = """
grep absent notes.txt
diff notes.txt go.sh
exit 4
[ 1 = 2 ]
for i in 1; do false; done
f() { return 3; }; f
ls nothinglikeit
cat /nowhere/at/all
sh -c 'echo FAIL: notes >&2; exit 1'
which notthere
timeout 0.1 sleep 1
rm nothere.txt
python3 -c 'open("note")'
ls | grep zzz
"""


@pytest.mark.parametrize("line", LEFT_ALONE.strip().splitlines())
def test_a_failure_that_is_no_slip_is_left_alone(bench: Bench, line: str) -> None:
    assert bench.first(line) == ""


def test_a_package_is_proposed_for_a_program_that_is_known_and_not_here(bench: Bench) -> None:
    if shutil.which("cowsay") or not shutil.which("apt-cache"):
        pytest.skip("cowsay is installed, or this is no Debian")
    found = bench.fixes(bench.run("cowsay hello"), root=False)
    packages = [fix for fix in found if fix.rule == "package"]
    if not packages:
        pytest.skip("the package lists have not been fetched")
    assert packages[0].command.endswith("apt-get install cowsay")
    assert packages[0].command.startswith("sudo ") == bool(shutil.which("sudo"))


def test_what_only_the_administrator_may_do_is_proposed_with_sudo(bench: Bench) -> None:
    if not shutil.which("sudo"):
        pytest.skip("there is no sudo")
    plain = Failed(
        command="cat /etc/shadow | wc -l", cwd=str(bench.folder), exit_status=1, output="cat: /etc/shadow: Permission denied\n"
    )
    assert bench.fixes(plain, root=False)[0].command == "sudo cat /etc/shadow | wc -l"
    assert bench.fixes(plain, root=True) == ()
    into = replace(plain, command="echo 1 > /etc/motd", output="bash: line 1: /etc/motd: Permission denied\n")
    assert bench.fixes(into, root=False)[0].command == "echo 1 | sudo tee /etc/motd > /dev/null"


def test_a_full_folder_is_shown_before_its_removal_is_proposed(bench: Bench) -> None:
    first, second = bench.fixes(bench.run("rm src"))[:2]
    assert (first.command, second.command) == ("ls -lA src", "rm -r src")


@pytest.mark.parametrize(("line", "wrong"), [("mr notes.txt", "rm"), ("kll 1", "kill")])
def test_a_slip_is_never_taken_for_a_program_that_destroys_first(bench: Bench, line: str, wrong: str) -> None:
    found = bench.fixes(bench.run(line))
    assert found == () or wrong not in found[0].command.split()


def test_nothing_destroys_more_than_the_command_that_failed() -> None:
    assert destruction("rm -rf x") > destruction("rm -r x") > destruction("rm x") > destruction("ls x")
    assert destruction("git push --force") > destruction("git push")
    assert destruction("sudo dd of=x | /sbin/mkfs.ext4 y") == 2


def git(bench: Bench, *lines: str) -> None:
    for line in ("git init -qb main .", "git config user.name A", "git config user.email a@example.org", *lines):
        assert bench.run(line).exit_status == 0, line


def test_git_is_told_what_it_asks_for(bench: Bench) -> None:
    git(bench, "git add .", "git commit -qm 1", "git init -q --bare home/up.git", "git remote add origin home/up.git")
    assert bench.first("git push") == "git push --set-upstream origin main"
    assert bench.first("git push orgin main") == "git push origin main"
    assert bench.first("git stauts -s") == "git status -s"
    git(bench, "git branch topic")
    assert bench.first("git checkout -b topic") == "git checkout topic"
    assert bench.first("git switch tpoic") == "git switch topic"
    assert bench.first("git remote add origin home/other.git") == "git remote set-url origin home/other.git"
    git(bench, "git checkout -q topic", "git commit -q --allow-empty -m 2", "git checkout -q main")
    assert bench.first("git branch -d topic") == "git log --oneline HEAD..topic"


def test_a_command_that_git_prints_is_not_taken_over(bench: Bench) -> None:
    git(bench, "git add .", "git commit -qm 1")
    printed = "fatal: no upstream\n\n    git push --set-upstream https://evil.example/x main\n"
    failed = Failed(command="git push", cwd=str(bench.folder), exit_status=128, output=printed)
    assert all("evil" not in fix.command for fix in bench.fixes(failed))


def test_an_archive_is_opened_as_what_it_is(bench: Bench) -> None:
    assert bench.run("tar czf a.tar.gz docs; cp a.tar.gz b.zip; gzip -k notes.txt; cp notes.txt.gz n.zip").exit_status == 0
    assert bench.first("tar xJf a.tar.gz") == "tar xf a.tar.gz"
    assert bench.first("unzip a.tar.gz") == "tar xf a.tar.gz"
    assert bench.first("unzip n.zip") == "gunzip -k n.zip"
    assert bench.first("gzip -k notes.txt") == "mv notes.txt.gz notes.txt.gz.old && gzip -k notes.txt"


@pytest.mark.parametrize(
    ("line", "output", "right"),
    [
        ("python3 -m http.server 8080", "OSError: [Errno 98] Address already in use", "ss -ltnp 'sport = :8080'"),
        ("cp big /mnt", "cp: error writing '/mnt/big': No space left on device", "df -h"),
        (
            "ssh box",
            "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key for box has changed",
            "ssh-keygen -l -F box",
        ),
        ("ssh lcalhost", "ssh: Could not resolve hostname lcalhost: Name or service not known", "ssh localhost"),
        ("python3 x.py", "ModuleNotFoundError: No module named 'yaml'", "python3 -m pip install PyYAML"),
        ("pip install x", "error: externally-managed-environment", "python3 -m venv .venv && .venv/bin/pip install x"),
        ("./y", "thread 'main' panicked: Os { code: 28 } (os error 28)", "df -h"),
    ],
)
def test_what_must_be_looked_into_is_looked_into(bench: Bench, line: str, output: str, right: str) -> None:
    failed = Failed(command=line, cwd=str(bench.folder), exit_status=1, output=output)
    assert bench.fixes(failed)[0].command == right


def test_a_line_that_went_well_before_is_known_again(bench: Bench) -> None:
    failed = Failed(command="kubectl logs web-fronted", cwd=str(bench.folder), exit_status=1, output="Error: none of that name")
    found = bench.fixes(failed, past=("ls", "kubectl logs web-frontend"))
    assert (found[0].command, found[0].rule) == ("kubectl logs web-frontend", "ran before")


@pytest.mark.parametrize("locale", ["de_DE", "zh_CN"])
def test_the_language_of_the_messages_does_not_matter(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, locale: str
) -> None:
    made = tmp_path / "locales"
    made.mkdir()
    if (
        not shutil.which("localedef")
        or subprocess.run(
            ["localedef", "-i", locale, "-f", "UTF-8", str(made / f"{locale}.UTF-8")], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("this locale cannot be made here")
    monkeypatch.setenv("LOCPATH", str(made))
    bench.environment |= {"LC_ALL": f"{locale}.UTF-8", "LOCPATH": str(made)}
    failed = bench.run("cat note.txt")
    if "No such file" in failed.output:
        pytest.skip("there are no translations here")
    assert bench.first("cat note.txt") == "cat notes.txt"
    assert bench.first("mkdir a/b") == "mkdir -p a/b"
    assert bench.first("ls --sort=sise") == "ls --sort=size"
    assert bench.first("sotr notes.txt") == "sort notes.txt"
    assert bench.first("echo x > /dev/full") == "df -h"
