"""The judgement of one script's parts: assignments, redirections, and simple commands with what they touch."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from aishell.actions import characters, floor
from aishell.actions.effects import CAN_BE_REMOTE, hosts, subcommand
from aishell.actions.environment import clean_environment
from aishell.actions.finding import Finding
from aishell.actions.places import Places, Surroundings
from aishell.actions.proof import Proof
from aishell.actions.resolve import Simple
from aishell.actions.rules import Policy
from aishell.core.text import visible
from aishell.core.types import Call, Redirect, Script, Tier, Word

if TYPE_CHECKING:
    from aishell.actions.risk import Rules

_READING = frozenset({"<", "<<", "<<-", "<<<"})
_DUPLICATES = frozenset({">&", "<&"})
_NOTHING = frozenset(
    {
        "/dev/null",
        "/dev/stdout",
        "/dev/stderr",
        "/dev/stdin",
        "/dev/fd/0",
        "/dev/fd/1",
        "/dev/fd/2",
        "/dev/zero",
        "/dev/urandom",
        "/dev/random",
        "/dev/tty",
    }
)
_CONNECTION = re.compile(r"/dev/(?:tcp|udp)/([^/]*)")
"""To bash, in a redirection, these are connections."""
_IN_PLACE = re.compile(r"-[a-zA-Z]*i|--in-place")
_HELPS = frozenset({"--help", "--version"})
_UNSEEN = "what it would do with a network, a service or another process: a dry run has none of them"
_KEEPS_CONTENTS = frozenset({"chmod", "chown", "chgrp", "touch", "mkdir"})
_MOST_STARTS = 50
"""Words of a wrapper at which the command it runs may begin, when its options are not known."""
_RECURSES = frozenset({"grep", "egrep", "fgrep", "rg", "zgrep"})


@dataclass(frozen=True, slots=True)
class Judging:
    policy: Policy
    rules: Rules
    script: Script
    here: Surroundings
    places: Places
    proof: Proof

    @classmethod
    def of(cls, rules: Rules, script: Script, cwd: str, *, inside: bool) -> Judging:
        given = clean_environment(rules.environment, rules.private(rules.environment))  # what is withheld is not set
        here = Surroundings.of(script, cwd, given, inside=inside)
        places = cls.places_of(rules.policy, rules.environment, rules.own)
        return cls(rules.policy, rules, script, here, places, Proof.of(rules.policy, rules.environment, rules.itself))

    @staticmethod
    def places_of(policy: Policy, environment: dict[str, str], own: tuple[str, ...]) -> Places:
        return Places(policy, environment.get("HOME") or os.path.expanduser("~"), own)

    # ---- variables

    def assignments(self) -> Iterator[Finding]:
        names = [assignment.name for assignment in self.script.assignments]
        names += [name for call in self.script.calls for name in call.assigned]
        for name in dict.fromkeys(names):
            if not self.policy.harmless_variable.fullmatch(name):
                yield Finding(
                    tier=Tier.DRY, rule="variable", reason=f"it sets {visible(name)}", limit="changed variables end with it"
                )
        for assignment in self.script.assignments:
            yield from self._secrets([assignment.value], f"{assignment.name}=...")

    # ---- redirections

    def redirect(self, redirect: Redirect) -> Iterator[Finding]:
        target, operator = redirect.target, redirect.operator
        if redirect.body is not None:
            return
        if forbidden := floor.forbidden_redirect(redirect, self.here):
            yield Finding(tier=Tier.DENY, rule="floor", reason=forbidden)
        shown = visible(str(target)) or "a name only known when it runs"
        part = f"{operator} {shown}"
        if match := _CONNECTION.match(target.literal):
            hosts = (match[1],) if match[1] else ()
            yield Finding(
                tier=Tier.ASK, rule="network", reason=f"it opens a connection: {shown}", part=part, network=True, hosts=hosts
            )
        elif operator in _READING or (operator == "<&" and not target.fixed):
            if not target.fixed:
                yield Finding(tier=Tier.DRY, rule="construct", reason=f"it may open a connection: {shown}", part=part)
            yield from self._secrets([target], part)
            yield from self._devices([target], part)
        elif not _harmless_target(redirect):
            yield Finding(tier=Tier.DRY, rule="write", reason=f"it writes to {shown}", part=part, paths=self._known([target]))
            yield from self._written([target], part, sure=True)

    # ---- simple commands

    def user(self, call: Call) -> tuple[bool, list[Finding]]:
        """Whether a rule of the user's allows this call, and what other rules of theirs say about it."""
        return self.rules.user.about(call, self.here, self.policy)

    def reads(self, call: Call) -> bool:
        """Whether the whole call is proven to change nothing, wrappers included."""
        words = call.words
        return bool(call.program) and not self.proof.doubt(words)

    def reading(self, call: Call, part: str) -> Iterator[Finding]:
        yield Finding(tier=Tier.READ, rule="read", reason="", part=part, paths=self._known(call.words[1:], shaped=True))
        yield from self._secrets(list(call.words[1:]), part)
        if os.path.basename(call.program) not in self.policy.looks:
            yield from self._devices(list(call.words[1:]), part)
        if call.program == "read" and call.input is None:
            yield Finding(tier=Tier.ASK, rule="terminal", reason="it waits for what is typed", part=part)
        name = os.path.basename(call.program)
        if name in _RECURSES or (name == "find" and self._contents_read(call)):
            yield from self._whole_home(call, part)

    def simple(self, simple: Simple, call: Call, part: str) -> Iterator[Finding]:
        """What one program does, when the call as a whole is not proven to read."""
        words, name = simple.words, simple.name
        for at in range(min(len(words), _MOST_STARTS)) if simple.wraps else (0,):
            if forbidden := floor.forbidden_call(words[at:], self.here):
                yield Finding(tier=Tier.DENY, rule="floor", reason=forbidden, part=part)
        for variable in simple.assigned:
            if not self.policy.harmless_variable.fullmatch(variable):
                yield Finding(tier=Tier.DRY, rule="variable", reason=f"it sets {visible(variable)}", part=part)
        if foreign := characters.foreign_letters(name):
            reason = f"the command's name has letters that are not ASCII: {', '.join(foreign)}"
            yield Finding(tier=Tier.ASK, rule="characters", reason=reason, part=part)
        effects = list(self._effects(simple, part))
        yield from effects
        if simple.wraps:
            if not simple.transparent and not effects:
                yield Finding(tier=Tier.DRY, rule="wrapper", reason=f"{visible(name)} runs another command", part=part)
            return
        if not name:
            yield Finding(tier=Tier.ASK, rule="opaque", reason="the program's name is only known when it runs", part=part)
            return
        doubt = self.proof.doubt(words)
        if not doubt:
            yield from self.reading(Call(words=words, text=call.text), part)
            return
        if (rule := self.policy.read.get(name)) and rule.outside:
            yield Finding(tier=Tier.ASK, rule="outside", reason=rule.outside, part=part)
        helps = len(words) == 2 and words[1].fixed and words[1].literal in _HELPS
        limit = "" if helps or name in self.policy.read or self._writes(name) else _UNSEEN
        paths = self._known(words[1:], shaped=not self._writes(name))
        yield Finding(tier=Tier.DRY, rule="dry", reason=doubt, part=part, paths=paths, limit=limit)
        yield from self._files(name, list(words[1:]), part)

    def _effects(self, simple: Simple, part: str) -> Iterator[Finding]:
        words, name = simple.words, simple.name
        if not name or (len(words) == 2 and words[1].literal in _HELPS and self.proof.trusted(words[0].literal)):
            return
        texts = [text for word in words[1:] for text in self.here.meanings(word)]
        network = False
        for kind, effect in self.policy.effects.items():
            if (
                name in effect.programs
                or any(name.startswith(f"{one}.") for one in effect.programs)
                or subcommand(words, effect.words.get(name, frozenset()), self.policy.values.get(name, frozenset()))
            ):
                reaches = kind in ("network", "mcp")
                network = network or reaches
                reason = f"{effect.reason}: {visible(' '.join(texts[2:4]) if kind == 'mcp' else '') or visible(name)}"
                named = hosts(name, texts) if kind == "network" else ()
                yield Finding(
                    tier=Tier.ASK,
                    rule=kind,
                    reason=reason,
                    part=part,
                    network=reaches,
                    hosts=named,
                    secrets=(f"what {name} gives out",) if kind == "secrets" else (),
                )
        if network:
            yield from self._secrets(list(words[1:]), part)
        named = hosts(name, texts)
        if not network and named and name in CAN_BE_REMOTE:
            yield Finding(
                tier=Tier.ASK,
                rule="network",
                reason=f"it uses the network: {visible(name)}",
                part=part,
                network=True,
                hosts=named,
            )

    # ---- files

    def _files(self, name: str, words: list[Word], part: str) -> Iterator[Finding]:
        """What a program that is not proven to read may do to the files it names."""
        writers = self.policy.writers
        operands = [word for word in words if not (word.fixed and re.fullmatch(r"-[A-Za-z-]*", word.literal))]
        if name in writers.all:
            yield from self._written(operands, part, sure=True, deny=name not in _KEEPS_CONTENTS)
        elif name in writers.last:
            yield from self._written(self._targets(operands), part, sure=True)
            yield from self._written([word for word in words if word.literal.startswith("-")], part, sure=False)
        elif name == "sed":
            changed = operands if any(_IN_PLACE.match(word.literal) for word in words) else []
            yield from self._written(changed, part, sure=True)
        else:
            yield from self._written(operands, part, sure=name == "dd")
        if name not in writers.named:
            yield from self._secrets(words, part)

    def _targets(self, operands: list[Word]) -> list[Word]:
        """Where copies go: the last operand, and each name inside it when it is a folder."""
        targets = operands[-1:]
        for folder in [text for word in operands[-1:] for text in self.here.meanings(word)]:
            if folder.endswith("/") or any(os.path.isdir(self.here.absolute(cwd, folder)) for cwd in self.here.folders):
                names = [os.path.basename(text) for word in operands[:-1] for text in self.here.meanings(word)]
                targets += [Word(literal=f"{folder.rstrip('/')}/{name}", fixed=True) for name in names]
        return targets

    def _written(self, words: list[Word], part: str, *, sure: bool, deny: bool = True) -> Iterator[Finding]:
        for path in dict.fromkeys(path for word in words for path in self.here.paths(word)):
            if self.places.protected(path):
                tier = Tier.DENY if sure and deny else Tier.ASK
                reason = f"it {'would' if sure else 'may'} write to {visible(path)}, which is run or trusted later"
                yield Finding(tier=tier, rule="protected", reason=reason, part=part, paths=(path,))
            elif self.places.later(path):
                reason = f"it may write to {visible(path)}, which other programs run later"
                yield Finding(tier=Tier.ASK, rule="later", reason=reason, part=part, paths=(path,))
            elif sure and self.places.system(path) and path not in _NOTHING:
                reason = f"it would write to {visible(path)}, which belongs to the system"
                yield Finding(tier=Tier.ASK, rule="system", reason=reason, part=part, paths=(path,))

    def _secrets(self, words: list[Word], part: str) -> Iterator[Finding]:
        found = tuple(dict.fromkeys(path for word in words for path in self.here.paths(word) if self.places.secret(path)))
        if found:
            reason = f"it may read a secret: {visible(found[0])}"
            yield Finding(tier=Tier.ASK, rule="secret", reason=reason, part=part, secrets=found, paths=found)

    def _devices(self, words: list[Word], part: str) -> Iterator[Finding]:
        """Opening a device can be enough: a watchdog restarts the machine, a terminal loses what was typed."""
        for path in dict.fromkeys(path for word in words for path in self.here.paths(word)):
            if path.startswith("/dev/") and path not in _NOTHING and not path.startswith(("/dev/fd/", "/dev/shm/")):
                reason = f"it opens a device: {visible(path)}"
                yield Finding(tier=Tier.ASK, rule="devices", reason=reason, part=part, paths=(path,))

    def _contents_read(self, search: Call) -> bool:
        """Whether what `find` finds is also opened, by -exec or by xargs."""
        programs = [word.literal for before, word in pairwise(search.words) if before.literal == "-exec"]
        programs += [word.literal for call in self.script.calls if call.program == "xargs" for word in call.words[1:]]
        return any(program in self.policy.read and program not in self.policy.looks for program in programs)

    def _whole_home(self, call: Call, part: str) -> Iterator[Finding]:
        """A search through all of the home folder, or all there is, also reads the secrets in it."""
        deep = os.path.basename(call.program) in ("rg", "find") or any(
            re.match(r"-[a-zA-Z]*[rR]|--recursive|--deref", w.literal) for w in call.words
        )
        for path in (path for word in call.words[1:] for path in self.here.paths(word)) if deep else ():
            if path == "/" or f"{self.here.home}/".startswith(f"{path.rstrip('/')}/"):
                yield Finding(
                    tier=Tier.ASK,
                    rule="secret",
                    reason=f"it searches {visible(path)}, secrets included",
                    part=part,
                    secrets=(path,),
                )

    def _writes(self, name: str) -> bool:
        return name in self.policy.writers.all or name in self.policy.writers.last

    def _known(self, words: list[Word] | tuple[Word, ...], *, shaped: bool = False) -> tuple[str, ...]:
        """The files that `words` name; with `shaped`, only words that look like paths."""
        named = [
            word
            for word in words
            if not word.literal.startswith("-") and (not shaped or "/" in word.literal or "." in word.literal)
        ]
        return tuple(path for word in named for path in self.here.paths(word) if not _names_no_file(path))


def _names_no_file(path: str) -> bool:
    return "*" in path or "\n" in path or ":/" in path


def _harmless_target(redirect: Redirect) -> bool:
    target = redirect.target
    copies = redirect.operator in _DUPLICATES and re.fullmatch(r"\d+-?|-", target.literal)
    return target.fixed and bool(copies or target.literal in _NOTHING)
