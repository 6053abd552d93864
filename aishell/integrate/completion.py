"""Completions of the `aishell` command for bash, zsh and fish, made from its grammar.

A word is completed by where it stands: behind which commands (`aishell model`), and behind which option. What has no words of
its own, such as a path, is left to the shell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aishell.integrate.code import ShellName, quoted
from aishell.integrate.grammar import Command


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    at: str
    """`aishell model`, or with an option at its end, `aishell recall --only`."""
    words: tuple[tuple[str, str], ...]
    """What may stand there, each with what it is for."""
    runs: bool = False
    """A command line of the shell stands there."""


def places(grammar: Command) -> Iterator[Place]:
    for path, command in grammar.everything():
        at = " ".join(path)
        verbs = [(verb.name, verb.about) for verb in command.verbs] + [(choice, "") for choice in command.choices]
        options = [(name, option.about) for option in command.options for name in option.names if name.startswith("--")]
        yield Place(at=at, words=(*verbs, *options), runs=command.operand.startswith("COMMAND"))
        for option in command.options:
            for name in option.names if option.choices else ():
                yield Place(at=f"{at} {name}", words=tuple((choice, "") for choice in option.choices))


def completion(shell: ShellName, grammar: Command) -> str:
    """The script for a shell, to be put where it looks for completions, or to be evaluated."""
    made = {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell]
    origin = f"# Completions of aishell, made from its own command line by `aishell init {shell} --completion`."
    return f"{origin}\n{made(grammar)}"


def _walk(grammar: Command) -> str:
    """The patterns of all commands below the first, as `case` has them."""
    return "|".join(quoted("bash", " ".join(path)) for path, _ in grammar.everything() if len(path) > 1)


def _bash(grammar: Command) -> str:
    rows = [
        f"    {quoted('bash', place.at)}) words={quoted('bash', ' '.join(word for word, _ in place.words))}"
        f"{' kind=command' if place.runs else ''} ;;"
        for place in places(grammar)
    ]
    return _BASH.replace("WALK", _walk(grammar)).replace("    ROWS", "\n".join(rows))


def _zsh(grammar: Command) -> str:
    rows = []
    for place in places(grammar):
        words = " ".join(quoted("zsh", _described(word, about)) for word, about in place.words)
        rows.append(f"    {quoted('zsh', place.at)}) found=({words}){' kind=command' if place.runs else ''} ;;")
    return _ZSH.replace("WALK", _walk(grammar)).replace("    ROWS", "\n".join(rows))


def _described(word: str, about: str) -> str:
    return f"{word}:{about}" if about else word


def _fish(grammar: Command) -> str:
    lines = [_FISH.replace("KNOWN", " ".join(quoted("fish", place.at) for place in places(grammar)))]
    for place in places(grammar):
        there = quoted("fish", f"__aishell_at {quoted('fish', place.at)}")
        for word, about in place.words:
            told = f" -d {quoted('fish', about)}" if about else ""
            lines.append(f"complete -c aishell -f -n {there} -a {quoted('fish', word)}{told}")
        if place.runs:
            lines.append(f"complete -c aishell -n {there} -a '(__fish_complete_command)'")
    return "\n".join(lines) + "\n"


_BASH = """\
_aishell() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} place=aishell at words='' kind=''
  for ((at = 1; at < COMP_CWORD; at++)); do
    case "$place ${COMP_WORDS[at]}" in
      WALK) place+=" ${COMP_WORDS[at]}" ;;
    esac
  done
  _aishell_words "$place $before"
  [[ -n $words ]] || _aishell_words "$place"
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
  [[ $kind != command ]] || mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -c -- "$word")
}
_aishell_words() {
  case "$1" in
    ROWS
  esac
}
complete -o bashdefault -o default -F _aishell aishell
"""

_ZSH = """\
#compdef aishell
_aishell() {
  local place=aishell at kind='' before=$words[CURRENT-1]
  local -a found=()
  for at in "${(@)words[2,CURRENT-1]}"; do
    case "$place $at" in
      WALK) place+=" $at" ;;
    esac
  done
  _aishell_words "$place $before"
  (( $#found )) || _aishell_words "$place"
  [[ -z $kind ]] || _command_names
  if (( $#found )); then _describe aishell found; else _files; fi
}
_aishell_words() {
  case "$1" in
    ROWS
  esac
}
(( $+functions[compdef] )) && compdef _aishell aishell
"""

_FISH = """\
function __aishell_at
    set -l place aishell
    set -l known KNOWN
    for word in (commandline -opc)[2..]
        set place (string replace -r ' -.*' '' -- $place) # an option that words stand behind is over
        if contains -- "$place $word" $known
            set place "$place $word"
        end
    end
    test "$argv[1]" = "$place"
end
"""
