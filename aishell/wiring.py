"""From settings to the objects that do the work: the only module that names concrete classes."""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from aishell.config.load import Loaded, load, read_own
from aishell.config.paths import Paths, shipped
from aishell.config.settings import Settings
from aishell.core.errors import ModelUnavailable
from aishell.core.text import visible

if TYPE_CHECKING:
    from aishell.acting import Acting
    from aishell.actions.audit import Audit
    from aishell.actions.dryrun.sets import Sets
    from aishell.actions.dryrun.trial import Sandbox
    from aishell.actions.dryrun.undo import Undo
    from aishell.actions.risk import Rules
    from aishell.assets.catalog import Asset, Catalog
    from aishell.backends.client import EngineBackend
    from aishell.backends.launch import Place
    from aishell.backends.spec import LlamaSpec
    from aishell.core.ports import Backend
    from aishell.core.types import Script
    from aishell.memory.redact import Redactor
    from aishell.memory.store import Store
    from aishell.recording import Recording
    from aishell.session import Session


def settings() -> tuple[Loaded, Paths]:
    """What is in force for this run. Raises ConfigError."""
    environment = dict(os.environ)
    paths = Paths.from_environment(environment)
    return load(paths.config_file, environment), paths


def catalog(paths: Paths) -> Catalog:
    from aishell.assets.catalog import Catalog

    return Catalog(shipped("assets.toml"), paths.assets)


def chosen_model(wanted: Settings, paths: Paths) -> tuple[Asset, Path]:
    """The model in use and its file. Raises ModelUnavailable when it is not here."""
    known = catalog(paths)
    asset = known.get(wanted.model.use)
    if not known.present(asset):
        raise ModelUnavailable(
            f"The model {asset.id} is not on this machine.",
            hint=f"`aishell model pull {asset.id}` fetches it ({asset.size / 1e9:.1f} GB).",
        )
    return asset, known.location(asset)


def open_backend(wanted: Settings, paths: Paths) -> Backend:
    """The language model behind its Protocol; nothing is loaded yet. Raises ModelUnavailable."""
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


def open_engine(wanted: Settings, paths: Paths, spec: LlamaSpec) -> EngineBackend:
    """The engine of this model, shared or not; nothing is started yet."""
    from aishell.backends.client import EngineBackend

    return EngineBackend(spec, place=engine_place(paths, spec) if wanted.engine.resident else None, log=engine_log(paths))


@functools.cache
def open_redactor() -> Redactor:
    """What takes secrets out of a text before it is kept or sent. Raises ConfigError."""
    from aishell.memory.redact import Redactor

    return Redactor.from_file(shipped("redact.toml"), os.environ)


def without_secrets(text: str) -> str:
    """Raises ConfigError. The rules are read at first use: compiling them takes 30 ms that `--print` need not spend."""
    return open_redactor().redact(text).text


def audit_file(paths: Paths) -> Path:
    return paths.state / "audit.jsonl"


def open_audit(paths: Paths) -> Audit:
    """The log of this session's decisions."""
    from aishell.actions.audit import Audit

    return Audit(audit_file(paths), session=os.urandom(6).hex(), redact=without_secrets, fallback=sys.stderr)


def memory_file(paths: Paths) -> Path:
    return paths.state / "memory" / "memory.db"


def open_store(paths: Paths) -> Store:
    """The memory file. Raises MemoryUnavailable."""
    from aishell.memory.store import Store

    return Store(memory_file(paths), redact=without_secrets)


def open_recording(wanted: Settings, paths: Paths) -> Recording:
    """What writes down what is decided and what runs; nothing is opened yet."""
    from aishell.memory.journal import Journal
    from aishell.recording import Recording

    audit = open_audit(paths)
    journal = Journal(open_store=lambda: open_store(paths), tell=_tell, session=audit.session) if wanted.memory.record else None
    return Recording(audit=audit, journal=journal, redact=without_secrets)


def _tell(sentence: str) -> None:
    if sys.stderr:
        sys.stderr.write(f"aishell: {visible(sentence)}\n")
        sys.stderr.flush()


def engine_log(paths: Paths) -> Path:
    return paths.state / "engine.log"


def engine_place(paths: Paths, spec: LlamaSpec) -> Place:
    from aishell.backends.launch import Place

    return Place(paths.runtime, spec.key())


def model_spec(wanted: Settings, paths: Paths) -> LlamaSpec:
    """What llama.cpp is started with. Raises ModelUnavailable when the model is not here."""
    from aishell.backends.spec import LlamaSpec

    asset, file = chosen_model(wanted, paths)
    return LlamaSpec(
        path=str(file),
        name=asset.id,
        sha256=asset.sha256,
        context_tokens=wanted.model.context_tokens,
        threads=wanted.model.threads,
        gpu_layers=wanted.model.gpu_layers,
        chat_template=wanted.model.chat_template or asset.chat_template,
        prefix_folder=str(paths.cache / "prefixes") if wanted.model.prefix_cache_mb else "",
        prefix_bytes=wanted.model.prefix_cache_mb << 20,
        repack=wanted.model.repack and wanted.engine.resident,  # one reply does not earn back a longer load
        draft=wanted.engine.draft,
        cache_tokens=wanted.engine.cache_tokens if wanted.engine.resident else 0,
        idle_s=60 * wanted.engine.idle_minutes,
    )


def open_session(wanted: Settings, paths: Paths, *, model: bool = True) -> Session:
    """Everything a front end needs; without `model` nothing can be asked of it. Raises ModelUnavailable, ConfigError."""
    from aishell.backends.scripted import ScriptedBackend

    backend = open_backend(wanted, paths) if model else ScriptedBackend(())
    from aishell.planner.plan import Planner
    from aishell.session import Session

    def inspect(command: str) -> Script:
        from aishell.actions import parse

        return parse.inspect(command)

    def unknown(script: Script) -> tuple[str, ...]:
        from aishell.actions.options import unknown_options

        return unknown_options(script, session.acting.rules)

    planner = Planner(
        backend,
        inspect,
        max_tokens=wanted.planner.max_tokens,
        repair=wanted.planner.repair,
        piped_bytes=wanted.planner.piped_bytes,
        unknown_options=unknown,
    )
    session = Session(backend=backend, planner=planner, open_acting=lambda: open_acting(wanted, paths))
    return session


def open_acting(wanted: Settings, paths: Paths) -> Acting:
    """What judges and acts. Raises ConfigError."""
    from aishell.acting import Acting
    from aishell.actions.capture import Limits
    from aishell.actions.trying import Trials

    return Acting(
        rules=rules(paths),
        recording=open_recording(wanted, paths),
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


def rules(paths: Paths) -> Rules:
    """The judge, with the shipped policy and the user's own rules. Raises ConfigError."""
    from aishell.actions.risk import Rules
    from aishell.actions.user_rules import UserRules

    return Rules.from_file(
        shipped("policy.toml"),
        user=UserRules.parse(read_own(paths.policy_file), str(paths.policy_file)),
        own=tuple(str(folder) for folder in (paths.config_file.parent, paths.state, paths.cache, paths.runtime)),
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
