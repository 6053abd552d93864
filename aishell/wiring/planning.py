"""What makes a plan of words, and what it asks of the rooms beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from aishell.config.paths import Paths
from aishell.config.settings import Settings
from aishell.wiring.remote import is_remote, nearest
from aishell.wiring.steps import names_in

if TYPE_CHECKING:
    from aishell.core.changes import Changes
    from aishell.core.own import Skill
    from aishell.core.ports import Backend
    from aishell.core.programs import Program
    from aishell.core.types import Request, Script
    from aishell.planner.gather import Exemplars
    from aishell.planner.plan import Planner
    from aishell.planner.validate import UnknownOptions


def open_planner(
    wanted: Settings,
    paths: Paths,
    backend: Backend,
    unknown_options: UnknownOptions,
    program: Callable[[str], Program],
    skill: Callable[[str], Skill | None],
) -> Planner:
    """What makes a plan of words; the examples nearest to them come from the engine. `program`: what one says about itself.

    `skill`: how the person has a request done.
    """
    from aishell.planner.plan import Effort, Planner
    from aishell.planner.wrong import Knowing

    def documented(script: Script, request: str) -> tuple[str, ...]:
        from aishell.programs.relevant import lines

        return lines([program(name) for name in dict.fromkeys(call.program for call in script.calls if call.program)], request)

    own = wanted.planner
    exemplars, purposes = _near(wanted, paths, backend)
    return Planner(
        backend,
        inspect,
        max_tokens=own.max_tokens,
        piped_bytes=own.piped_bytes,
        effort=Effort(
            repair=own.repair, mend=own.mend, candidates=own.candidates, sure=own.sure, examples=own.examples, look=own.look
        ),
        unknown_options=unknown_options,
        exemplars=exemplars,
        purposes=purposes,
        skill=skill,
        knowing=Knowing(names=names_in, documented=documented),
    )


def _near(wanted: Settings, paths: Paths, backend: Backend) -> tuple[Exemplars, Exemplars]:
    """What finds worked examples and programs near to a request: the engine, also where the model is elsewhere."""
    from aishell.backends.client import EngineBackend
    from aishell.planner.gather import no_exemplars

    if isinstance(backend, EngineBackend):
        return backend.exemplars, backend.programs
    if is_remote(wanted):
        return nearest(wanted, paths, "exemplars"), nearest(wanted, paths, "programs")
    return no_exemplars, no_exemplars


def misfits(request: Request, command: str, changes: Changes) -> tuple[str, ...]:
    from aishell.planner import conditions

    return conditions.misfits(request.text, inspect(command), changes, request.cwd, names_in)


def inspect(command: str) -> Script:
    from aishell.actions import parse

    return parse.inspect(command)
