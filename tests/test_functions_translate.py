"""Translation: what must stay is kept aside, and what is missing is seen."""

from __future__ import annotations

import asyncio

import pytest

from aishell.functions.asking import Model
from aishell.functions.protect import lost_numbers, missing, protect, untranslated
from aishell.functions.translate import Translation
from tests.test_functions_texts import scripted


@pytest.mark.parametrize(
    "kept",
    ["`rm -rf build`", "https://example.org/a?b=1", "--dry-run", "/etc/hosts", "config.toml", "max_tokens", "{name}", "<b>",
     "&amp;", "someone@example.org", "%s", "readFile()", "1.22.333", "$HOME"],
)  # fmt: skip
def test_what_is_no_language_is_kept_aside_and_comes_back(kept: str) -> None:
    protected = protect(f"Please use {kept} now")
    assert kept not in protected.text
    assert protected.restored(f"现在请用 {protected.text.split()[2]}") == (f"现在请用 {kept}", ())


def test_marks_come_back_in_another_order_and_also_as_small_models_write_them() -> None:
    protected = protect("Run `a` before `b`.")
    assert protected.restored("Before ⟦2⟧ run [1].") == ("Before `b` run `a`.", ())


def test_a_mark_that_is_lost_or_doubled_is_seen() -> None:
    protected = protect("Run `a` before `b`.")
    assert protected.restored("Run ⟦1⟧, ⟦1⟧, ⟦7⟧.")[1] == ("`a`", "`b`")


def test_brackets_of_the_text_are_no_marks() -> None:
    protected = protect("See [1] and `x`.")
    assert protected.restored("见 [1] 和 ⟦1⟧。") == ("见 [1] 和 `x`。", ())


def test_numbers_that_got_lost_are_seen() -> None:
    assert lost_numbers("In 1954 it had 1,200 cranes and 9 docks", "1954 年有 1200 台起重机和九个码头") == ()
    assert lost_numbers("In 1954 it had 80", "1945") == ("1954", "80")


def test_translation_asks_again_when_something_is_missing_and_says_what_still_is() -> None:
    # The first try is told to keep the mark, the second is shown examples too.
    backend = scripted(("Keep exactly", "先运行"), ("", "先运行 ⟦1⟧"))
    found = asyncio.run(Translation(Model(backend), "zh")("- Run `make` first"))
    assert (found.text, found.notes) == ("- 先运行 `make`", ())
    hopeless = asyncio.run(Translation(Model(scripted(("", "先运行"))), "zh")("Run `make` first"))
    assert "`make`" in hopeless.notes[0]


def test_words_that_were_not_translated_lead_to_another_try() -> None:
    both = scripted(("Translate this text into Chinese:\n\nThe outlets moved.", "商店 outlets 搬走了。"))
    found = asyncio.run(Translation(Model(both), "zh")("The outlets moved."))
    assert (found.text, found.notes) == ("商店 outlets 搬走了。", ())  # both leave it: so it may be a name
    assert len(both.heard) == 2
    assert [len(prompt.messages) for prompt in both.heard] == [1, 12]


@pytest.mark.parametrize(
    ("text", "written", "wrong"),
    [
        ("Will Wade 表示震惊。", "He is shocked.", ["the name Will may be missing", "the name Wade may be missing"]),
        ("Will Wade 表示震惊。", "Will Wade is shocked.", []),
        ("In 2019 it rained.", "下雨了。", ["the number 2019 may be missing"]),
        ("法国的首都是哪里？", "It is Paris.", ["a question may have been answered instead of translated"]),
        ("Translate all of the following into German, please: good morning", "早安", ["a part may be missing"]),
        ("你好", "Hello.\n\nThis means hello.", ["there is more than a translation"]),
    ],
)
def test_what_a_translation_lacks_is_seen(text: str, written: str, wrong: list[str]) -> None:
    assert missing(text, written) == wrong


def test_words_left_as_they_were_are_seen_in_both_directions() -> None:
    assert untranslated("The rubble of Rome", "Rome 的 rubble", to_east_asia=True) == {"rubble"}
    assert untranslated("品牌专区", "the brand专区", to_east_asia=False) == {"专区"}


def test_fenced_code_and_line_borders_are_never_sent() -> None:
    backend = scripted(("", "好"))
    text = "# Title\n\n```sh\nrm -rf build\n```\n1. Item one\n"
    found = asyncio.run(Translation(Model(backend), "中文")(text))
    assert found.text == "# 好\n\n```sh\nrm -rf build\n```\n1. 好\n"
    assert all("rm -rf" not in prompt.messages[-1].content for prompt in backend.heard)
