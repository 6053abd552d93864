"""Skills: found by a request's words, shown to the model in few tokens, and told to the person."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from aishell.core.own import Skill
from aishell.core.types import Request
from aishell.extend.skills import MOST, Skills
from aishell.planner import prompt
from tests.conftest import ROOT, Run

Script = Callable[[dict[str, str]], dict[str, str]]


@pytest.fixture
def folder(home: Path) -> Path:
    made = home / ".config" / "aishell" / "skills"
    made.mkdir(parents=True)
    for path in (made, made.parent, made.parent.parent):
        path.chmod(0o700)
    return made


def write(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.md").write_text(text)
    (folder / f"{name}.md").chmod(0o600)


def asked(request: str, skill: Skill | None = None) -> list[str]:
    """What the prompt has for a request besides what all prompts have."""
    made = prompt.plan(Request(text=request, cwd="/"), max_tokens=9, piped_bytes=9, skill=skill)
    return [message.content for message in made.messages[made.stable :]]


def test_the_skill_with_most_of_a_requests_words_is_found(folder: Path) -> None:
    write(folder, "deploy", "When: deploy, 部署\n\nUse ./ship.")
    write(folder, "staging", "# When: deploy staging.\nUse ./ship --staging.\n")
    skills = Skills(folder=folder)
    assert [(skill.name, skill.when) for skill in skills.all()] == [
        ("deploy", ("deploy", "部署")),
        ("staging", ("deploy staging",)),
    ]
    found = {
        words: skills.fitting(words) for words in ("deployed it on staging", "deploy it", "部署到服务器", "list the files")
    }
    assert [skill.name if skill else "" for skill in found.values()] == ["staging", "deploy", "deploy", ""]


def test_a_request_that_no_skill_is_for_is_asked_as_if_there_were_none() -> None:
    assert asked("list the files") == ["list the files"]
    assert asked("deploy it", Skill(name="x", when=(), text="Use ./ship.")) == [
        "deploy it\n\nHow this is done here:\nUse ./ship."
    ]


def test_examples_in_a_skill_are_shown_as_what_was_asked_and_answered(folder: Path) -> None:
    lines = [
        "When: deploy",
        "Never by hand.",
        "",
        "- deploy to web1: `./ship web1`",
        "* 部署到 db → `./ship db`",
        "- see `man ship`",
    ]
    write(folder, "deploy", "\n".join(lines))
    (skill,) = Skills(folder=folder).all()
    assert skill.examples == (("deploy to web1", "./ship web1"), ("部署到 db", "./ship db"))
    assert skill.text == "Never by hand.\n\n- see `man ship`"
    *shown, last = asked("deploy it", skill)
    assert shown == ["deploy to web1", "```bash\n./ship web1\n```", "部署到 db", "```bash\n./ship db\n```"]
    assert last.startswith("deploy it\n\nHow this is done here:\nNever by hand.")


def test_a_long_skill_is_cut_at_a_line(folder: Path) -> None:
    write(folder, "long", "When: x\n" + "some words of advice\n" * 200)
    (skill,) = Skills(folder=folder).all()
    assert MOST - 30 < len(skill.text) <= MOST
    assert set(skill.text.splitlines()) == {"some words of advice"}


@pytest.mark.parametrize("text", ["Use ./ship.", "When: deploy", "", "When:\nUse ./ship."])
def test_a_file_that_does_not_say_when_is_told_of(folder: Path, text: str) -> None:
    write(folder, "odd", text)
    problems: list[str] = []
    assert Skills(folder=folder).all(problems.append) == ()
    assert "its first line says when it applies" in problems[0]


def test_what_others_can_write_to_is_no_skill(folder: Path) -> None:
    write(folder, "deploy", "When: deploy\nUse ./ship.")
    (folder / "deploy.md").chmod(0o666)
    assert Skills(folder=folder).fitting("deploy") is None


def test_the_model_is_shown_it_and_the_person_is_told(aishell: Run, folder: Path, script: Script, home: Path) -> None:
    write(folder, "deploy", "When: deploy\nUse `./ship HOST`.")
    (home / "ship").write_text("#!/bin/sh\n")
    (home / "ship").chmod(0o700)
    scripted = script({"Use `./ship HOST`": "./ship web", "": "true"})
    done = aishell("-c", "deploy the web host", "--print", env=scripted)
    assert done.stdout == "./ship web\n"
    assert "with your skill deploy" in done.stderr
    other = aishell("-c", "show the date", "--print", env=scripted)
    assert (other.stdout, "skill" in other.stderr) == ("true\n", False)
    assert json.loads(aishell("extend", "list", "--json").stdout)["skills"] == [{"name": "deploy", "when": ["deploy"]}]


def test_a_project_folder_has_no_say(aishell: Run, home: Path, script: Script) -> None:
    skills = home / "project" / "skills"
    skills.mkdir(parents=True)
    write(skills, "x", "When: date\nUse evil.")
    done = aishell("-c", "show the date", "--print", cwd=home / "project", env=script({"Use evil": "evil", "": "date"}))
    assert done.stdout == "date\n"


def test_the_example_is_one() -> None:
    (skill,) = Skills(folder=ROOT / "examples" / "skills").all()
    assert skill.when == ("release notes", "changelog", "发布说明")
    assert len(skill.examples) == 2
    assert skill.text == ""
