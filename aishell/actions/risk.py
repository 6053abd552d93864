"""What a command would do, judged from its parse tree: proven to read only, local, in need of a question, or forbidden.

Every rule can only make a verdict stricter. What is not proven to read is tried in an overlay, which has no network, no other
processes and no rights of its own; what an overlay cannot hold or show is a question for a person.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from aishell.actions import floor, parse
from aishell.actions.finding import Finding, verdict
from aishell.actions.judging import Judging
from aishell.actions.proof import Proof
from aishell.actions.resolve import Code, Opaque, resolve
from aishell.actions.rules import Policy, Rule
from aishell.actions.user_rules import UserRules
from aishell.core.text import visible
from aishell.core.types import Call, Script, Tier, Verdict

_DEEPEST = 5
_MOST_CODE = 50
"""Pieces of shell code inside shell code that are read for one command: 4 ms each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    policy: Policy
    user: UserRules = field(default_factory=UserRules)
    own: tuple[str, ...] = ()
    """aishell's own folders, which no command from words may write to."""
    itself: str = ""
    """Where aishell's own program lies."""
    tools: frozenset[str] = frozenset()
    """The person's own, by name, which their settings say only read."""
    environment: dict[str, str] = field(default_factory=lambda: dict(os.environ))

    @classmethod
    def from_file(cls, path: Path, *, user: UserRules | None = None, own: tuple[str, ...] = (), itself: str = "") -> Rules:
        """Raises ConfigError."""
        return cls(policy=Policy.from_file(path), user=user or UserRules(), own=own, itself=itself)

    @property
    def read(self) -> dict[str, Rule]:
        return self.policy.read

    def trusted(self, name: str) -> bool:
        """Whether `name` is found in a folder that only the system's owner writes to."""
        return Proof.of(self.policy, self.environment, self.itself).trusted(name)

    def judge(self, script: Script, cwd: str) -> Verdict:
        """The tier of a parsed command that would run in `cwd`, why, and what it touches as far as that is known."""
        found = list(_Judge(self, cwd).script(script, 0))
        if max((finding.tier for finding in found), default=Tier.READ) == Tier.DRY:
            found += self._outside(script)
        return verdict(found)

    def outside(self, script: Script) -> bool:
        """Whether a part of it needs what a dry run keeps from it, and is long to look at."""
        return any(self._outside(script))

    def _outside(self, script: Script) -> Iterator[Finding]:
        for call in script.calls:
            rule = self.policy.read.get(call.program)
            if rule and rule.outside:
                yield Finding(tier=Tier.ASK, rule="outside", reason=rule.outside, part=str(call))

    def private(self, environment: Mapping[str, str]) -> tuple[str, ...]:
        """The variables of `environment` that a command from words does not receive: tokens, passwords, keys."""
        secret = self.policy.private_variable
        return tuple(sorted(name for name in environment if secret.fullmatch(name.upper()) and name not in self.user.variables))

    def changes(self, paths: Iterable[str]) -> Iterator[tuple[str, Tier, str]]:
        """Of changed absolute paths those that are more than local: DENY, or ASK where a look at the difference is not enough.

        For what a dry run has changed: a program that cannot be read here may have written anywhere.
        """
        places = Judging.places_of(self.policy, self.environment, self.own)
        for path in paths:
            if places.protected(path):
                yield path, Tier.DENY, "shells, schedulers or aishell itself run or trust what stands there"
            elif places.later(path):
                yield path, Tier.ASK, "other programs run what stands there later"


@dataclass(slots=True)
class _Judge:
    """One judgement; `read` counts the pieces of code that were parsed for it."""

    rules: Rules
    cwd: str
    read: int = 0

    def script(self, script: Script, depth: int) -> Iterator[Finding]:
        if script.error:
            yield Finding(tier=Tier.ASK, rule="parse", reason=f"it cannot be parsed: {script.error}")
            return
        judging = Judging.of(self.rules, script, self.cwd, inside=depth > 0)
        if script.hidden:
            yield Finding(tier=Tier.ASK, rule="characters", reason=f"it has hidden characters: {', '.join(script.hidden)}")
        for construct in script.unjudged:
            yield Finding(tier=Tier.ASK, rule="parse", reason=f"it has {construct}")
        for construct in script.unproven:
            yield Finding(tier=Tier.DRY, rule="construct", reason=f"it has {construct}")
        if script.background:
            yield Finding(
                tier=Tier.DRY, rule="construct", reason="it has a background job", limit="a job left in the background"
            )
        if bomb := floor.fork_bomb(script):
            yield Finding(tier=Tier.DENY, rule="floor", reason=bomb)
        if floor.calls_itself(script):
            yield Finding(tier=Tier.DRY, rule="construct", reason="it has a function that calls itself")
        yield from judging.assignments()
        for redirect in script.redirects:
            yield from judging.redirect(redirect)
        for call in script.calls:
            yield from self._call(call, judging, depth)

    def _call(self, call: Call, judging: Judging, depth: int) -> Iterator[Finding]:
        if not call.words:
            return
        part = str(call)
        allowed, findings = judging.user(call)
        yield from findings
        if not call.program:
            tier = Tier.READ if allowed else Tier.ASK
            yield Finding(tier=tier, rule="opaque", reason="the program's name is only known when it runs", part=part)
        for finding in self._inner(call, judging, depth, part):
            kept = not allowed or finding.tier == Tier.DENY or finding.secrets
            yield finding if kept else replace(finding, tier=Tier.READ, reason="")  # what it touches is still told

    def _inner(self, call: Call, judging: Judging, depth: int, part: str) -> Iterator[Finding]:
        if call.program in judging.script.functions and not judging.proof.exists(call.program):
            return  # its body is judged where it stands
        if judging.reads(call):
            yield from judging.reading(call, part)
            return
        for inner in resolve(call.words, call.input, self.rules.policy):
            if isinstance(inner, Code):
                yield from self._code(inner, depth, part)
            elif isinstance(inner, Opaque):
                tier = Tier.DRY if inner.local else Tier.ASK
                limit = "what unknown code would do with a network, a device or another process" if inner.local else ""
                yield Finding(tier=tier, rule="opaque", reason=visible(inner.reason), part=part, limit=limit)
            else:
                yield from judging.simple(inner, call, part)

    def _code(self, code: Code, depth: int, part: str) -> Iterator[Finding]:
        self.read += 1
        if not code.text.fixed:
            yield Finding(
                tier=Tier.ASK, rule="opaque", reason=f"{code.by} runs code that is only known when it runs", part=part
            )
        elif depth >= _DEEPEST or self.read > _MOST_CODE:
            yield Finding(tier=Tier.ASK, rule="opaque", reason="it has code within code too often", part=part)
        else:
            yield Finding(tier=Tier.DRY, rule="code", reason=f"{code.by} runs code", part=part)
            yield from self.script(parse.inspect(code.text.literal), depth + 1)
