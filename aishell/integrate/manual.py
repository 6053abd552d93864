"""The man page of aishell: the part about its command line is made from the grammar, the rest is written here."""

from __future__ import annotations

import re

from aishell.integrate.grammar import Command, Option


def manual(grammar: Command, version: str) -> str:
    """`aishell.1`, as roff."""
    commands = "".join(_command(path, command) for path, command in grammar.everything() if len(path) > 1)
    options = "".join(_option(option) for option in grammar.options)
    return _PAGE.format(version=roff(version), options=options, commands=commands)


def roff(text: str) -> str:
    """`text` as it is: nothing in it is a request or an escape."""
    escaped = text.replace("\\", r"\e").replace("-", r"\-").replace("'", r"\(aq").replace("`", r"\(ga")
    return re.sub(r"(?m)^\.", r"\\&.", escaped)


def _command(path: tuple[str, ...], command: Command) -> str:
    if command.verbs and len(path) > 1 and not command.options and not command.operand:
        return ""  # its verbs follow, each with its own text
    names = [f"[{option.names[0]}{f' {option.value}' if option.value else ''}]" for option in command.options]
    line = " ".join([*path[1:], *names, command.operand]).strip()
    told = "".join(
        f"\\fB{roff(', '.join(option.names))}\\fR: {roff(option.about)}.\n.br\n" for option in command.options if option.about
    )
    about = f"{roff(command.about[:1].upper() + command.about[1:])}.\n" if command.about else ""
    about += f"One of: {roff(', '.join(command.choices))}.\n" if command.choices else ""
    return f".TP\n\\fBaishell {roff(line)}\\fR\n{about}" + (f".br\n{told}" if told else "")


def _option(option: Option) -> str:
    value = f" \\fI{roff(option.value)}\\fR" if option.value else ""
    return f".TP\n\\fB{roff(', '.join(option.names))}\\fR{value}\n{roff(option.about[:1].upper() + option.about[1:])}.\n"


_PAGE = r"""'\" t
.TH AISHELL 1 "" "aishell {version}" "User Commands"
.SH NAME
aishell \- a terminal shell that understands plain words
.SH SYNOPSIS
.B aishell
[\fB\-\-line\fR]
.br
.B aishell \-c
\fITEXT\fR [\fIOPTION\fR...] [\fB\-\-\fR] [\fIARG\fR...]
.br
.B aishell
\fICOMMAND\fR ...
.SH DESCRIPTION
Without arguments aishell is an interactive session around your own shell: a line is a command, or it is words, which a language
model on this machine turns into a command. What comes from words is judged before it runs: what only reads runs at once; what
changes files is tried where nothing is real, shown, and put in place when you agree; anything else is asked about.
.PP
In a line, \fB!\fItext\fR is always for the shell and \fB?\fItext\fR is always words.
.PP
\fBaishell help\fR \fITOPIC\fR tells about one thing each, \fBaishell help keys\fR fits on one screen.
.SH OPTIONS
{options}.SH COMMANDS
{commands}.SH EXIT STATUS
The command's own, or 64 the command line cannot be understood, 69 no model, 70 no usable plan or a fault of aishell's own, 71
no trial possible, 74 no memory, 75 files were changed meanwhile, 77 consent is missing, 78 configuration, 124 timed out,
126 cannot be started, 130 interrupted, 141 whoever read the output closed the pipe.
.SH FILES
.TP
.I ~/.config/aishell/aishell.toml
Your settings; \fBaishell config edit\fR opens them.
.TP
.I ~/.config/aishell/policy.toml
Your own rules for the judge.
.TP
.I ~/.local/state/aishell
Memory, the log of decisions, and what can be undone. It is yours alone and stays on this machine.
.TP
.I ~/.cache/aishell
Models, and what can be computed again.
.SH ENVIRONMENT
Each setting can be given for one run: \fBAISHELL_MODEL_USE\fR is \fImodel.use\fR. In your own shell \fBAISHELL_KEY\fR,
\fBAISHELL_KEY_FIX\fR, \fBAISHELL_KEY_RECALL\fR and \fBAISHELL_KEY_SUGGEST\fR name the keys of \fBaishell init\fR, and
\fBAISHELL_RECORD\fR, when it is not empty, has commands remembered.
.SH EXAMPLES
.nf
aishell \-c "show the 5 largest files here"
aishell \-c "what does this repository need?" \-\-print
aishell explain "tar \-xzf a.tgz \-C /tmp"
eval "$(aishell init bash)"
.fi
.SH SEE ALSO
.BR bash (1),
.BR zsh (1),
.BR fish (1)
"""
