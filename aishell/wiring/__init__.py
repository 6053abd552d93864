"""From settings to the objects that do the work: the only package that names concrete classes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from aishell.config.load import load, read_own
from aishell.config.paths import Paths, shipped
from aishell.config.settings import Settings
from aishell.wiring.as_you_type import open_as_you_type as open_as_you_type
from aishell.wiring.base import Tell as Tell
from aishell.wiring.base import audit_file as audit_file
from aishell.wiring.base import catalog as catalog
from aishell.wiring.base import chosen_model as chosen_model
from aishell.wiring.base import engine_log as engine_log
from aishell.wiring.base import engine_place as engine_place
from aishell.wiring.base import model_spec as model_spec
from aishell.wiring.base import open_redactor as open_redactor
from aishell.wiring.base import settings as settings
from aishell.wiring.base import tell as tell
from aishell.wiring.base import without_secrets as without_secrets
from aishell.wiring.engine import open_engine as open_engine
from aishell.wiring.extend import open_hooks, open_own, reading_tools, skill_for
from aishell.wiring.mcp import allowing
from aishell.wiring.memory import embedders as embedders
from aishell.wiring.memory import examples_of as examples_of
from aishell.wiring.memory import memory_file as memory_file
from aishell.wiring.memory import memory_spec as memory_spec
from aishell.wiring.memory import models_folder as models_folder
from aishell.wiring.memory import open_meaning as open_meaning
from aishell.wiring.memory import open_memory as open_memory
from aishell.wiring.memory import open_own_history as open_own_history
from aishell.wiring.memory import open_store as open_store
from aishell.wiring.planning import inspect as inspect
from aishell.wiring.planning import misfits as misfits
from aishell.wiring.planning import open_planner
from aishell.wiring.remote import Task, bind, is_remote, open_plugged, open_remote, start_here
from aishell.wiring.remote import badge as badge
from aishell.wiring.remote import sent_file as sent_file
from aishell.wiring.remote import speaks as speaks
from aishell.wiring.remote import without_remote as without_remote
from aishell.wiring.steps import open_playbooks as open_playbooks
from aishell.wiring.steps import open_saved as open_saved
from aishell.wiring.steps import open_working as open_working
from aishell.wiring.suggest import suggest_spec as suggest_spec

if TYPE_CHECKING:
    from aishell.acting import Acting
    from aishell.actions.audit import Audit
    from aishell.actions.dryrun.sets import Sets
    from aishell.actions.dryrun.trial import Sandbox
    from aishell.actions.dryrun.undo import Undo
    from aishell.actions.risk import Rules
    from aishell.actions.shell.shell import Shell
    from aishell.core.ports import Backend
    from aishell.core.types import Script
    from aishell.extend.hooks import Hooks
    from aishell.planner.fix.fixer import Fixer
    from aishell.programs.known import Programs
    from aishell.recording import Recording
    from aishell.session import Session
    from aishell.ui.words import Words


def open_backend(wanted: Settings, paths: Paths, task: Task = "plan") -> Backend:
    """The language model behind its Protocol; nothing is loaded yet. Raises ModelUnavailable, ConfigError."""
    if is_remote(wanted):
        return open_plugged(wanted, paths) if wanted.model.backend == "plugin" else open_remote(wanted, paths, task)
    if wanted.model.backend == "scripted":
        from aishell.backends.scripted import ScriptedBackend

        return ScriptedBackend.from_file(Path(wanted.model.script).expanduser())
    spec = model_spec(wanted, paths)
    if wanted.model.backend == "llama":
        from aishell.backends.inprocess import LlamaBackend

        return LlamaBackend(spec)
    engine = open_engine(wanted, paths, spec)
    engine.start()  # the model loads while the rest of aishell is still being imported
    return engine


def open_audit(paths: Paths, tell: Tell = tell, origin: str = "") -> Audit:
    """The log of this session's decisions."""
    from aishell.actions.audit import Audit

    return Audit(audit_file(paths), session=os.urandom(6).hex(), redact=without_secrets, tell=tell, origin=origin)


def open_recording(
    wanted: Settings, paths: Paths, tell: Tell = tell, origin: str = "", hooks: Hooks | None = None
) -> Recording:
    """What writes down what is decided and what runs; nothing is opened yet.

    What another program does (`origin`) goes into the log alone: the memory and the history are the person's.
    """
    from aishell.memory.journal import Journal
    from aishell.recording import Recording

    audit = open_audit(paths, tell, origin)
    if origin:
        return Recording(audit=audit, journal=None, redact=without_secrets, hooks=hooks)
    journal = (
        Journal(open_memory=lambda: open_memory(paths), tell=tell, session=audit.session) if wanted.memory.record else None
    )
    own = open_own_history(tell) if wanted.shell.history else None
    return Recording(audit=audit, journal=journal, redact=without_secrets, own_history=own, hooks=hooks)


def open_session(
    wanted: Settings,
    paths: Paths,
    *,
    model: bool = True,
    tell: Tell = tell,
    ended: Callable[[str, int], None] | None = None,
    origin: str = "",
) -> Session:
    """Everything a front end needs; without `model` nothing can be asked of it. Raises ModelUnavailable, ConfigError.

    `tell` brings a sentence to the person, from any thread. `ended` is told of lines that have run. `origin`: as in `Audit`.
    """
    from aishell.backends.scripted import ScriptedBackend

    backend = open_backend(wanted, paths) if model else ScriptedBackend(())
    from aishell.session import Session

    def unknown(script: Script) -> tuple[str, ...]:
        from aishell.actions.options import unknown_options

        return unknown_options(script, session.acting.rules, session.acting.programs)

    def fixer() -> Fixer:
        from aishell.wiring.fixing import open_fixer

        return open_fixer(wanted, paths, inspect, unknown)

    planner = open_planner(wanted, paths, backend, unknown, lambda name: session.acting.programs.get(name), skill_for(paths))
    acting = partial(open_acting, wanted, paths, tell, origin)
    session = Session(backend=backend, planner=planner, open_acting=acting, open_shell=open_shell, open_fixer=fixer)
    session.tell = lambda why: spoken(wanted)(why.text, **why.values)
    session.playbooks = open_playbooks
    session.own = open_own(paths)
    session.ask_below, session.ended = wanted.planner.ask_below, ended
    session.bind = partial(bind, backend)
    session.bind(session)
    if wanted.planner.steps and model:
        session.open_working = lambda session: open_working(session, wanted, paths)
    return session


def spoken(wanted: Settings) -> Words:
    """What is said, in the person's language."""
    from aishell.ui.words import language, speak

    return speak(language(os.environ, "" if wanted.ui.language == "auto" else wanted.ui.language))


def open_shell(*, rows: int, columns: int, cwd: str, bare: bool = False, lent: bool = False) -> Shell:
    """The person's own shell, where that is bash or zsh; else bash. Needs a running event loop. Raises ShellUnavailable.

    `bare`: without their start-up files. `lent`: its lines are to have the real terminal.
    """
    from aishell.actions.shell.shell import Shell

    return Shell.start(
        "zsh" if os.path.basename(os.environ.get("SHELL", "")) == "zsh" else "bash",
        rows=rows,
        columns=columns,
        cwd=cwd,
        environment=dict(os.environ),
        files="norc" if bare else "rc",
        prompts="lent" if lent else "marks",
    )


def open_acting(wanted: Settings, paths: Paths, tell: Tell = tell, origin: str = "") -> Acting:
    """What judges and acts. Raises ConfigError."""
    from aishell.acting import Acting
    from aishell.actions.capture import Limits
    from aishell.actions.trying import Trials

    judge = rules(paths, wanted)
    hooks = open_hooks(paths, tell)
    return Acting(
        rules=judge,
        hooks=hooks,
        open_programs=lambda: open_programs(paths, judge),
        misfits=misfits,
        start_engine=lambda: start_here(wanted, paths),
        recording=open_recording(wanted, paths, tell, origin, hooks),
        trials=Trials(
            open_sandbox(wanted, paths),
            lambda cwd: trial_folders(wanted, cwd),
            disk_bytes=wanted.undo.trial_mb << 20,
            copy_bytes=wanted.undo.copy_mb << 20,
        ),
        limits=Limits(
            keep_bytes=wanted.actions.keep_kb << 10,
            spill_bytes=wanted.actions.spill_mb << 20,
            spill_folder=str(paths.state / "spill"),
        ),
    )


def rules(paths: Paths, wanted: Settings | None = None) -> Rules:
    """The judge, with the shipped policy and the user's own rules; `wanted`: what is in force, if known. Raises ConfigError."""
    from aishell.actions.risk import Rules
    from aishell.actions.user_rules import UserRules

    user = UserRules.parse(read_own(paths.policy_file), str(paths.policy_file))
    made = Rules.from_file(
        shipped("policy.toml"),
        user=replace(user, rules=(*user.rules, *allowing(paths))),
        own=tuple(str(folder) for folder in (paths.config_file.parent, paths.state, paths.cache, paths.runtime)),
        itself=str(Path(sys.executable).with_name("aishell")),
    )
    named = (wanted or load(paths.config_file, dict(os.environ)).settings).tools.reads
    return replace(made, tools=reading_tools(named, paths)) if named else made


def open_programs(paths: Paths, judge: Rules) -> Programs:
    """What installed programs say about themselves; nothing is read yet."""
    from aishell.planner.lexicon import BUILTINS
    from aishell.programs.cache import Cache
    from aishell.programs.known import Programs

    def harmless(name: str) -> bool:
        return name in judge.read and judge.trusted(name)

    return Programs(
        Cache(paths.cache / "programs"),
        builtins=BUILTINS,
        examples=lambda name: examples_of(paths, name),
        harmless=harmless,
        own={"aishell": (sys.executable, "-m", "aishell")},
    )


def open_sandbox(wanted: Settings, paths: Paths, *, network: bool = False) -> Sandbox:
    """Where commands are tried without their effects."""
    from aishell.actions.dryrun.trial import Sandbox

    return Sandbox(_sets(wanted, paths), hidden=(str(paths.state), str(paths.runtime)), network=network)


def open_undo(wanted: Settings, paths: Paths) -> Undo:
    """What was put in place and can be taken back."""
    from aishell.actions.dryrun.undo import Undo

    return Undo(_sets(wanted, paths))


def trial_folders(wanted: Settings, cwd: str) -> tuple[str, ...]:
    """Where a command tried in `cwd` may seem to write."""
    from aishell.actions.dryrun.roots import widest

    names = [name for name in wanted.undo.folders.split(":") if name]
    folders = (widest(cwd) if name == "." else os.path.expanduser(name) for name in names)
    return tuple(folder for folder in folders if folder != "/")  # which no overlay can cover: there it stays read-only


def _sets(wanted: Settings, paths: Paths) -> Sets:
    from aishell.actions.dryrun.roots import Places
    from aishell.actions.dryrun.sets import Keep, Sets

    keep = Keep(days=wanted.undo.days, bytes=wanted.undo.room_mb << 20, sets=wanted.undo.sets)
    return Sets(Places(primary=paths.state / "undo"), keep)
