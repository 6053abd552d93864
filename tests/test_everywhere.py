"""The whole program against a model here, at a server of llama.cpp's, at another aishell, and behind a place that fails.

The scripting contract of `test_cli` is run as it stands there. The end-to-end tests of the real model are run against any of
these places with `pytest tests/test_end_to_end.py --at PLACE`. Here a tiny model answers: what it says is worth little, so what
is asserted holds whatever it says.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from aishell.config.load import write_private
from tests.conftest import Run, end_engines, environment_of
from tests.elsewhere import PLACES, TROUBLES, Elsewhere, in_circles, model_at, served, settings
from tests.endpoints import open_place, through
from tests.test_cli import (
    test_explain_runs_nothing,
    test_json_is_one_object_with_everything,
    test_piped_data_is_seen_by_the_planner_and_received_by_the_command,
    test_reading_runs_at_once_and_its_exit_status_is_ours,
    test_text_in_any_encoding_is_answered,
    test_without_a_terminal_nothing_runs_that_needs_consent,
    test_yes_never_allows_the_forbidden,
)

CONTRACT = (
    test_explain_runs_nothing,
    test_json_is_one_object_with_everything,
    test_piped_data_is_seen_by_the_planner_and_received_by_the_command,
    test_reading_runs_at_once_and_its_exit_status_is_ours,
    test_text_in_any_encoding_is_answered,
    test_without_a_terminal_nothing_runs_that_needs_consent,
    test_yes_never_allows_the_forbidden,
)
"""Collected here as well, since they stand in this module, and given this module's `script`."""
MODEL = "smollm2-135m"
SECRETS = {
    "a variable": "kT9-vQ2_pLm44-xRw81-zzYq",
    "a token in the request": "ghp_" + "a1B2" * 9,
    "a password in a file": "Tr0ub4dor-horse-77",
    "a key that is piped": "AKIA" + "Q7ZXCVB3NMASDFG5",
    "the key of a place": "t0k3n-of-the-place-5521",
}
_SHORT = "[planner]\ncandidates = 1\nmax_tokens = 32\nrepair = false\nexamples = 0\nsteps = false\n"
"""A tiny model seldom comes to an end, and is never sure."""


def write(home: Path, text: str) -> None:
    write_private(home / ".config" / "aishell" / "aishell.toml", text)


# ---- the scripting contract, with a script as the model of another aishell


@pytest.fixture(params=["another aishell", "flaky"])
def script(
    request: pytest.FixtureRequest, home: Path, tmp_path: Path, runtime: Path
) -> Iterator[Callable[[dict[str, str]], dict[str, str]]]:
    """As in `conftest`, but another aishell has the script; every other request to it meets trouble first if it is flaky."""
    turns = [answer for one in TROUBLES[:3] for answer in (one, None)] if request.param == "flaky" else [None]
    with ExitStack() as opened:

        def variables(lines: dict[str, str]) -> dict[str, str]:
            file = tmp_path / "script.json"
            file.write_text(json.dumps([{"when": when, "say": say, "delay_s": 0.0} for when, say in lines.items()]))
            own = {"AISHELL_MODEL_BACKEND": "scripted", "AISHELL_MODEL_SCRIPT": str(file)}
            address, token, _ = opened.enter_context(served({**environment_of(tmp_path, runtime), **own}))
            good = through(address, token.read_text())
            place = opened.enter_context(open_place(in_circles(*(turn or good for turn in turns))))
            write(home, settings(MODEL, {"other": place}, {"other": 20.0}))
            return {}

        yield variables


# ---- a real model at each place


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Variables of the person whose aishell is asked by another one; one engine for all of these tests."""
    home = tmp_path_factory.mktemp("other")
    (home / "run").mkdir(mode=0o700)
    yield environment_of(home, home / "run")
    end_engines(home / "run")


@pytest.fixture(scope="module", params=PLACES)
def model(request: pytest.FixtureRequest, tiny_model: Path, other: dict[str, str]) -> Iterator[Elsewhere]:
    with model_at(request.param, MODEL, tiny_model, other) as found:
        yield found


@pytest.fixture
def there(model: Elsewhere, home: Path) -> Path:
    """A folder of a person whose settings name the model."""
    write(home, f"{model.settings}{_SHORT}")
    folder = home / "place"
    folder.mkdir()
    for name in ("one.txt", "two.txt"):
        (folder / name).write_text("The soup was cold and the waiter was rude.\n")
    return folder


def test_words_become_a_judged_command_and_nothing_is_changed_without_consent(
    aishell: Run, model: Elsewhere, there: Path
) -> None:
    done = aishell("-c", "--json", "list the files here", cwd=there)
    said = json.loads(done.stdout)
    assert said["steps"], done.stderr
    assert said["exit_code"] == done.returncode
    for step in said["steps"]:
        assert step["command"] != "rm -rf /"  # which the flaky place says before it breaks off
        assert step["tier"] == "READ" or step["status"] == "proposed"
    assert said["model"]["name"] == MODEL
    assert said["usage"]["reply_tokens"] > 0
    assert ("Going on with good." in done.stderr) == ("flaky" in model.places)
    assert [path.read_text()[:8] for path in sorted(there.iterdir())] == ["The soup"] * 2


def test_what_is_sent_holds_no_secret(aishell: Run, model: Elsewhere, there: Path) -> None:
    (there / "conf.ini").write_text(f"user = ana\npassword = {SECRETS['a password in a file']}\ncolour = mauve\n")
    env = {"DEPLOY_TOKEN": SECRETS["a variable"], "PLACE_KEY": SECRETS["the key of a place"]}
    write(there.parent, model.settings.replace("context_tokens", 'key = "PLACE_KEY"\ncontext_tokens') + _SHORT)
    words = f"count the marigolds, not {SECRETS['a token in the request']}, and the peonies, not {SECRETS['a variable']}"
    asked = [
        aishell("-c", "--print", words, cwd=there, env=env, input=f"begonia {SECRETS['a key that is piped']}\n" * 9),
        aishell("classify", "--labels", "food,travel", "--whole", "conf.ini", cwd=there, env=env),
        aishell("sentiment", "--text", f"password: {SECRETS['a password in a file']} is dahlia", cwd=there, env=env),
    ]
    assert [done.returncode for done in asked] == [0] * 3, [done.stderr for done in asked]
    log = aishell("sent", "--json", "--text", "--last", "1000", cwd=there, env=env).stdout
    if not model.places:
        assert log == ""
        return
    heard = model.heard()
    for word in ("marigolds", "peonies", "begonia", "mauve", "dahlia"):  # all of it went there, and the log says so
        assert word in heard
        assert word in log
    secrets = {name: text for name, text in SECRETS.items() if name != "the key of a place"}
    assert [name for name, text in secrets.items() if text in heard or text in log] == []
    bodies = "\n".join(json.dumps(body) for place in model.places.values() for body in place.asked)
    assert SECRETS["the key of a place"] not in bodies + log
    assert f"Bearer {SECRETS['the key of a place']}".lower() in heard.lower()


def test_text_functions_give_their_forms(aishell: Run, there: Path) -> None:
    felt = aishell("sentiment", "--json", "one.txt", "two.txt", cwd=there)
    found = [json.loads(line)["sentiment"] for line in felt.stdout.splitlines()]
    assert felt.returncode == 0, felt.stderr
    assert len(found) == 2
    assert all(one["label"] in ("positive", "negative", "neutral") for one in found)
    assert all(one["score"] is None or 0 <= one["score"] <= 1 for one in found)
    chosen = aishell("classify", "--labels", "food,travel", "--json", "one.txt", cwd=there)
    assert json.loads(chosen.stdout)["classify"]["label"] in ("food", "travel"), chosen.stderr
