"""`aishell extend filter NAME`: texts through the text function of a plugin, one after the other, as they are read."""

from __future__ import annotations

import json
from argparse import Namespace
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from aishell.cli import stdio
from aishell.cli.functions.filter import Told
from aishell.cli.functions.output import Shown
from aishell.cli.functions.sources import Given, Sources
from aishell.config.paths import Paths
from aishell.core.errors import ExtensionFailed
from aishell.extend.resident import Failed, Resident
from aishell.functions.records import Record
from aishell.functions.stream import Done
from aishell.wiring.plugged import open_function


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a plugin made of a text: implements `functions.results.Result`."""

    value: Any
    """Plain, as JSON has it."""
    in_a_line: bool
    notes: tuple[str, ...] = ()
    how: tuple[str, ...] = ()

    def said(self) -> str:
        text = self.value if isinstance(self.value, str) else json.dumps(self.value, ensure_ascii=False)
        return " ".join(text.splitlines()) if self.in_a_line else text.removesuffix("\n")

    def table(self) -> dict[str, Any]:
        return {"value": self.value}


def run(options: Namespace, paths: Paths) -> int:
    """1 when a record failed. Raises UsageError; ExtensionFailed when the plugin breaks, with what was done before shown."""
    function = open_function(options.plugin, paths)
    given = tuple(Given(word=file, file=True) for file in options.files or ["-"])
    source = Sources(given=given, wanted="lines" if options.lines else "whole", field="")
    output, told = Shown(options.plugin, as_json=options.json, explain=False), Told()
    count = failed = 0
    with closing(function):
        for record in source.records():
            done = _through(function, record, in_a_line=options.lines)
            output.put(done)
            count += 1
            failed += told(done)
    if failed:
        stdio.say(f"aishell: {failed} of {count} records failed")
    return 1 if failed else 0


def _through(function: Resident, record: Record, *, in_a_line: bool) -> Done:
    """Raises ExtensionFailed when the plugin is of no more use."""
    if not record.text.strip():
        return Done(record=record)
    try:
        value = function.one(record.text)
        json.dumps(value, allow_nan=False)
    except Failed as failure:
        return Done(record=record, problem=str(failure))
    except ExtensionFailed as error:
        raise ExtensionFailed(f"{record.place}: {error}", hint=error.hint) from error
    except ValueError:
        return Done(record=record, problem="The result has a number that is not finite.")
    return Done(record=record, result=Found(value=value, in_a_line=in_a_line))
