"""Every setting with its default. `config/aishell.toml` says the same with comments; a test keeps the two equal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    use: str = "qwen2.5-coder-1.5b"
    """An id of the catalog, one added with `aishell model add`, or a path to a GGUF file."""
    backend: Literal["engine", "llama", "remote", "plugin", "scripted"] = "engine"
    remote: str = "local"
    """For "remote": names of [remote.NAME] and "local", separated by blanks; the first that answers is used."""
    plugin: str = ""
    """For "plugin": names of plugins and "local", likewise."""
    context_tokens: int = 4096
    threads: int = 0
    gpu_layers: int = -1
    chat_template: str = ""
    prefix_cache_mb: int = 512
    repack: bool = True
    script: str = ""


WITH_ENGINE = ("engine", "remote", "plugin")
"""Backends beside which this machine's engine finds by meaning, and suggests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    resident: bool = True
    idle_minutes: float = 30.0
    cache_tokens: int = 8192
    draft: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannerSettings:
    max_tokens: int = 256
    repair: bool = True
    mend: bool = True
    piped_bytes: int = 1200
    candidates: int = 2
    sure: float = 0.5
    ask_below: float = 0.5
    examples: int = 3
    look: bool = True
    steps: bool = True
    rounds: int = 8
    seconds: float = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionSettings:
    unattended_timeout_s: float = 120.0
    keep_kb: int = 256
    spill_mb: int = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoSettings:
    days: float = 7.0
    room_mb: int = 2048
    sets: int = 50
    folders: str = ".:~:/tmp:/var/tmp"
    trial_mb: int = 4096
    copy_mb: int = 64
    protect: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemorySettings:
    record: bool = True
    embedder: str = "minilm-l6-v2"
    """A model of `aishell memory model list`, or "none"."""
    multilingual: str = "use-multilingual"


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestSettings:
    history: bool = True
    next: bool = True
    memory: bool = True
    tldr: bool = True
    model: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class InterfaceSettings:
    screen: Literal["auto", "full", "line"] = "auto"
    keys: Literal["emacs", "vi"] = "emacs"
    theme: str = "auto"
    language: str = "auto"
    plain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShellSettings:
    """The person's own shell."""

    history: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WidgetSettings:
    """Keys in the person's own shell."""

    patience_s: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuSettings:
    without: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSettings:
    """Tools of the person's own."""

    reads: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSettings:
    """Which models do what, in the form of `model.remote`; empty: those of `model.remote`."""

    plan: str = ""
    functions: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteSettings:
    """One [remote.NAME]: a place where a model is asked over HTTP."""

    url: str = ""
    """https://..., http:// on this machine, or unix:/path/of/a/socket."""
    model: str = ""
    key: str = ""
    """The name of a variable that holds the bearer token, or keyring:SERVICE/USER; empty: none."""
    timeout_s: float = 60.0
    context_tokens: int = 8192
    thinking_tokens: int = 0
    at_once: int = 8
    """Requests under way there at a time, of one shell."""
    plain_http: bool = False
    """http:// to another machine is meant."""
    hide_home: bool = False
    """The home folder is sent as ~."""
    proxy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    model: ModelSettings = field(default_factory=ModelSettings)
    engine: EngineSettings = field(default_factory=EngineSettings)
    planner: PlannerSettings = field(default_factory=PlannerSettings)
    actions: ActionSettings = field(default_factory=ActionSettings)
    undo: UndoSettings = field(default_factory=UndoSettings)
    memory: MemorySettings = field(default_factory=MemorySettings)
    suggest: SuggestSettings = field(default_factory=SuggestSettings)
    ui: InterfaceSettings = field(default_factory=InterfaceSettings)
    shell: ShellSettings = field(default_factory=ShellSettings)
    widgets: WidgetSettings = field(default_factory=WidgetSettings)
    menu: MenuSettings = field(default_factory=MenuSettings)
    tools: ToolSettings = field(default_factory=ToolSettings)
    tasks: TaskSettings = field(default_factory=TaskSettings)
    remote: Mapping[str, RemoteSettings] = field(default_factory=dict)


LOWEST: dict[str, float] = {
    "model.context_tokens": 512,
    "model.threads": 0,
    "model.gpu_layers": -1,
    "model.prefix_cache_mb": 0,
    "engine.idle_minutes": 0,
    "engine.cache_tokens": 0,
    "planner.max_tokens": 16,
    "planner.piped_bytes": 0,
    "planner.candidates": 1,
    "planner.sure": 0,
    "planner.ask_below": 0,
    "planner.examples": 0,
    "actions.unattended_timeout_s": 0,
    "actions.keep_kb": 1,
    "actions.spill_mb": 0,
    "undo.days": 0,
    "widgets.patience_s": 0.1,
    "undo.room_mb": 0,
    "undo.sets": 1,
    "undo.trial_mb": 1,
    "undo.copy_mb": 0,
}
"""The smallest value each number may have."""
