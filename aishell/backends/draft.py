"""Guesses at the next tokens, without a second model: from the prompt, from earlier replies, and from likely texts.

The model checks several guesses in one batch, which costs less than computing them one by one when they are right (prompt
lookup decoding, Saxena 2023; the checking is that of Leviathan et al., ICML 2023). How often each kind of guess is right, and
what a batch of each size costs on this machine, is learned while it works: a guess is only made when it should pay.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict

_LONGEST = 6
"""Tokens of context that a guess may rest on."""
_MOST = 7
_LEAST_SURE = 0.3
_ENTRIES = 60_000
"""About 30 MB."""
_REPLIES = 512
_LEARN = 0.1
_FIRST_COSTS = (1.0, 1.6, 2.1, 2.6, 3.1, 3.6, 4.1, 4.5)
"""A batch of 1, 2, ... tokens beside a single one, until it is measured (2 cores with AVX-512, clang)."""

Kind = tuple[str, int, int]
"""Where a guess comes from, how much context it rests on, how decided its source is."""
START = -1
"""Stands before the first token of a reply."""


class Costs:
    """Seconds a batch of n tokens takes, as a moving average."""

    def __init__(self) -> None:
        self._single = 0.0
        self._ratio = list(_FIRST_COSTS)

    def measured(self, tokens: int, seconds: float) -> None:
        if tokens == 1:
            self._single += (seconds - self._single) * (_LEARN if self._single else 1.0)
        elif tokens <= len(self._ratio) and self._single:
            self._ratio[tokens - 1] += (seconds / self._single - self._ratio[tokens - 1]) * _LEARN

    def ratio(self, tokens: int) -> float:
        return self._ratio[tokens - 1]


class Table:
    """What followed each run of up to _LONGEST tokens, with counts."""

    def __init__(self) -> None:
        self._next: OrderedDict[tuple[int, ...], dict[int, int]] = OrderedDict()

    def add(self, tokens: list[int], *, start: bool = False) -> None:
        whole = [START, *tokens] if start else tokens
        for at in range(1, len(whole)):
            for length in range(1, min(_LONGEST, at) + 1):
                counts = self._next.setdefault(tuple(whole[at - length : at]), {})
                counts[whole[at]] = counts.get(whole[at], 0) + 1
        while len(self._next) > _ENTRIES:
            self._next.popitem(last=False)

    def guess(self, context: list[int]) -> tuple[int, int, int] | None:
        """(token, length of the context it rests on, how decided: 0 always this one, to 3)."""
        for length in range(min(_LONGEST, len(context)), 0, -1):
            if counts := self._next.get(tuple(context[-length:])):
                token = max(counts, key=lambda found: counts[found])
                share = counts[token] / sum(counts.values())
                return token, length, 0 if share > 0.95 else 1 if share > 0.7 else 2 if share > 0.4 else 3
        return None


class Drafter:
    """What is learned over all replies of one engine; bounded, and in memory only."""

    def __init__(self) -> None:
        self.costs = Costs()
        self._spoken = Table()
        self._replies: OrderedDict[int, list[int]] = OrderedDict()
        self._stable: OrderedDict[int, Table] = OrderedDict()
        self._right: dict[Kind, list[float]] = defaultdict(lambda: [1.5, 3.0])  # right, tried: a cautious beginning

    def begin(self, prompt: list[int], prefix: int, likely: list[list[int]]) -> Draft:
        """For one reply; `likely` are texts that it may resemble."""
        stable = self._stable.get(hash(tuple(prompt[:prefix])))
        if stable is None:
            stable = self._stable[hash(tuple(prompt[:prefix]))] = Table()
            stable.add(prompt[:prefix])
            while len(self._stable) > 8:
                self._stable.popitem(last=False)
        own = Table()
        own.add(prompt[prefix:])
        alike = Table()
        for text in likely:
            alike.add(text, start=True)
        return Draft(self, prompt, (("own", own), ("alike", alike), ("stable", stable), ("spoken", self._spoken)))

    def same_again(self, prompt: list[int]) -> list[int]:
        """What was replied to exactly this prompt before."""
        return self._replies.get(hash(tuple(prompt)), [])

    def learn(self, prompt: list[int], reply: list[int]) -> None:
        self._spoken.add(reply, start=True)
        self._replies[hash(tuple(prompt))] = reply
        while len(self._replies) > _REPLIES:
            self._replies.popitem(last=False)

    def sure(self, kind: Kind) -> float:
        right, tried = self._right[kind]
        return right / tried

    def outcome(self, kind: Kind, *, right: bool) -> None:
        record = self._right[kind]
        record[0] += right
        record[1] += 1
        if record[1] > 200:  # so that it follows when habits change
            record[:] = [record[0] / 2, record[1] / 2]


class Draft:
    """Guesses for one reply."""

    def __init__(self, drafter: Drafter, prompt: list[int], tables: tuple[tuple[str, Table], ...]) -> None:
        self._drafter = drafter
        self._prompt = prompt
        self._before = drafter.same_again(prompt)
        self._tables = tables
        self._made: list[tuple[int, Kind]] = []

    def guess(self, reply: list[int], room: int) -> list[int]:
        """The tokens worth checking together with the last one of `reply`; often none."""
        self._made = []
        context = [START, *reply] if len(reply) < _LONGEST else list(reply[-_LONGEST:])
        tail = [*self._prompt[-_LONGEST:], *reply][-_LONGEST:]
        costs, sure, gain, best, length = self._drafter.costs, 1.0, 1.0, 1.0, 0
        while len(self._made) < min(_MOST, room):
            found = self._next(context, tail, [*reply, *(token for token, _ in self._made)])
            if found is None:
                break
            sure *= self._drafter.sure(found[1])
            if sure < _LEAST_SURE:
                break
            self._made.append(found)
            context, tail = [*context[-_LONGEST:], found[0]], [*tail[-_LONGEST:], found[0]]
            gain += sure
            if (value := gain / costs.ratio(len(self._made) + 1)) > best:
                best, length = value, len(self._made)
        return [token for token, _ in self._made[:length]]

    def _next(self, context: list[int], tail: list[int], said: list[int]) -> tuple[int, Kind] | None:
        if len(said) < len(self._before) and said == self._before[: len(said)]:
            return self._before[len(said)], ("again", 0, 0)
        found: list[tuple[int, Kind]] = []
        for name, table in self._tables:
            if guess := table.guess(context if name in ("spoken", "alike") else tail):
                token, length, decided = guess
                found.append((token, (name, length, decided)))
        if not found:
            return None
        token, kind = max(found, key=lambda each: self._drafter.sure(each[1]))
        agreeing = sum(other == token for other, _ in found)
        return token, (f"{kind[0]} of {agreeing}", kind[1], kind[2]) if agreeing > 1 else kind

    def checked(self, truth: list[int]) -> None:
        """What really came, as far as it is known: also guesses that were not sent teach."""
        for (token, kind), true in zip(self._made, truth, strict=False):
            self._drafter.outcome(kind, right=token == true)
            if token != true:
                return
