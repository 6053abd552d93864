"""What was on the screen of a session that was cut off, for the next one to show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aishell.core.types import JudgedStep, Proposal, Request, ShellCommand, Step, Tier, Verdict
from aishell.ui.widgets.column import Column
from aishell.ui.widgets.command_block import CommandBlock
from aishell.ui.widgets.notice_block import NoticeBlock
from aishell.ui.widgets.request_block import RequestBlock
from aishell.ui.words import Words

_MOST_CHARACTERS = 16_000
"""Of a block; the end of a long output is worth more than its beginning."""
_FOLDED_ROWS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A command and what it printed."""

    line: str
    folder: str
    status: int | None
    took_s: float
    text: str
    trial: bool = False
    """It was only tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request in words."""

    text: str
    outcome: str = ""
    """What became of it, where that is not seen below it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A command that was proposed."""

    command: str
    folder: str
    tier: str
    reasons: str
    why: str
    outcome: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer in words, as Markdown."""

    question: str
    text: str


Shown = Ran | Asked | Offered | Answered
"""What a block was."""
Keep = Callable[[Shown, Shown | None], object]
"""Write down what would be lost, in the place of what was kept of the same block before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOff:
    """Each of these is called in a thread. What cannot be written is not kept; nothing is raised."""

    keep: Keep
    """Without secrets."""
    found: Callable[[], Sequence[Shown]]
    """What a session has left that did not come to its end, oldest first. It is told once."""
    ended: Callable[[], None]
    """This session comes to its end: nothing of it needs to be shown again."""


def as_ran(block: CommandBlock) -> Ran:
    text = block.output.plain_text()[-_MOST_CHARACTERS:]
    took_s = block.took_s or 0.0
    return Ran(line=block.line, folder=block.folder, status=block.exit_status, took_s=took_s, text=text, trial=block.trial)


def as_offered(proposal: Proposal) -> Offered:
    """The first of its steps."""
    judged = proposal.steps[0]
    return Offered(
        command=judged.step.action.command,
        folder=proposal.request.cwd,
        tier=judged.verdict.tier.name,
        reasons="; ".join(judged.verdict.reasons),
        why=judged.step.why,
    )


def as_answered(question: str, text: str) -> Answered:
    return Answered(question=question, text=text[:_MOST_CHARACTERS])


async def show_again(found: Sequence[Shown], column: Column, say: Words) -> None:
    """As blocks that can only be read; output is folded."""
    if not found:
        return
    told = say("The last session was cut off. This was the last on its screen:")
    await column.add(NoticeBlock(told, kind="warning"))
    for shown in found:
        match shown:
            case Ran():
                await _show_ran(shown, column, say)
            case Asked():
                block = RequestBlock(shown.text, say=say)
                await column.add(block)
                block.ends(shown.outcome)
            case Offered():
                await _show_offered(shown, column, say)
            case Answered():
                await _show_answered(shown, column, say)


async def _show_ran(ran: Ran, column: Column, say: Words) -> None:
    block = CommandBlock(
        ran.line, folder=ran.folder, say=say, columns=column.columns, newline_returns=True, fold_rows=_FOLDED_ROWS
    )
    block.trial = ran.trial
    await column.add(block)
    block.write(ran.text.encode("utf-8", "replace"))
    block.ended(ran.status, ran.took_s)


async def _show_offered(offered: Offered, column: Column, say: Words) -> None:
    from aishell.ui.widgets.proposal_block import ProposalBlock  # like the next one: 80 ms that the first prompt does without

    verdict = Verdict(tier=Tier.__members__.get(offered.tier, Tier.ASK), reasons=(offered.reasons,) if offered.reasons else ())
    step = JudgedStep(step=Step(action=ShellCommand(command=offered.command), why=offered.why), verdict=verdict)
    block = ProposalBlock(Proposal(request=Request(text="", cwd=offered.folder), steps=(step,)), say=say)
    await column.add(block)
    block.closed(offered.outcome or say("nobody had answered"))


async def _show_answered(answered: Answered, column: Column, say: Words) -> None:
    from aishell.ui.widgets.answer_block import AnswerBlock

    block = AnswerBlock(say=say, question=answered.question)
    await column.add(block)
    await block.write(answered.text)
    await block.finish()
