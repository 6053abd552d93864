"""What git needs to be told first. Names come from the repository, never from git's output."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aishell.planner.fix.line import Simple, Token, quoted
from aishell.planner.fix.values import Case, Fix, Why


def _verb(case: Case, simple: Simple) -> tuple[str, tuple[Token, ...]]:
    operands = case.operands(simple)
    return (operands[0].value, operands[1:]) if operands else ("", ())


def no_repository(case: Case) -> Iterator[Fix]:
    """Outside of any repository: one below this folder, if there is just one; else a new one."""
    for simple in case.calls("git"):
        verb, _ = _verb(case, simple)
        inside = case.facts.git("rev-parse", "--git-dir")
        if not simple.program or inside or case.failed.exit_status != 128 or verb in ("", "init", "clone", "config"):
            continue
        below = [name for name in case.facts.listdir(case.facts.cwd) if case.facts.exists(case.facts.path(f"{name}/.git"))]
        if len(below) == 1:
            why = Why("This folder is not in a repository; {name} is one.", name=below[0])
            line = case.line.edited({simple.program: f"git -C {quoted(below[0])}"})
            yield Fix(command=line, why=why, rule="no repository", sure=0.85)
        else:
            why = Why("This folder is not in a repository; this begins one.")
            yield Fix(command=f"git init && {case.failed.command}", why=why, rule="no repository", sure=0.6)


def upstream(case: Case) -> Iterator[Fix]:
    """`git push` and `git pull` on a branch that follows nothing."""
    for simple in case.calls("git"):
        verb, rest = _verb(case, simple)
        if verb not in ("push", "pull") or rest or not simple.program:
            continue
        branch = case.facts.git("symbolic-ref", "--short", "HEAD").strip()
        remotes = case.facts.git("remote").split()
        remote = "origin" if "origin" in remotes else remotes[0] if len(remotes) == 1 else ""
        if not branch or not remote or case.facts.git("config", "--get", f"branch.{branch}.merge").strip():
            continue
        if verb == "push":
            why = Why(
                "The branch {branch} is not on {remote} yet; this puts it there and remembers that.",
                branch=branch,
                remote=remote,
            )
            line = f"{case.failed.command} --set-upstream {remote} {quoted(branch)}"
            yield Fix(command=line, why=why, rule="upstream", sure=0.93)
        elif case.facts.git("rev-parse", "--verify", "-q", f"{remote}/{branch}"):
            why = Why("The branch {branch} does not follow the one of {remote} yet.", branch=branch, remote=remote)
            line = f"git branch --set-upstream-to={quoted(f'{remote}/{branch}')} {quoted(branch)} && {case.failed.command}"
            yield Fix(command=line, why=why, rule="upstream", sure=0.9)


def behind(case: Case) -> Iterator[Fix]:
    """A push that was refused because the other side has commits that are not here."""
    for simple in case.calls("git"):
        verb, _ = _verb(case, simple)
        if verb == "push" and case.messages.has(r"\[rejected\].*\((?:fetch first|non-fast-forward)\)"):
            why = Why("The other side has commits that are not here: they are fetched first, and yours put on top.")
            yield Fix(command=f"git pull --rebase && {case.failed.command}", why=why, rule="behind", sure=0.85)


def nothing_staged(case: Case) -> Iterator[Fix]:
    """`git commit` of changes that were not added."""
    for simple in case.calls("git"):
        verb, _ = _verb(case, simple)
        token = next((token for token in case.operands(simple) if token.value == "commit"), None)
        staged = case.facts.git("diff-index", "--cached", "--name-only", "HEAD")
        if verb != "commit" or not token or staged or case.failed.exit_status != 1 or _has_all(simple):
            continue
        changed = case.messages.has(r"^\s+(?:modified|deleted):|^\s+(?:修改|删除)：|^\s+(?:geändert|gelöscht):")
        if changed:
            why = Why("Nothing was added to this commit; -a takes every change of a file that git knows.")
            yield Fix(command=case.line.edited({token: "commit -a"}), why=why, rule="nothing staged", sure=0.88)
        elif case.facts.git("ls-files", "--others", "--exclude-standard", "--directory").strip():
            why = Why("There are only files that git does not know yet; they have to be added first.")
            yield Fix(command=f"git add --all && {case.failed.command}", why=why, rule="nothing staged", sure=0.76)


def _has_all(simple: Simple) -> bool:
    return any(token.text == "--all" or re.fullmatch(r"-[a-zA-Z]*a[a-zA-Z]*", token.text) for token in simple.arguments)


def there_already(case: Case) -> Iterator[Fix]:
    """A branch, remote or clone that exists."""
    for simple in case.calls("git"):
        verb, rest = _verb(case, simple)
        flags = [token for token in simple.arguments if token.text in ("-b", "-c")]
        name = rest[0].value if rest else ""
        branch = bool(name and case.facts.git("rev-parse", "--verify", "-q", f"refs/heads/{name}"))
        if verb in ("checkout", "switch") and flags and branch:
            why = Why("The branch {name} exists already; this changes to it.", name=name)
            yield Fix(command=case.line.without(flags[0]), why=why, rule="branch exists", sure=0.93)
        elif verb == "branch" and len(rest) == 1 and branch and not any(t.text.startswith("-") for t in simple.arguments):
            why = Why("The branch {name} exists already; this changes to it.", name=name)
            yield Fix(command=f"git checkout {rest[0].text}", why=why, rule="branch exists", sure=0.8)
        elif verb == "remote" and name == "add" and len(rest) > 2 and rest[1].value in case.facts.git("remote").split():
            why = Why("{name} exists already; this gives it the new address.", name=rest[1].value)
            yield Fix(command=case.line.edited({rest[0]: "set-url"}), why=why, rule="remote exists", sure=0.85)


def not_merged(case: Case) -> Iterator[Fix]:
    """`git branch -d` of commits that would be lost: they are shown."""
    for simple in case.calls("git"):
        verb, rest = _verb(case, simple)
        name = rest[-1].value if rest else ""
        deletes = any(token.text in ("-d", "--delete") for token in simple.arguments)
        if verb == "branch" and deletes and name and case.facts.git("rev-list", "-n1", f"HEAD..refs/heads/{name}"):
            why = Why("{name} has commits that are nowhere else; look at them before you give them up with -D.", name=name)
            yield Fix(command=f"git log --oneline HEAD..{quoted(name)}", why=why, rule="not merged", sure=0.85)


def message_of_words(case: Case) -> Iterator[Fix]:
    """`git commit -m two words`."""
    for simple in case.calls("git"):
        verb, _rest = _verb(case, simple)
        flag = next((token for token in simple.arguments if token.text in ("-m", "-am")), None)
        after = [token for token in simple.arguments if flag and token.start > flag.end]
        words = bool(flag) and len(after) > 1 and all(token.value and not token.text.startswith("-") for token in after)
        if verb == "commit" and words and not any(case.facts.exists(case.path(token)) for token in after[1:]):
            message = " ".join(token.value for token in after)
            why = Why("A message of several words needs quotes.")
            yield Fix(command=case.line.joined(after[0], after[-1], message), why=why, rule="message", sure=0.93)


RULES = (no_repository, upstream, behind, nothing_staged, there_already, not_merged, message_of_words)
