"""What the escape sequences do that move the cursor, and erase, insert and scroll what is there."""

from __future__ import annotations

from collections.abc import Callable

from aishell.ui.terminal.grid import Grid


def escape(grid: Grid, name: str) -> None:
    """Do what a two-character sequence says: ESC and `name`."""
    match name:
        case "7":
            grid.save()
        case "8":
            grid.restore()
        case "D":
            grid.line_feed()
        case "E":
            grid.go(x=0)
            grid.line_feed()
        case "M":
            grid.reverse_line_feed()
        case "c":
            grid.reset()


def obey(grid: Grid, final: str, values: list[int]) -> None:
    """Do what a control sequence says that ends in `final`; `values` are its numbers, 0 for one that is not there."""
    first, second = [*values, 0][:2]
    if final in _OBEYED:
        _OBEYED[final](grid, first, max(1, first))
    elif final in "Hf":
        grid.go(x=max(1, second) - 1, y=max(1, first) - 1)
    elif final == "r":
        grid.margins(max(1, first), second)
        grid.go(x=0, y=0)


# What each sequence does, given its number as it stands (0 when there is none), and as a count of at least 1.
_Obeyed = Callable[[Grid, int, int], None]
_OBEYED: dict[str, _Obeyed] = {
    "A": lambda grid, _, count: grid.move_rows(-count),
    "B": lambda grid, _, count: grid.move_rows(count),
    "C": lambda grid, _, count: grid.go(x=grid.x + count),
    "D": lambda grid, _, count: grid.go(x=grid.x - count),
    "E": lambda grid, _, count: grid.move_rows(count, x=0),
    "F": lambda grid, _, count: grid.move_rows(-count, x=0),
    "G": lambda grid, _, count: grid.go(x=count - 1),
    "`": lambda grid, _, count: grid.go(x=count - 1),
    "a": lambda grid, _, count: grid.go(x=grid.x + count),
    "d": lambda grid, _, count: grid.go(y=count - 1),
    "e": lambda grid, _, count: grid.move_rows(count),
    "I": lambda grid, _, count: grid.tab(count),
    "Z": lambda grid, _, count: grid.tab(-count),
    "s": lambda grid, _, count: grid.save(),
    "u": lambda grid, _, count: grid.restore(),
    "J": lambda grid, how, _: grid.erase(how),
    "K": lambda grid, how, _: grid.erase_in_row(how),
    "@": lambda grid, _, count: grid.insert_cells(count),
    "P": lambda grid, _, count: grid.delete_cells(count),
    "X": lambda grid, _, count: grid.erase_cells(count),
    "L": lambda grid, _, count: grid.insert_rows(count),
    "M": lambda grid, _, count: grid.insert_rows(-count),
    "S": lambda grid, _, count: grid.scroll(count),
    "T": lambda grid, _, count: grid.scroll(-count),
}
