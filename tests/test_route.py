"""Which lines are for the shell and which are words: a table, decided without a model."""

from __future__ import annotations

from pathlib import Path

import pytest

from aishell.planner.route import route

# What a machine of this table has installed. Many are English verbs and nouns: that is the difficulty.
COMMANDS = frozenset(
    """
    ls cat find grep sort cut head tail wc du df ps top kill make git docker python python3 pip apt npm tar zip unzip who w
    which whereis date cal time watch free uptime file stat touch mkdir rm cp mv ln chmod chown sudo ssh scp curl wget ping
    host dig less more man vim nano open split join paste look write install test yes env xargs sed awk tr uniq diff tree
    history clear reset id users last apropos at batch print say node cargo go systemctl journalctl rsync nice nohup sleep
    jq column killall pkill convert play sum strings link size bash sh edit service mount ss lsof
    """.split()
)
FILES = frozenset({"README.md", "src", "notes.txt", "main.py", "/etc", "/var/log", "/etc/hosts", "logs", "/tmp", "data.csv"})

SHELL = (Path(__file__).parent / "lines" / "shell.txt").read_text("utf-8").splitlines()

WORDS = (Path(__file__).parent / "lines" / "words.txt").read_text("utf-8").splitlines()


def where(line: str) -> str:
    return route(line, COMMANDS.__contains__, FILES.__contains__).where


@pytest.mark.parametrize("line", SHELL)
def test_a_command_is_never_taken_for_words(line: str) -> None:
    assert where(line) == "shell"


@pytest.mark.parametrize("line", WORDS)
def test_a_sentence_goes_to_the_planner(line: str) -> None:
    assert where(line) == "words"


def test_the_table_is_as_long_as_promised() -> None:
    assert len(SHELL) + len(WORDS) >= 150


def test_marks_are_taken_off_and_negation_is_not() -> None:
    def text(line: str) -> str:
        return route(line, COMMANDS.__contains__, FILES.__contains__).text

    assert text("!find my big files") == "find my big files"
    assert text("?ls") == "ls"
    assert text("！ls") == "ls"
    assert text("! true") == "! true"


@pytest.mark.parametrize(
    ("line", "goes"),
    [
        ("sort data.csv by amount", "words"),
        ("head notes.txt from line ten", "words"),
        ("diff notes.txt with README.md", "words"),
        ("sort data.csv by", "shell"),
        ("sort data.csv amount", "shell"),
        ("cut -d by -f 1 data.csv", "shell"),
        ("cat data.csv by amount | grep x", "shell"),
        ("cat data.csv > by amount", "shell"),
        ("touch data.csv by amount", "shell"),
        ("grep data.csv by notes.txt", "shell"),
        ("convert data.csv to json", "words"),
        ("convert data.csv out.png", "shell"),
        ("find TODO comments in src", "words"),
        ("find broken symlinks", "words"),
        ("find nowhere", "shell"),
        ("find src tests docs", "shell"),
        ("find nowhere elsewhere -name in", "shell"),
        ("make notes.txt executable", "words"),
        ("make notes.txt clean", "shell"),
        ("make run executable", "shell"),
    ],
)
def test_a_word_that_joins_two_files_and_is_none_makes_a_sentence_of_a_line_that_could_only_fail(line: str, goes: str) -> None:
    assert where(line) == goes


def test_the_same_words_are_operands_when_they_name_files() -> None:
    assert route("sort data.csv by amount", COMMANDS.__contains__, {"data.csv", "by", "amount"}.__contains__).where == "shell"
    assert route("cat all the logs", COMMANDS.__contains__, {"all", "the", "logs"}.__contains__).where == "shell"


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("remember that the backup disk is /mnt/b", "the backup disk is /mnt/b"),
        ("Please remember: port 8080 is taken", "port 8080 is taken"),
        ("note down that anna has the key", "anna has the key"),
        ("don't forget that tests need tmux", "tests need tmux"),
        ("记住备份盘在 /mnt/b", "备份盘在 /mnt/b"),
        ("请记住：数据库端口是 5433", "数据库端口是 5433"),
        ("merk dir, dass der Drucker pr2 heißt", "der Drucker pr2 heißt"),
        ("souviens-toi que le port est 80", "le port est 80"),
    ],
)
def test_what_is_to_be_remembered_is_no_request(line: str, what: str) -> None:
    assert route(line, COMMANDS.__contains__, FILES.__contains__) == ("note", what)


@pytest.mark.parametrize(
    "line", ["remember to delete the logs", "show that file", "notes that are large", "列出记住的文件", "remember", "记住"]
)
def test_other_words_stay_requests(line: str) -> None:
    assert where(line) == "words"


@pytest.mark.parametrize("line", ["pwd; echo $HOME; gg", "ls; what is this", "ls& echo there is more", "!!", "!-2", "!$"])
def test_what_follows_a_separator_is_another_command_and_the_history_is_the_shells_own(line: str) -> None:
    assert route(line, {"ls", "echo", "pwd"}.__contains__, lambda _: False) == ("shell", line)


@pytest.mark.parametrize("line", ["y", "N", "no", "是", "否", " y "])
def test_a_yes_or_no_is_no_request(line: str) -> None:
    assert where(line) == "answer"


@pytest.mark.parametrize(("line", "goes"), [("yes", "shell"), ("?y", "words"), ("!y", "shell"), ("no logs please", "words")])
def test_an_answer_that_may_mean_something_else_does(line: str, goes: str) -> None:
    assert where(line) == goes


@pytest.mark.parametrize("line", ['command nano "$@"', 'exec frobnicate "$1"', 'exec "${tool}" now'])
def test_arguments_that_are_handed_on_make_a_command_line(line: str) -> None:
    assert route(line, lambda _name: False, lambda _path: False).where == "shell"
