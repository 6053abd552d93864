"""A file of data as tables in a database that is sealed before anything foreign is asked of it.

DuckDB reads the file through a link of a name of ours, without any extension fetched. Then the door is closed: no file, no
network, no setting can be reached any more from SQL, whoever wrote it; memory, threads and time are bounded.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

from aishell.core.errors import AishellError, TookTooLong, UsageError
from aishell.functions.report import loading
from aishell.functions.report.stage import Staged, staged
from aishell.functions.report.values import Cell, Table

if TYPE_CHECKING:
    import duckdb

_Done = TypeVar("_Done")
MEMORY = "1GB"
THREADS = 2
SECONDS = 60.0
_LOADING_S = 600.0
_SPILLED = "8GB"
"""What may lie in a temporary folder when memory is full."""


class Data:
    """Tables that can be asked and not changed."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, tables: tuple[Table, ...]) -> None:
        self._connection = connection
        self.tables = tables

    def table(self, name: str) -> Table:
        """Raises UsageError."""
        for table in self.tables:
            if table.name == name:
                return table
        raise UsageError(f"There is no table {name!r}.", hint=f"Tables: {', '.join(table.name for table in self.tables)}.")

    def rows(
        self, sql: str, parameters: Sequence[Any] = (), *, most: int = 100_000, seconds: float = 0.0
    ) -> list[tuple[Cell, ...]]:
        """At most `most` rows of the answer, within `seconds` (0: SECONDS). Raises TookTooLong, AishellError."""
        connection = self._connection
        return _bounded(connection, seconds or SECONDS, lambda: connection.execute(sql, list(parameters)).fetchmany(most))

    def with_column(self, table: Table, name: str, values: Sequence[str | None]) -> Data:
        """The same, where `table` has one more column of text: a value for each row, in their order."""
        made = loading.extended(self._connection, table, name, values)
        return Data(self._connection, tuple(made if one is table else one for one in self.tables))


@contextmanager
def opened(name: str, *, kind: str = "", table: str = "", stdin: IO[bytes] | None = None) -> Iterator[Data]:
    """The tables of a file; - is `stdin`. `kind`: of `stage.KINDS`; empty: by its looks. Raises UsageError, AishellError."""
    import duckdb

    with tempfile.TemporaryDirectory(prefix="aishell-report-") as folder:
        source = staged(name, kind, Path(folder), stdin)
        settings: dict[str, str | bool | int | float | list[str]] = {
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_unsigned_extensions": False,
            "memory_limit": MEMORY,
            "threads": THREADS,
            "temp_directory": folder,
            "max_temp_directory_size": _SPILLED,
        }
        connection = duckdb.connect(":memory:", config=settings)
        try:
            tables = _loaded(connection, source, table)
            yield Data(connection, tables)
        finally:
            connection.close()


def _loaded(connection: duckdb.DuckDBPyConnection, source: Staged, table: str) -> tuple[Table, ...]:
    def load() -> tuple[Table, ...]:
        connection.execute("SET TimeZone = 'UTC'")
        tables = loading.tables(connection, source, table)
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        return tables

    tables = _bounded(connection, _LOADING_S, load)
    if not tables:
        raise UsageError(f"{source.shown} has no table in it.")
    return tables


def _bounded(connection: duckdb.DuckDBPyConnection, seconds: float, work: Callable[[], _Done]) -> _Done:
    """What `work` gives, in a thread of its own: DuckDB does not hear Ctrl-C. Whatever it refuses becomes a sentence."""
    import duckdb

    with ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(work)
        try:
            return under_way.result(seconds)
        except TimeoutError:
            connection.interrupt()
            raise TookTooLong(f"The computation took longer than {seconds:.0f} s.") from None
        except KeyboardInterrupt:
            connection.interrupt()
            raise
        except duckdb.OutOfMemoryException as error:
            raise AishellError(f"The data needs more than {MEMORY} of memory.") from error
        except duckdb.Error as error:
            reason = str(error).partition("\n")[0]
            raise AishellError(f"The data cannot be computed: {reason}") from error
