"""What a repository has to offer: branches, tags, remotes, and the files that differ from what is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aishell.core.menu import Offer, Sort, Typed
from aishell.suggest.menu.source import Source, asked

_REFS = frozenset(
    "checkout switch merge rebase diff log show branch reset cherry-pick revert tag worktree bisect blame describe format-patch"
    " range-diff rev-parse rev-list shortlog archive difftool merge-base".split()
)
_REMOTES = frozenset("push pull fetch remote ls-remote".split())
_CHANGES = frozenset("add restore rm checkout diff difftool commit stash clean reset mv".split())
_ONLY_BRANCHES = frozenset(("switch",))
_MOST_REFS = 500
_GIT = ("git", "--no-optional-locks", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
"""A repository's own settings may name programs. None of these is to run because somebody pressed Tab."""
_QUIET = {"GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "none"}
_KINDS: dict[str, Sort] = {"refs/heads/": "branch", "refs/tags/": "tag", "refs/remotes/": "branch"}
_FORMAT = "--format=%(refname)%00%(committerdate:relative)%00%(creatordate:relative)%00%(contents:subject)"
_STATES = {"?": "new", "R": "removed"}


def source() -> Source:
    return Source(name="git", at=_knows, offers=_offers)


def _knows(typed: Typed) -> bool:
    return typed.program == "git" and bool(_subcommand(typed)) and not typed.word.startswith("-")


def _subcommand(typed: Typed) -> str:
    """Of `git checkout x`; with options before it, as in `git -C elsewhere checkout`, it is left to others."""
    first = typed.before[:1]
    return first[0] if first and first[0] in _REFS | _REMOTES | _CHANGES else ""


def _offers(typed: Typed) -> Iterator[Offer]:
    subcommand = _subcommand(typed)
    operands = typed.operands[1:]
    paths_only = "--" in typed.before
    if subcommand in _REMOTES:
        yield from _remotes(typed.folder) if not operands else _refs(typed.folder, subcommand)
        return
    if subcommand in _REFS and not paths_only:
        yield from _refs(typed.folder, subcommand)
    if subcommand in _CHANGES and runs_nothing(typed.folder):
        yield from _changes(typed.folder, staged="--staged" in typed.before or "--cached" in typed.before)


def _git(folder: str, *arguments: str) -> str:
    return asked([*_GIT, *arguments], folder, variables=_QUIET)


def runs_nothing(folder: str) -> bool:
    """Whether looking for changes runs no program that the repository's settings name: a filter for its files."""
    named = _git(folder, "config", "--local", "--name-only", "--get-regexp", r"^(filter\.|include)")
    return all(name.startswith("filter.lfs.") for name in named.split())


def _refs(folder: str, subcommand: str) -> Iterator[Offer]:
    """The newest first."""
    kinds = ("refs/heads", "refs/remotes") if subcommand in _ONLY_BRANCHES else ("refs/heads", "refs/tags", "refs/remotes")
    found = _git(folder, "for-each-ref", f"--count={_MOST_REFS}", "--sort=-creatordate", _FORMAT, *kinds)
    seen = set()
    for name, committed, created, subject in _fields(found, 4):
        prefix = next((known for known in _KINDS if name.startswith(known)), "")
        if not prefix or name.endswith("/HEAD"):
            continue
        short = name.removeprefix(prefix)
        remote, _, there = short.partition("/")
        bare = subcommand in ("checkout", "switch") and prefix == "refs/remotes/"  # git makes a branch of that name
        text = there if bare else short
        if text not in seen:
            seen.add(text)
            where = f"{remote}, " if prefix == "refs/remotes/" else ""
            yield Offer(text=text, sort=_KINDS[prefix], meaning=f"{where}{committed or created}: {subject}")


def _remotes(folder: str) -> Iterator[Offer]:
    for line in _git(folder, "config", "--get-regexp", r"^remote\..*\.url$").splitlines():
        key, _, url = line.partition(" ")
        yield Offer(text=key.removeprefix("remote.").removesuffix(".url"), sort="remote", meaning=_without_password(url))


def _without_password(url: str) -> str:
    scheme, there, rest = url.partition("://")
    host = rest.partition("/")[0]
    return f"{scheme}{there}{rest[host.rindex('@') + 1 :]}" if there and "@" in host else url


def _changes(folder: str, *, staged: bool) -> Iterator[Offer]:
    """Files below `folder`, named as seen from it."""
    if staged:
        for name in _git(folder, "diff", "--cached", "--name-only", "--relative", "--no-ext-diff", "-z").split("\0"):
            if name:
                yield Offer(text=name, sort="change", meaning="staged")
        return
    seen = set()
    listed = _git(folder, "ls-files", "-t", "-m", "-d", "-o", "--exclude-standard", "-z")
    for entry in listed.split("\0"):
        state, _, name = entry.partition(" ")
        if name and name not in seen:
            seen.add(name)
            yield Offer(text=name, sort="change", meaning=_STATES.get(state, "changed"))


def _fields(text: str, count: int) -> Iterator[Sequence[str]]:
    for line in text.split("\n"):
        fields = line.split("\0")
        if len(fields) == count:
            yield fields
