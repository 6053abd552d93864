"""Models, embedders and text functions of installed packages, each in a process of its own that stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aishell.config.paths import Paths
from aishell.core.errors import ModelUnavailable, UsageError
from aishell.core.own import BACKENDS, EMBEDDERS, FUNCTIONS
from aishell.wiring.extend import open_plugins

if TYPE_CHECKING:
    from aishell.backends.plugin import PluginBackend
    from aishell.extend.resident import Resident
    from aishell.memory.spec import EmbedderSpec

_REPLY_S, _RESULT_S = 60.0, 30.0
"""How long a plugin may be silent where its module does not say SECONDS: before a piece of a reply, and before a result."""


def open_speaker(name: str, paths: Paths) -> PluginBackend:
    """The model of a plugin; its process starts with the first request. Raises ModelUnavailable."""
    from aishell.backends.plugin import PluginBackend, Speaker
    from aishell.extend.resident import Resident

    plugins = open_plugins(paths)
    try:
        plugin = plugins.get(BACKENDS, name)
    except UsageError as error:
        raise ModelUnavailable(str(error), hint=error.hint) from error
    resident = Resident(plugin, plugins, seconds=_REPLY_S)
    return PluginBackend(
        Speaker(
            name=name,
            package=plugin.package,
            about=resident.about,
            ask=resident.ask,
            stop=resident.stop,
            close=resident.close,
        )
    )


def open_function(name: str, paths: Paths) -> Resident:
    """A text function of a plugin. Raises UsageError, ExtensionFailed for one that does not say what it is."""
    from aishell.extend.resident import Resident

    plugins = open_plugins(paths)
    return Resident(plugins.get(FUNCTIONS, name), plugins, seconds=_RESULT_S)


def plugged_embedders(paths: Paths) -> dict[str, EmbedderSpec]:
    """Those of installed packages, under the names that settings have for them."""
    from aishell.memory.models import plugged

    plugins = open_plugins(paths)
    found = [plugin for plugin in plugins.all() if plugin.group == EMBEDDERS and not plugin.problem]
    made = (plugged(one.name, one.value, one.package, off=str(plugins.off(one))) for one in found)
    return {spec.name: spec for spec in made}
