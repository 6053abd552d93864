"""Where a filter's results go: standard output, or a file that a later run can go on with."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from typing import IO, Any, Protocol

from aishell.cli import stdio
from aishell.core.errors import AishellError, Conflict, UsageError
from aishell.functions.records import Record
from aishell.functions.stream import Done


class Output(Protocol):
    """Takes what came of each record."""

    def put(self, done: Done) -> None:
        """Raises BrokenPipeError, AishellError."""
        ...


class Shown:
    """On standard output: text for people, a JSON object a line for programs."""

    def __init__(self, name: str, *, as_json: bool, explain: bool) -> None:
        self._name = name
        self._json = as_json
        self._explain = explain
        self._out = stdio.Out()

    def put(self, done: Done) -> None:
        if self._json:
            stdio.show_json(table(self._name, done, explain=self._explain))
            return
        said = done.result.said() if done.result else ""
        self._out.write("stdout", f"{said}\n".encode("utf-8", "replace"))
        for sentence in done.result.how if done.result and self._explain else ():
            stdio.say(f"  {sentence}")


class Appended:
    """Into a file, one JSON object a line, each written at once: a run that is killed loses none and writes none twice.

    Each result names the run it is of, in short: the same function with the same options and the same model.
    """

    def __init__(self, name: str, file: str, *, run: str, explain: bool) -> None:
        """Raises Conflict when another run writes it, UsageError when it cannot be written."""
        self._name = name
        self._run = run
        self._shown = file
        self._explain = explain
        try:
            self._file: IO[bytes] = open(file, "a+b", buffering=0)  # noqa: SIM115 - it is held, with its lock, as long as this
        except OSError as error:
            raise UsageError(f"{file} cannot be written: {error.strerror}.") from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Conflict(f"Another run is writing {file}.", hint="Wait for it, or give another file.") from None
        self.done = self._whole()

    def _whole(self) -> int:
        """How many lines it holds; half a line at its end, as a kill leaves it, is cut off."""
        count = end = 0
        for line in self._lines():
            if line.endswith(b"\n"):
                count, end = count + 1, end + len(line)
        if end < os.fstat(self._file.fileno()).st_size:
            self._file.truncate(end)
        return count

    def _lines(self) -> Iterator[bytes]:
        self._file.seek(0)
        with open(self._file.fileno(), "rb", closefd=False) as lines:
            yield from lines

    def rest(self, records: Iterator[Record], met: Callable[[Record, dict[str, Any]], None]) -> Iterator[Record]:
        """The records that are not done yet; those that are, and what came of them, are `met`.

        Raises UsageError when what is done is not of these records, or of another run.
        """
        for number, line in enumerate(self._lines(), 1):
            found, record = self._read(line, number), next(records, None)
            if record is None:
                raise UsageError(f"{self._shown} holds more results ({self.done}) than there are records now.")
            result = found.pop(self._name)
            if _plain(found) != _plain({key: value for key, value in record.fields().items() if key != self._name}):
                raise UsageError(
                    f"Result {number} in {self._shown} is of another record than {record.place}.",
                    hint="Was the input changed meanwhile?",
                )
            met(record, result or {})
        return records

    def _read(self, line: bytes, number: int) -> dict[str, Any]:
        """One line of it. Raises UsageError when it is no result of this run."""
        try:
            found = json.loads(line)
        except ValueError:
            found = None
        if not isinstance(found, dict) or not isinstance(found.get(self._name, 0), dict | None):
            raise UsageError(
                f"Line {number} of {self._shown} is no result of `aishell {self._name}`.", hint="Give a new file to begin with."
            )
        if found[self._name] and found[self._name].get("run") != self._run:
            raise UsageError(
                f"Result {number} in {self._shown} was made with other options or another model.",
                hint="Give the same options, or a new file to begin with.",
            )
        return found

    def put(self, done: Done) -> None:
        found = table(self._name, done, explain=self._explain)
        if found[self._name]:
            found[self._name]["run"] = self._run
        data = f"{json.dumps(found, ensure_ascii=False)}\n".encode("utf-8", "replace")
        try:
            while data:
                data = data[self._file.write(data) :]
        except OSError as error:
            raise AishellError(f"The results cannot be written: {error.strerror}.", hint="Is the disk full?") from error


def table(name: str, done: Done, *, explain: bool = False) -> dict[str, Any]:
    """The record's own fields, and under the function's name what came of it: an error, null for no text, or the result."""
    found: dict[str, Any] | None = {"error": done.problem} if done.problem else None
    if done.result:
        found = done.result.table()
        if notes := (*done.record.notes, *done.result.notes):
            found["notes"] = list(notes)
        if explain:
            found["how"] = list(done.result.how)
    return {**done.record.fields(), name: found}


def _plain(fields: dict[str, Any]) -> str:
    """As they stand in a file: what is no Unicode text became a question mark there."""
    return json.dumps(fields, ensure_ascii=False).encode("utf-8", "replace").decode()
