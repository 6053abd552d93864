"""The lines typed before, as they are looked up."""

from __future__ import annotations

from aishell.suggest.past import Past


def test_a_line_with_blanks_around_it_is_the_line_without_them() -> None:
    past = Past()
    past.add("  cat notes.txt ", "/srv")
    past.add("cat notes.txt", "/srv")
    past.settle()
    assert (past.lines, past.count) == (["cat notes.txt"] * 2, {"cat notes.txt": 2})
    assert past.starting("cat ") == ["cat notes.txt"]
