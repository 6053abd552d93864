"""`aishell report` as people and programs run it: the real command, with a scripted model where one is needed."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import AISHELL, Run

Script = Callable[..., dict[str, str]]
TABLE = "city,amount,when\n" + "".join(f"{('Oslo', 'Rome')[n % 2]},{n},2024-0{1 + n % 3}-05\n" for n in range(30))


@pytest.fixture
def sales(home: Path) -> Path:
    (home / "sales.csv").write_text(TABLE)
    return home / "sales.csv"


def test_an_answer_is_a_sentence_what_was_computed_and_a_table(aishell: Run, sales: Path) -> None:
    done = aishell("report", "sales.csv", "total amount per city", "--no-model", "--sql")
    assert done.returncode == 0, done.stderr
    assert "The sum of amount for each city (2):" in done.stdout
    assert "Oslo            210" in done.stdout
    assert 'SELECT "city" AS part, sum("amount")' in done.stdout
    assert "\x1b" not in done.stdout
    assert "█" not in done.stdout  # a program reads a pipe


def test_a_program_gets_the_numbers_as_they_are(aishell: Run, sales: Path) -> None:
    done = aishell("report", "sales.csv", "average amount in Rome", "--json")
    found = json.loads(done.stdout)
    assert (found["answer"], found["sure"]) == (15.0, True)
    many = json.loads(aishell("report", "-", "total amount per city", "--json", input=TABLE).stdout)
    assert many["rows"] == [["Oslo", 210], ["Rome", 225]]


def test_what_the_data_does_not_say_has_an_exit_status_of_its_own(aishell: Run, sales: Path) -> None:
    done = aishell("report", "sales.csv", "total tax per city", "--no-model")
    assert done.returncode == 65
    assert "'tax'" in done.stderr
    assert "Its columns: city, amount, when." in done.stderr
    assert done.stdout == ""


def test_the_model_is_asked_only_where_a_word_is_left(aishell: Run, sales: Path, script: Script) -> None:
    asked = script({"": 'SELECT sum("amount") FROM "sales" WHERE "city" = \'Rome\''})
    done = aishell("report", "sales.csv", "What was the total amount earned in Rome?", env=asked)
    assert "The sum of amount is 225." in done.stdout, done.stderr
    assert "Not used of the question: earned." in done.stdout
    other = aishell("report", "sales.csv", "What was the total amount earned in Rome?", env=script({"": "SELECT 226"}))
    assert other.returncode == 65
    absent = aishell("report", "sales.csv", "total amount earned in Rome", env={"AISHELL_MODEL_BACKEND": "scripted"})
    assert absent.returncode == 65
    assert "'earned'" in absent.stderr
    assert "could not be asked" in absent.stderr
    silent = aishell("report", "sales.csv", "total amount in Rome", env=script({}))  # it has no line for anything
    assert silent.returncode == 0


def test_pages_and_pictures_are_written_whole(aishell: Run, sales: Path, home: Path) -> None:
    done = aishell("report", "sales.csv", "--out", "r.html")
    assert done.returncode == 0, done.stderr
    assert "<svg" in (home / "r.html").read_text("utf-8")
    done = aishell("report", "sales.csv", "--out", "r.md", "--pictures", "png")
    text = (home / "r.md").read_text("utf-8")
    assert "(r-1.png)" in text
    assert (home / "r-1.png").read_bytes().startswith(b"\x89PNG")
    assert aishell("report", "sales.csv", "--out", "absent/r.md").returncode == 64
    assert not list(home.glob(".aishell-*"))


def test_a_terminal_gets_charts_and_nothing_that_it_obeys(environment: dict[str, str], home: Path) -> None:
    names = ("a", "b\x1b]52;c;eA==\x07")
    rows = "".join(f"{names[n % 2]},{n},2024-{1 + n % 12:02}-05\n" for n in range(48))
    (home / "evil.csv").write_text("name,points,day\n" + rows)
    control, terminal = pty.openpty()
    running = subprocess.Popen(
        [*AISHELL, "report", "evil.csv"], env={**environment, "COLUMNS": "70"}, cwd=home, stdout=terminal, stderr=terminal
    )
    os.close(terminal)
    shown = b""
    try:
        while part := os.read(control, 1 << 16):
            shown += part
    except OSError:
        pass  # the other end is closed
    os.close(control)
    text = shown.decode()
    assert running.wait() == 0, text
    assert "█" in text
    assert "┤" in text
    assert "\x1b]" not in text


def test_labels_become_a_column(aishell: Run, home: Path, tmp_path: Path) -> None:
    (home / "reviews.csv").write_text("id,text\n1,too dear\n2,dear and loud\n3,loud all night\n4,\n5,too dear\n")
    lines = [{"when": "dear", "say": "price", "weight": -0.1}, {"when": "", "say": "noise", "weight": -0.1}]
    (tmp_path / "labels.json").write_text(json.dumps(lines))
    variables = {"AISHELL_MODEL_BACKEND": "scripted", "AISHELL_MODEL_SCRIPT": str(tmp_path / "labels.json")}
    command = ("report", "reviews.csv", "--classify", "text", "--labels", "price,noise", "--what", "complaint", "--json")
    done = aishell(*command, env=variables)
    assert json.loads(done.stdout)["rows"] == [["noise", 1], ["price", 3], [None, 1]], done.stderr
    limited = aishell(*command, "--limit", "1", env=variables)
    assert "1 of 5 rows were read" in limited.stderr
    assert aishell("report", "reviews.csv", "--classify", "body", "--labels", "a,b", env=variables).returncode == 64


def test_a_timer_is_printed_and_nothing_is_done(aishell: Run, sales: Path, home: Path) -> None:
    done = aishell("report", "sales.csv", "total amount per city", "--out", "r.html", "--every", "monday 08:00")
    assert "OnCalendar=Mon *-*-* 08:00:00" in done.stdout
    assert f"report {sales} 'total amount per city' --out {home}/r.html" in done.stdout
    assert "--every" not in done.stdout
    assert sorted(file.name for file in home.iterdir() if not file.name.startswith(".")) == ["sales.csv"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["absent.csv"],
        ["sales.csv", "--classify", "city"],
        ["sales.csv", "--labels", "a,b"],
        ["sales.csv", "--limit", "0"],
        ["sales.csv", "--every", "now"],
        ["sales.csv", "--table", "other"],
        ["sales.csv", "--as", "xml"],
        [],
    ],
)
def test_what_cannot_be_understood_is_a_usage_error(aishell: Run, sales: Path, arguments: list[str]) -> None:
    done = aishell("report", *arguments)
    assert done.returncode == 64
    assert "Traceback" not in done.stderr


def test_a_python_program_has_it_too(environment: dict[str, str], sales: Path, script: Script) -> None:
    program = (
        "from aishell import functions\n"
        "with functions.opened() as ai:\n"
        "    made = ai.report('sales.csv', 'total amount per city')\n"
        "    print(made.rows, made.sure, ai.report('sales.csv').title)\n"
    )
    variables = {**environment, **script({})}
    done = subprocess.run(
        [AISHELL[0], "-c", program], env=variables, cwd=sales.parent, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "(('Oslo', 210), ('Rome', 225)) True sales\n", done.stderr
