# What aishell adds to a person's own bash: marks in its output that say where commands begin and end.
#
# bash loads it instead of ~/.bashrc, which it loads in turn; or as `. bash.sh DOOR` after `exec bash`. DOOR (else $AISHELL_SHELL)
# is PROMPTS:RC:FOLDER:NONCE:LINE:STATE: three descriptors in FOLDER, a /proc/PID/fd, hold the nonce of this session, the line to
# run next, and what is true at the prompt. Nothing is exported or inherited, so that no command's output can hold a mark.
# A mark is ESC ] 633 ; NONCE ; LETTER BEL:
#   B  the line editor waits         2    it waits for the rest of a command     I  the editor's echo of a line follows
#   C  a command begins              L    the same, and LINE tells which         D;n  it has ended
#   K;x  the answer to a repair: "kept" when nothing was amiss, "mended;n" when the marks were gone and the last status is n
# Needs bash 5.1: since then PROMPT_COMMAND may be an array, and assigning a string to it leaves all but its first part alone.

__aishell_open() {
    local IFS=: door
    door=($1)
    __aishell_prompts=${door[0]} __aishell_line=${door[2]}/${door[4]} __aishell_state=${door[2]}/${door[5]}
    IFS= read -r __aishell_nonce <"${door[2]}/${door[3]}" || :
    __aishell_mark="\e]633;$__aishell_nonce;" __aishell_ps1=$PS1 __aishell_ps0=$PS0
    __aishell_ready="\\[${__aishell_mark}B\a\\]" __aishell_more="\\[${__aishell_mark}2\a\\]"
    __aishell_begun="${__aishell_mark}C\a" __aishell_heard="\$(__aishell_hear)${__aishell_mark}L\a"
    declare -g +x __aishell_prompts __aishell_line __aishell_state __aishell_nonce __aishell_mark __aishell_ps0 __aishell_ps1 \
        __aishell_ready __aishell_more __aishell_begun __aishell_heard
}

__aishell_say() { printf "${__aishell_mark}$1\a" >/dev/tty; }

# After each command, last of all that the prompt runs.
__aishell_prompt() {
    { local status=$? -; set +eux; } 2>/dev/null
    if [[ ${__aishell_control+set} ]]; then # the line began with a blank
        [[ ${HISTCONTROL-} != ignorespace:"$__aishell_control" ]] || HISTCONTROL=$__aishell_control
        unset __aishell_control
    fi
    __aishell_tell
    __aishell_dress
    __aishell_say "D;$status"
    [[ ${PS1@a} != *r* ]] || { __aishell_say B; __aishell_say I; }
}

__aishell_tell() {
    { printf '%s\0' "$PWD"; declare -px; printf '\0'; alias -p; printf '\0'; compgen -A function; } >|"$__aishell_state" || :
} 2>/dev/null

# The prompts: no more than marks while a front end shows its own. A command finds PS1 as its owner left it.
__aishell_dress() {
    if [[ ${PS1@a} != *r* ]]; then
        [[ $PS1 == *"$__aishell_ready" ]] || __aishell_ps1=$PS1
        PS1=$__aishell_ready
        [[ $__aishell_prompts != own ]] || PS1=$__aishell_ps1$PS1
    fi
    [[ ${PS2@a} == *r* || $PS2 == "$__aishell_more"* ]] || PS2=$__aishell_more$PS2
    [[ $PS0 == *"$__aishell_mark"* ]] || __aishell_ps0=$PS0
    [[ ${PS0@a} == *r* ]] || PS0=$__aishell_heard$__aishell_ps0
}

__aishell_hear() { { [[ ! -o history ]] || HISTTIMEFORMAT='' builtin history 1; } >|"$__aishell_line"; } 2>/dev/null

# The key: the line editor takes LINE. A first line before it, which history does not keep, ends the silence in which the editor
# would have echoed them: what is left on the terminal is what programs write. `$?` and `$_` stay what they were.
__aishell_take() {
    { local status=$1 last=$2 line -; set +eux; } 2>/dev/null
    IFS= read -r -d '' line <"$__aishell_line" || :
    line=${line%.}
    [[ $line != repair: ]] || { __aishell_repair "$status"; return; }
    [[ $line != prompts:* ]] || { __aishell_prompts=${line#*:} READLINE_LINE=; return; }
    line=${line#run:} READLINE_POINT=0
    [[ ${PS0@a} == *r* || $line == *'!'[!\ =\(]* ]] || PS0=$__aishell_begun$__aishell_ps0
    [[ ${PS1@a} == *r* ]] || PS1=$__aishell_ps1
    if [[ ${HISTCONTROL@a} == *r* ]]; then
        __aishell_say I
        READLINE_LINE=$line
        return
    fi
    __aishell_status=$status __aishell_last=$last __aishell_control=${HISTCONTROL-} HISTCONTROL=ignorespace:${HISTCONTROL-}
    [[ $line == [[:blank:]]* ]] && __aishell_keep= || __aishell_keep=1
    READLINE_LINE=" __aishell_speak \"\$__aishell_last\""$'\n'$line
    exec {__aishell_err}>&2 2>/dev/null
}

__aishell_trapped() { IFS= read -r -d '' __aishell_trap <"$__aishell_line" || :; }

__aishell_speak() {
    { local strict=$- -; set +eux; } 2>/dev/null
    if [[ $__aishell_keep ]]; then
        HISTCONTROL=$__aishell_control
        unset __aishell_control
    fi
    exec 2>&$__aishell_err {__aishell_err}>&-
    eval "$__aishell_trap"
    [[ $strict == *e* ]] || return $__aishell_status
}

__aishell_repair() {
    READLINE_LINE=
    if [[ " ${PROMPT_COMMAND[*]-} " == *' __aishell_prompt '* ]]; then
        __aishell_say 'K;kept'
    else
        __aishell_install
        __aishell_say "K;mended;$1"
    fi
}

__aishell_install() {
    local keys
    if [[ ${PROMPT_COMMAND@a} != *r* ]]; then
        PROMPT_COMMAND[0]=${PROMPT_COMMAND-}
        [[ " ${PROMPT_COMMAND[*]} " == *' __aishell_prompt '* ]] || PROMPT_COMMAND+=(__aishell_prompt)
    fi
    for keys in emacs vi-insert vi-command; do
        # A DEBUG trap is its owner's: it must not see the line that is not theirs.
        bind -m $keys -x '"\e[633;1~": __aishell_take "$?" "$_"; trap -p DEBUG >|"$__aishell_line"; trap - DEBUG; __aishell_trapped'
        bind -m $keys '"\e[633;2~": accept-line'
    done
} 2>/dev/null

if [[ ${AISHELL_SHELL+set} ]]; then
    __aishell_door=$AISHELL_SHELL
    unset AISHELL_SHELL
    __aishell_open "$__aishell_door"
    case $__aishell_door in
        *:login:*)
            [[ ! -r /etc/profile ]] || . /etc/profile
            for __aishell_file in ~/.bash_profile ~/.bash_login ~/.profile; do
                [[ ! -r $__aishell_file ]] || { . "$__aishell_file"; break; }
            done
            ;;
        *:rc:*) [[ ! -r ~/.bashrc ]] || . ~/.bashrc ;;
    esac
else
    __aishell_open "$1"
    [[ $(builtin history 1) != *"${BASH_SOURCE[0]}"* ]] || builtin history -d -1
fi
unset __aishell_door __aishell_file
__aishell_install
