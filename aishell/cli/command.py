"""`aishell -c TEXT`: one line, for the shell or for the planner. The contract is docs/scripting.md.

A shell line becomes bash by exec, so that signals, terminal and exit status are bash's own; nothing heavy is imported for it.
"""

from __future__ import annotations

import os
import signal

from aishell.cli.options import Options
from aishell.core.errors import AishellError, UsageError
from aishell.planner.route import route

_SWITCHES = {"--print": "print_only", "--yes": "yes", "-y": "yes", "--json": "json", "--explain": "explain", "--local": "local"}


def run(argv: list[str]) -> int:
    options = parse(argv)
    if options.local:
        os.environ["AISHELL_LOCAL"] = "1"
    routed = route(options.text, is_command, os.path.exists)
    if routed.where == "shell":
        return _shell(options, routed.text)
    if routed.where == "answer":
        raise UsageError("Nothing is being asked.", hint=f"`?{routed.text}` sends it as words.")
    if not routed.text:
        raise UsageError("There are no words after `?`.")
    text = " ".join([routed.text, *map(_quoted, options.arguments)])
    if routed.where == "note":
        from aishell.cli import note

        return note.run(text, options)
    from aishell.cli import words

    return words.run(text, options)


def parse(argv: list[str]) -> Options:
    """Raises UsageError."""
    text: str | None = None
    found: dict[str, bool | float] = {}
    rest = list(argv)
    while rest:
        word = rest.pop(0)
        if word == "--" and text is not None:
            return Options(text, tuple(rest), separated=True, **found)  # type: ignore[arg-type]
        if word in _SWITCHES:
            found[_SWITCHES[word]] = True
        elif word == "--timeout" or word.startswith("--timeout="):
            value = word.partition("=")[2] or (rest.pop(0) if rest else "")
            found["timeout_s"] = _seconds(value)
        elif word == "-c" and text is None:
            continue
        elif text is None and (not word.startswith("-") or " " in word):
            text = word
        elif word.startswith("-") and word != "-":
            raise UsageError(
                f"There is no option {word}.", hint="Arguments that begin with - go behind --. See aishell --help."
            )
        elif text is not None:
            return Options(text, (word, *rest), **found)  # type: ignore[arg-type]
    if text is None:
        raise UsageError("There is no text after -c.", hint='For example: aishell -c "show the largest files here"')
    return Options(text, **found)  # type: ignore[arg-type]


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < 1e9:
        raise UsageError(f"--timeout needs a number of seconds, not {text!r}.")
    return value


def is_command(name: str) -> bool:
    """Whether the shell would find an executable of this name."""
    if "/" in name:
        folders = [""]
        name = os.path.expanduser(name)
    else:
        folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return any(os.access(path := os.path.join(folder, name), os.X_OK) and not os.path.isdir(path) for folder in folders)


def _quoted(text: str) -> str:
    import shlex

    return shlex.quote(text)


def _shell(options: Options, line: str) -> int:
    if options.print_only:
        from aishell.cli import stdio

        stdio.Out().write("stdout", f"{line}\n".encode("utf-8", "surrogateescape"))
        return 0
    if options.explain or options.json or options.timeout_s:
        from aishell.cli import words

        return words.explain_line(line, options) if options.explain else words.run_line(line, options)
    # As with bash: the first argument is $0, unless `--` says that arguments begin with $1.
    arguments = ["aishell", *options.arguments] if options.separated else list(options.arguments)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, and exec would hand that on
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    try:
        os.execvp("bash", ["bash", "-c", line, *arguments])
    except OSError as error:
        raise AishellError(f"bash cannot be started: {error.strerror}.", hint="aishell needs bash on the PATH.") from error
