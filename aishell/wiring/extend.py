"""What a person has added to aishell, from their own settings folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from aishell.config.load import own_hooks, own_macros
from aishell.config.paths import Paths
from aishell.wiring import mcp
from aishell.wiring.base import Tell

if TYPE_CHECKING:
    from aishell.core.own import Own, Skill
    from aishell.core.tools import Tool
    from aishell.extend.hooks import Hooks
    from aishell.extend.plugins import Plugins
    from aishell.extend.skills import Skills
    from aishell.extend.tools import Tools
    from aishell.suggest.menu.source import Source


def open_hooks(paths: Paths, tell: Tell) -> Hooks | None:
    """None where there are none. Raises ConfigError."""
    files = own_hooks(paths.config_file)
    if files is None:
        return None
    from aishell.extend.hooks import Hooks

    return Hooks(files, tell)


def open_own(paths: Paths) -> Own:
    """Macros, tools and servers, which are read when words come, and whether there are hooks. Raises ConfigError."""
    from aishell.core.own import Own

    return Own(
        macros=lambda: own_macros(paths.config_file),
        tools=lambda words: own_tools(words, paths),
        servers=lambda: mcp.server_names(paths),
        hooked=own_hooks(paths.config_file) is not None,
    )


def skill_for(paths: Paths) -> Callable[[str], Skill | None]:
    """What says how a request is done here, if anything does. Where the person has no skills, nothing is loaded for that."""
    return open_skills(paths).fitting if (paths.config_file.parent / "skills").is_dir() else lambda _request: None


def open_skills(paths: Paths) -> Skills:
    """Nothing is read yet."""
    from aishell.extend.skills import Skills

    return Skills(folder=paths.config_file.parent / "skills")


def open_tools(paths: Paths) -> Tools:
    """The tools of their own, and of plugins; those of their own are not read yet."""
    from aishell.extend.tools import Tools

    return Tools(folder=paths.config_file.parent / "tools", state=paths.state / "extend", more=open_plugins(paths).tools())


def open_plugins(paths: Paths) -> Plugins:
    """Nothing is looked for yet."""
    from aishell.extend.plugins import Plugins

    return Plugins(cache=paths.cache / "plugins.json", state=paths.state / "extend")


def suggestions(paths: Paths) -> Iterator[Source]:
    """What plugins know may stand in a line. Raises OSError."""
    from aishell.core.errors import ExtensionFailed
    from aishell.core.menu import Offer, Typed
    from aishell.core.own import Plugin
    from aishell.extend.plugins import programs
    from aishell.suggest.menu.source import Source

    plugins = open_plugins(paths)

    def source(plugin: Plugin) -> Source:
        def offers(typed: Typed) -> Iterator[Offer]:
            from aishell.extend import plugged

            try:
                for text, meaning in plugged.offers(plugin, typed.words, typed.folder):
                    yield Offer(text=text, sort="completion", meaning=meaning)
            except ExtensionFailed as error:
                plugins.leave_alone(plugin, str(error))

        return Source(name=plugin.name, at=lambda typed: typed.program in programs(plugin), offers=offers)

    return (source(plugin) for plugin in plugins.suggesting())


def reading_tools(named: str, paths: Paths) -> frozenset[str]:
    """Those of `named`, with blanks between, that say themselves that they only read: these run without a question."""
    free = named.split()
    return frozenset(tool.name for tool in open_tools(paths).all() if tool.reads and tool.name in free)


async def tools_for(words: str, paths: Paths) -> tuple[Tool, ...]:
    """What a request of several steps is offered: of the person's own, and of the server that it names.

    Raises ServerUnavailable.
    """
    return (*own_tools(words, paths), *await mcp.tools_for(words, paths))


def own_tools(words: str, paths: Paths) -> tuple[Tool, ...]:
    """Those that a request names, or whose own words it has. Without any tool next to nothing is loaded for it."""
    if not (paths.config_file.parent / "tools").is_dir() and not open_plugins(paths).tools():
        return ()
    from aishell.core.tools import Tool
    from aishell.planner.steps.foreign import named

    tools = open_tools(paths)
    name = named(words, (tool.name for tool in tools.all()))
    found = {tool.name: tool for tool in (*((tools.get(name),) if name else ()), *tools.fitting(words))}
    return tuple(
        Tool(server="", name=tool.name, about=tool.about, parameters=tool.parameters, required=tool.required)
        for tool in list(found.values())[:_MOST]
    )


_MOST = 4
"""Tools of their own that are offered at once: at most about 200 tokens."""
