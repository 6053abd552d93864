"""The scripting contract of docs/scripting.md, on the real command with a scripted model."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import AISHELL, Run

Script = Callable[..., dict[str, str]]


# ---- shell lines


@pytest.mark.parametrize(
    ("arguments", "status", "stdout"),
    [
        (["-c", "echo hi"], 0, "hi\n"),
        (["-c", "!echo list files"], 0, "list files\n"),
        (["-c", "exit 7"], 7, ""),
        (["-c", "! true"], 1, ""),
        (["-c", 'echo "$0-$1"', "a", "b"], 0, "a-b\n"),
        (["-c", 'echo "$0-$1"', "--", "-n"], 0, "aishell--n\n"),
        (["-c", "kill -TERM $$"], -15, ""),
        (["-c", ""], 0, ""),
        (["-c", "--print", "ls -l"], 0, "ls -l\n"),
        (["-c", "--timeout", "0.3", "sleep 20"], 124, ""),
        (["-c", "--timeout=5", "echo in time"], 0, "in time\n"),
        (["--version"], 0, None),
        (["--help"], 0, None),
    ],
)
def test_shell_lines_run_as_in_bash(aishell: Run, arguments: list[str], status: int, stdout: str | None) -> None:
    done = aishell(*arguments)
    assert done.returncode == status, done.stderr
    assert stdout is None or done.stdout == stdout


def test_standard_input_reaches_a_shell_line(aishell: Run) -> None:
    assert aishell("-c", "wc -l", input="a\nb\n").stdout.strip() == "2"
    assert json.loads(aishell("-c", "--json", "wc -l", input="a\nb\n").stdout)["steps"][0]["stdout"].strip() == "2"


def test_a_shell_line_needs_no_model_and_no_sound_configuration(aishell: Run, home: Path) -> None:
    (home / ".config/aishell").mkdir(parents=True)
    (home / ".config/aishell/aishell.toml").write_text("nonsense")
    assert aishell("-c", "echo hi").stdout == "hi\n"


# ---- words


def test_reading_runs_at_once_and_its_exit_status_is_ours(aishell: Run, script: Script, home: Path) -> None:
    (home / "a.txt").write_text("x\n")
    done = aishell("-c", "which files are here", env=script({"files": "ls *.txt", "cake": "grep cake a.txt"}))
    assert (done.returncode, done.stdout, done.stderr) == (0, "a.txt\n", "")
    assert aishell("-c", "is there cake in it", env=script({"cake": "grep cake a.txt"})).returncode == 1


def test_without_a_terminal_nothing_runs_that_needs_consent(aishell: Run, script: Script, home: Path) -> None:
    (home / "a.txt").write_text("x")
    lines = script({"delete": "rm a.txt"})
    done = aishell("-c", "delete a.txt", env=lines)
    assert (done.returncode, done.stdout) == (77, "")
    assert "rm a.txt" in done.stderr
    assert "--yes" in done.stderr
    assert (home / "a.txt").exists()
    assert aishell("-c", "--print", "delete a.txt", env=lines).stdout == "rm a.txt\n"
    assert (home / "a.txt").exists()
    assert aishell("-c", "delete a.txt", "--yes", env=lines).returncode == 0
    assert not (home / "a.txt").exists()


def test_yes_never_allows_the_forbidden(aishell: Run, script: Script) -> None:
    done = aishell("-c", "--yes", "delete everything", env=script({".": "rm -rf / --no-preserve-root"}))
    assert done.returncode == 77
    assert "never run" in done.stderr


def test_piped_data_is_seen_by_the_planner_and_received_by_the_command(aishell: Run, script: Script) -> None:
    lines = script({r"begins like this:\nerror one": "grep -c error", ".": "echo no data"})
    done = aishell("-c", "how many errors are in it", env=lines, input="error one\n" + "fine\n" * 50_000 + "error two\n")
    assert (done.returncode, done.stdout) == (0, "2\n")


def test_arguments_join_the_request(aishell: Run, script: Script, home: Path) -> None:
    done = aishell(
        "-c", "--print", "count the lines of", "--", "my file", env=script({"lines of 'my file'$": "wc -l 'my file'"})
    )
    assert done.stdout == "wc -l 'my file'\n"


def test_json_is_one_object_with_everything(aishell: Run, script: Script) -> None:
    done = aishell("-c", "--json", "list the numbers please", env=script({".": "seq 3"}))
    said = json.loads(done.stdout)
    assert done.returncode == said["exit_code"] == 0
    (step,) = said["steps"]
    assert (said["request"], said["route"]) == ("list the numbers please", "words")
    assert (step["command"], step["tier"], step["status"], step["stdout"]) == ("seq 3", "READ", "done", "1\n2\n3\n")
    assert set(step) >= {"why", "reasons", "exit_code", "stderr", "truncated", "elapsed"}
    assert set(said) >= {"model", "timings", "usage", "problems"}


def test_json_tells_what_was_not_run_and_what_went_wrong(aishell: Run, script: Script) -> None:
    done = aishell("-c", "--json", "delete it all please", env=script({".": "rm x"}))
    said = json.loads(done.stdout)
    assert done.returncode == said["exit_code"] == 77
    assert said["steps"][0]["status"] == "proposed"
    assert said["error"]["message"]
    done = aishell("-c", "--json", "do it please", env={"AISHELL_MODEL_USE": "/nonexistent.gguf"})
    assert done.returncode == json.loads(done.stdout)["exit_code"] == 69


@pytest.mark.parametrize("encoding", ["ascii", "utf-8:strict"])
def test_text_in_any_encoding_is_answered(aishell: Run, script: Script, encoding: str) -> None:
    env = {**script({".": "echo 你好"}), "PYTHONIOENCODING": encoding}
    said = json.loads(aishell("-c", "--json", "列出文件 \udcff", env=env).stdout)
    assert said["steps"][0]["stdout"] == "你好\n"


def test_explain_runs_nothing(aishell: Run, script: Script, home: Path) -> None:
    lines = script({"^Request": "It removes x.", "delete": "touch ran"})
    done = aishell("-c", "--explain", "delete the file x", env=lines)
    assert (done.returncode, *done.stdout.splitlines()[:1], done.stdout.splitlines()[-1]) == (0, "touch ran", "It removes x.")
    assert aishell("-c", "--explain", "rm x", env=lines).stdout.splitlines()[-1] == "It removes x."
    said = json.loads(aishell("-c", "--explain", "--json", "rm x", env=lines).stdout)
    assert (said["explanation"], said["parts"][0]["text"], said["tier"]) == ("It removes x.", "rm", "DRY")
    assert not (home / "ran").exists()


@pytest.mark.parametrize(
    ("arguments", "env", "status", "told"),
    [
        (["-c"], {}, 64, "no text"),
        (["-c", "ls", "--frobnicate"], {}, 64, "--frobnicate"),
        (["-c", "--timeout", "soon", "ls"], {}, 64, "seconds"),
        (["frobnicate"], {}, 64, "frobnicate"),
        (["-c", "?"], {}, 64, "no words"),
        (["model", "frobnicate"], {}, 64, "choose from"),
        (["model", "pull"], {}, 64, "required"),
        (["config", "x"], {}, 64, "show, path, edit"),
        (["model", "info", "qwen"], {}, 69, "qwen2.5-coder-1.5b"),
        (["-c", "what is new"], {"AISHELL_MODEL_USE": "smollm2-135"}, 69, "smollm2-135m"),
        (["-c", "what is new"], {"XDG_CACHE_HOME": "/nonexistent"}, 69, "model pull"),
        (["-c", "what is new"], {"AISHELL_MODEL_BACKEND": "cloud"}, 78, "engine"),
        (["-c", "what is new"], {"AISHELL_MODEL_BACKEND": "scripted", "AISHELL_MODEL_SCRIPT": "/nonexistent"}, 69, "script"),
    ],
)
def test_a_failure_has_its_status_and_says_what_to_do(
    aishell: Run, arguments: list[str], env: dict[str, str], status: int, told: str
) -> None:
    done = aishell(*arguments, env=env)
    assert done.returncode == status, done.stderr
    assert done.stdout == ""
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_broken_setting_names_file_line_and_the_nearest_key(aishell: Run, home: Path) -> None:
    file = home / ".config/aishell/aishell.toml"
    file.parent.mkdir(parents=True)
    file.write_text("[model]\nuze = 'x'\n")
    done = aishell("-c", "what is new")
    assert done.returncode == 78
    assert f"{file}, line 2" in done.stderr
    assert "model.use" in done.stderr


# ---- models and settings


def test_model_commands(aishell: Run, tiny_model: Path, home: Path) -> None:
    listed = aishell("model", "list").stdout
    assert re.search(r"^\* qwen2\.5-coder-1\.5b .*Apache-2\.0", listed, re.M)
    assert "here" in next(line for line in listed.splitlines() if "smollm2-135m" in line)
    assert "state:         whole" in aishell("model", "info", "smollm2-135m").stdout
    assert "architecture:  llama" in aishell("model", "info", str(tiny_model)).stdout
    assert aishell("model", "use", "smollm2-135m").returncode == 0
    assert "* smollm2-135m" in aishell("model", "list").stdout
    assert 'use = "smollm2-135m"' in aishell("config", "show").stdout
    assert aishell("model", "use", "smollm3").returncode == 69


def test_a_broken_model_file_is_told_and_not_added(aishell: Run, home: Path) -> None:
    (home / "broken.gguf").write_bytes(b"GGUF\x03\x00\x00\x00")
    done = aishell("model", "add", "broken.gguf")
    assert done.returncode == 69
    assert "cut off" in done.stderr
    done = aishell("-c", "what is new here", env={"AISHELL_MODEL_USE": str(home / "broken.gguf")})
    assert done.returncode == 69
    assert "cannot be loaded" in done.stderr


def test_config_edit_opens_a_commented_file_and_checks_it(aishell: Run, home: Path) -> None:
    assert aishell("config", "edit", env={"EDITOR": "true"}).returncode == 0
    file = Path(aishell("config", "path").stdout.strip())
    assert '# use = "qwen2.5-coder-1.5b"' in file.read_text()
    assert aishell("config", "edit", env={"EDITOR": "sed -i 's/^# threads.*/threads = many/'"}).returncode == 78


def test_doctor_says_no_when_the_main_job_does_not_work(aishell: Run) -> None:
    done = aishell("doctor", env={"XDG_CACHE_HOME": "/nonexistent"})
    assert done.returncode == 1
    assert "FAILED" in done.stdout
    assert "model pull" in done.stdout


@pytest.mark.parametrize("arguments", [["-c", "--print", "!echo x"], ["-c", "--json", "!echo x"], ["config", "show"]])
def test_output_that_cannot_be_written_is_told_in_a_sentence(
    environment: dict[str, str], home: Path, arguments: list[str]
) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*AISHELL, *arguments], env=environment, cwd=home, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 70
    assert done.stderr.startswith("aishell: The output cannot be written: No space left on device.")
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
