"""Models on other machines as the settings name them, and what a session never tells them."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aishell import wiring
from aishell.backends.scripted import Line, ScriptedBackend
from aishell.config.load import load
from aishell.config.paths import Paths
from aishell.config.settings import ModelSettings, RemoteSettings, Settings, TaskSettings
from aishell.core.errors import ConfigError, ModelUnavailable, NoPlan
from aishell.core.types import Taint
from aishell.functions import labels as of_labels
from aishell.functions.asking import Model
from aishell.functions.entities import Naming
from aishell.functions.labels import Labels
from aishell.session import Session
from aishell.ui.widgets.status_line import Status, pieces
from aishell.ui.widgets.welcome import Welcome
from aishell.ui.words import Words
from aishell.wiring import remote
from tests.asking import ASKED, heard
from tests.endpoints import Place, open_place, saying
from tests.test_config import write

OFFICE = '[remote.office]\nurl = "https://models.example.com/v1"\nmodel = "big"\n'


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    home = {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)}
    return Paths.from_environment(home)


def asking(place: Place, order: str = "office", **fields: Any) -> Settings:
    """Settings under which that place is asked; no model is on this machine."""
    where = RemoteSettings(url=place.url, model="big", timeout_s=5.0, **fields)
    model = ModelSettings(backend="remote", remote=order, use="smollm2-135m")
    return Settings(model=model, remote={"office": where})


# ---- settings


def test_a_place_is_read_from_the_persons_own_file(tmp_path: Path) -> None:
    file = write(tmp_path, f'{OFFICE}key = "OFFICE_KEY"\n[model]\nbackend = "remote"\nremote = "office local"\n')
    found = load(file, {"AISHELL_REMOTE_KEY": "not a setting, but perhaps a key"}).settings
    assert found.remote["office"] == RemoteSettings(url="https://models.example.com/v1", model="big", key="OFFICE_KEY")
    assert wiring.badge(found) == "models.example.com"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (OFFICE.replace("https", "http"), "in the clear"),
        (OFFICE.replace("https", "file"), "no address"),
        (OFFICE.replace("models.", "me:pw@models."), "no address"),
        (OFFICE.replace("/v1", ":99999/v1"), "no address"),
        (OFFICE.replace('model = "big"', ""), "no model"),
        (OFFICE + 'key = "sk-proj-abcdefghijklmnop"\n', "never the key itself"),
        (OFFICE + "timeout_s = 0\n", "timeout_s"),
        (OFFICE + "plain_http = 1\n", "plain_http"),
        (OFFICE + "colour = 1\n", "no setting colour"),
        (OFFICE.replace("office", "local"), "another name"),
        ("[remote]\nurl = 'x'\n", "[remote.NAME]"),
        ('[model]\nremote = "office"\n', "no model that there is: office"),
        (OFFICE + '[tasks]\nplan = "ofice"\n', "ofice"),
    ],
)
def test_a_mistake_in_a_place_is_told_and_a_key_is_not_repeated(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path, text), {})
    assert told in str(caught.value)
    assert "abcdefghijklmnop" not in f"{caught.value} {caught.value.hint}"


def test_a_key_comes_from_a_variable_or_a_keyring_and_a_missing_one_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    place = RemoteSettings(url="unix:/run/x/s", model="m", key="OFFICE_KEY")
    where = remote.endpoint("office", place)
    assert (where.socket, where.host) == ("/run/x/s", "/run/x/s")
    monkeypatch.delenv("OFFICE_KEY", raising=False)
    with pytest.raises(ModelUnavailable, match="OFFICE_KEY is not set"):
        asyncio.run(where.key())
    monkeypatch.setenv("OFFICE_KEY", "k3y")
    assert asyncio.run(where.key()) == "k3y"
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(ModelUnavailable, match="not installed"):
        asyncio.run(remote.endpoint("office", replace(place, key="keyring:aishell/me")).key())


def test_each_task_may_have_its_own_models(paths: Paths) -> None:
    async def go(wanted: Settings) -> list[str]:
        opened = [wiring.open_backend(wanted, paths, task) for task in ("plan", "functions")]
        return [(await heard(backend, ASKED))[0] for backend in opened]

    with open_place(saying("office")) as office, open_place(saying("cloud")) as cloud:
        wanted = asking(office)
        both = {**wanted.remote, "cloud": replace(wanted.remote["office"], url=cloud.url)}
        assert asyncio.run(go(replace(wanted, remote=both, tasks=TaskSettings(functions="cloud")))) == ["office", "cloud"]


# ---- what stays


def test_secrets_and_where_asked_for_the_home_folder_stay(paths: Paths) -> None:
    secret, home = "ghp_" + "a1B2" * 9, os.path.expanduser("~")
    text = f"in {home}/project: git push https://me:{secret}@github.com/me/x"
    prompt = replace(ASKED, messages=(replace(ASKED.messages[0], role="user", content=text),))
    with open_place(saying("ls")) as place:
        for hide in (False, True):
            asyncio.run(heard(wiring.open_backend(asking(place, hide_home=hide), paths), prompt))
    told = [asked["messages"][0]["content"] for asked in place.asked]
    assert secret not in "".join(told)
    assert home in told[0]
    assert told[1].startswith("in ~/project")
    assert (paths.state / "sent.jsonl").read_text().count("home folder") == 1


def reads_a_secret(of: Session) -> None:
    of.acting.taint = Taint(sources=("~/.ssh/id_rsa",))


def is_private(of: Session) -> None:
    of.private = True


@pytest.mark.parametrize(("before", "told"), [(is_private, "private"), (reads_a_secret, "id_rsa")])
@pytest.mark.parametrize("taken", [False, True])
def test_what_a_session_keeps_to_itself_is_not_sent(
    paths: Paths, before: Callable[[Session], None], told: str, taken: bool
) -> None:
    """`taken`: by a session that had no model at first, as the screen's."""

    async def go(place: Place) -> None:
        one = wiring.open_session(asking(place), paths)
        if taken:
            other, one = one, wiring.open_session(asking(place), paths, model=False)
            one.take_model(other)
        assert (await heard(one.backend, ASKED))[0] == "elsewhere"
        before(one)
        with pytest.raises(ModelUnavailable, match=told):
            await heard(one.backend, ASKED)

    with open_place(saying("elsewhere")) as place:
        asyncio.run(go(place))
        assert len(place.asked) == 1


@pytest.mark.parametrize("value", ["1", "true"])
def test_local_forbids_all_of_it(paths: Paths, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("AISHELL_LOCAL", value)
    with open_place(saying("elsewhere")) as place:
        assert wiring.badge(asking(place)) == ""
        with pytest.raises(ModelUnavailable, match="not on this machine"):
            wiring.open_backend(asking(place), paths)
        assert place.asked == []


def test_the_status_line_says_where_the_model_is_before_it_says_the_model() -> None:
    shown = {piece.text: piece.rank for piece in pieces(Status(model="big", sent_to="models.example.com"), Words())}
    assert shown["model at models.example.com"] < shown["big"]
    assert not [text for text in (piece.text for piece in pieces(Status(model="big"), Words())) if "model at" in text]


def test_the_welcome_does_not_say_that_a_model_elsewhere_is_here() -> None:
    words = Welcome(say=Words(), model="qwen", host="models.example.com")._model_words()
    assert "models.example.com" in words
    assert "this machine" not in words


# ---- models that tell no probabilities


def unweighed(*lines: tuple[str, str]) -> Model:
    return Model(ScriptedBackend(tuple(Line(when=when, say=say) for when, say in lines)))


@pytest.mark.parametrize("said", ['{"answer": "bug"}', "bug", '"bug".'])
def test_a_label_is_chosen_where_no_model_tells_probabilities_and_has_no_score(said: str) -> None:
    words = ("bug", "praise")
    find = Labels(unweighed(("", said)), words, of_labels.worded(words, "label"), of_labels.lettered(words, "label"))
    found = asyncio.run(find("It crashes."))
    assert (found.label, found.score, found.said()) == ("bug", None, "bug\t-")
    assert found.table() == {"label": "bug", "score": None, "scores": {}}
    assert "no score" in found.how[0]


def test_a_choice_that_is_none_of_the_labels_is_refused() -> None:
    words = ("bug", "praise")
    with pytest.raises(NoPlan):
        asyncio.run(Labels(unweighed(("", "question")), words, of_labels.worded(words, "label"))("It crashes."))


def test_names_keep_the_kind_under_which_they_were_listed() -> None:
    listed = '{"people": ["Maria Lopez"], "places": [], "organizations": []}'
    found = asyncio.run(Naming(unweighed(("", listed)))("Maria Lopez came."))
    assert [(one.kind, one.name) for one in found.found] == [("person", "Maria Lopez")]
