"""Where a filter's results go: standard output, or a file that a later run can go on with."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
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
    """Into a file, one JSON object a line, each written at once: a run that is killed loses none and writes none twice."""

    def __init__(self, name: str, file: str, *, explain: bool) -> None:
        """Raises Conflict when another run writes it, UsageError when it cannot be written, or holds something else."""
        self._name = name
        self._explain = explain
        try:
            self._file: IO[bytes] = open(file, "a+b", buffering=0)  # noqa: SIM115 - it is held, with its lock, as long as this
        except OSError as error:
            raise UsageError(f"{file} cannot be written: {error.strerror}.") from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Conflict(f"Another run is writing {file}.", hint="Wait for it, or give another file.") from None
        self.done, self._last = self._look(file)

    def _look(self, file: str) -> tuple[int, dict[str, Any]]:
        """How many records it holds, and the last one; half a line at its end is cut off. Raises UsageError."""
        self._file.seek(0)
        count, end, last = 0, 0, b""
        with open(self._file.fileno(), "rb", closefd=False) as lines:
            for line in lines:
                if line.endswith(b"\n"):
                    count, end, last = count + 1, end + len(line), line
        if end < os.fstat(self._file.fileno()).st_size:
            self._file.truncate(end)
        try:
            value = json.loads(last or b"{}")
        except ValueError:
            value = None
        if not isinstance(value, dict) or (last and self._name not in value):
            raise UsageError(f"{file} holds no results of `aishell {self._name}`.", hint="Give a new file to begin with.")
        return count, value

    def rest(self, records: Iterator[Record]) -> Iterator[Record]:
        """The records that are not done yet. Raises UsageError when what is done is not of these records."""
        last: Record | None = None
        for _ in range(self.done):
            last = next(records, None)
            if last is None:
                raise UsageError(f"The file holds more results ({self.done}) than there are records now.")
        if last and any(self._last.get(key) != value for key, value in last.fields().items() if key != self._name):
            raise UsageError(
                f"The file's result {self.done} is of another record than {last.place}.",
                hint="Was the input changed meanwhile?",
            )
        return records

    def put(self, done: Done) -> None:
        line = json.dumps(table(self._name, done, explain=self._explain), ensure_ascii=False)
        data = f"{line}\n".encode("utf-8", "replace")
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
