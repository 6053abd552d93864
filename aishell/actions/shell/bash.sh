# What aishell adds to a person's own bash: marks in its output that say where commands begin and end.
#
# bash loads it instead of ~/.bashrc, which it loads in turn; or as `. bash.sh DOOR` after `exec bash`. DOOR (else $AISHELL_SHELL)
# is PROMPTS:FILES:FOLDER:NONCE:LINE:STATE:ASIDE: descriptors in FOLDER, a /proc/PID/fd, for the nonce of this session, the line to
# run next, what is true at the prompt, and our own notes. Nothing is exported or inherited, so that no output can hold a mark.
# A mark is ESC ] 633 ; NONCE ; LETTER BEL:
#   B  the line editor waits         2    it waits for the rest of a command     I  the editor's own drawing follows
#   C  a command begins              L    the same, and LINE tells which         J  the drawing is over
#   D;n  it has ended
#   T  what has been typed and nobody has read? 0xff on the terminal ends it. Only where PROMPTS is lent
#   K;x  the answer to a repair: "kept" when nothing was amiss, "mended;n" when the marks were gone and the last status is n
# Needs bash 5.1: since then PROMPT_COMMAND may be an array, and assigning a string to it leaves all but its first part alone.
# Variables have long names even where they are local, since the person's own may be read-only.

__aishell_open() {
    local IFS=: -; set +eux
    local -a __aishell_door=($1)
    local __aishell_folder=${__aishell_door[2]}
    __aishell_prompts=${__aishell_door[0]} __aishell_static= __aishell_trap=
    __aishell_line=$__aishell_folder/${__aishell_door[4]} __aishell_state=$__aishell_folder/${__aishell_door[5]}
    __aishell_aside=$__aishell_folder/${__aishell_door[6]}
    IFS= read -r __aishell_nonce <"$__aishell_folder/${__aishell_door[3]}" || :
    __aishell_mark="\e]633;$__aishell_nonce;" __aishell_ps1=$PS1 __aishell_ps0=$PS0
    __aishell_ready="\\[${__aishell_mark}B\a\\]" __aishell_more="\\[${__aishell_mark}2\a\\]"
    __aishell_begun="${__aishell_mark}C\a" __aishell_heard="\$(__aishell_hear)${__aishell_mark}L\a"
    declare -g +x ${!__aishell_*}
}

__aishell_say() { printf "${__aishell_mark}$1\a" >/dev/tty; }

# After each command, last of all that the prompt runs.
__aishell_prompt() {
    { local __aishell_was=$? -; set +eux; } 2>/dev/null
    if [[ ${__aishell_control+set} ]]; then # the line began with a blank
        [[ ${HISTCONTROL-} != ignorespace:"$__aishell_control" ]] || HISTCONTROL=$__aishell_control
        unset __aishell_control
    fi
    if [[ ${__aishell_options-} ]]; then
        shopt -s "${__aishell_options[@]}"
        unset __aishell_options
    fi
    local __aishell_unread=
    [[ $__aishell_prompts != lent ]] || __aishell_ask
    __aishell_tell
    __aishell_dress
    __aishell_say "D;$__aishell_was"
    [[ ${PS1@a} != *r* ]] || { __aishell_say I; __aishell_say B; }
}

# The byte that ends the answer is in no UTF-8 text.
__aishell_ask() {
    local __aishell_question
    printf -v __aishell_question "${__aishell_mark}T\a"
    # `read` asks when it has turned the echo off, which would show the answer.
    IFS= read -rs -t 2 -d $'\xff' -p "$__aishell_question" __aishell_unread <>/dev/tty 2>&0 || :
}

__aishell_tell() {
    {
        printf '%s\0' "$PWD"
        declare -px
        printf '\0'
        alias -p
        printf '\0'
        compgen -A function
        printf '\0'
        compgen -b
        printf '\0'
        ! shopt -q autocd || printf on
        printf '\0%s' "${__aishell_unread-}"
    } >|"$__aishell_state" || :
} 2>/dev/null

# The prompts: no more than marks while a front end shows its own.
__aishell_dress() {
    if [[ ${PS1@a} != *r* ]]; then
        [[ $PS1 == *"$__aishell_ready" ]] || __aishell_ps1=$PS1
        PS1=$__aishell_static$__aishell_ready
        [[ $__aishell_prompts != own ]] || PS1=$__aishell_static$__aishell_ps1$__aishell_ready
    fi
    [[ ${PS2@a} == *r* || $PS2 == "$__aishell_more"* ]] || PS2=$__aishell_more$PS2
    [[ $PS0 == *"$__aishell_mark"* ]] || __aishell_ps0=$PS0
    [[ $__aishell_prompts == own ]] && __aishell_begin "$__aishell_heard" || __aishell_begin "$__aishell_begun"
}

__aishell_begin() { [[ ${PS0@a} == *r* ]] || PS0=$1$__aishell_ps0; }

__aishell_hear() { { [[ ! -o history ]] || HISTTIMEFORMAT='' builtin history 1; } >|"$__aishell_line"; } 2>/dev/null

# The key: the line editor takes LINE. A first line before it, which history does not keep, ends the silence in which the editor
# would have echoed them: what is left on the terminal is what programs write. `$?` and `$_` stay what they were. The prompts are
# not touched here: bash keeps pointers to their values while its editor is at work.
__aishell_take() {
    { local __aishell_given - __aishell_was=$1 __aishell_last=$2; set +eux; } 2>/dev/null
    IFS= read -r -d '' __aishell_given <"$__aishell_line" || :
    __aishell_given=${__aishell_given%.} READLINE_POINT=0 READLINE_LINE=
    case $__aishell_given in
        repair:*) __aishell_repair "$__aishell_was" ;;
        prompts:*) __aishell_prompts=${__aishell_given#*:} ;;
        *) __aishell_fill "${__aishell_given#run:}" ;;
    esac
}

__aishell_fill() {
    local __aishell_option
    READLINE_LINE=$1
    __aishell_wait=$__aishell_was __aishell_word=$__aishell_last __aishell_keep=1 __aishell_doubt=
    [[ $1 != [[:blank:]]* ]] || __aishell_keep=
    if [[ $1 == *'!'[!\ =\(]* ]]; then
        __aishell_doubt=1
        (builtin history -p "$1") &>/dev/null || __aishell_doubt=2
        __aishell_options=()
        for __aishell_option in histverify histreedit; do # what was to be looked at first has been
            ! shopt -q $__aishell_option || __aishell_options+=($__aishell_option)
        done
        shopt -u histverify histreedit
    fi
    if [[ ${HISTCONTROL@a} == *r* ]]; then # then history would keep a line of ours
        __aishell_say I
        return
    fi
    __aishell_control=${HISTCONTROL-} HISTCONTROL=ignorespace:${HISTCONTROL-}
    [[ ${PS1@a} != *r* ]] || __aishell_say J
    READLINE_LINE=" __aishell_speak \"\$__aishell_word\""$'\n'$1
    exec {__aishell_err}>&2 2>/dev/null
}

__aishell_trapped() { IFS= read -r -d '' __aishell_trap <"$__aishell_aside" || :; }

# The line before the one that was given. A command finds PS1 as its owner left it.
__aishell_speak() {
    { local __aishell_strict=$- -; set +eux; } 2>/dev/null
    if [[ $__aishell_keep ]]; then
        HISTCONTROL=$__aishell_control
        unset __aishell_control
    fi
    [[ $PS0 == *"$__aishell_mark"* ]] || __aishell_ps0=$PS0
    [[ $__aishell_doubt ]] && __aishell_begin "$__aishell_heard" || __aishell_begin "$__aishell_begun"
    if [[ ${PS1@a} != *r* ]]; then
        case $__aishell_doubt/$__aishell_static in
            2/*) PS1="\\[${__aishell_mark}D;1\a\\]$__aishell_ready" ;; # since bash shows it again, and runs nothing before
            */) PS1=$__aishell_ps1 ;;
            *) PS1=$__aishell_static$__aishell_ready ;;
        esac
    fi
    exec 2>&$__aishell_err {__aishell_err}>&-
    eval "$__aishell_trap"
    [[ $__aishell_strict == *e* ]] || return $__aishell_wait
}

__aishell_repair() {
    if [[ " ${PROMPT_COMMAND[*]-} " == *' __aishell_prompt '* ]]; then
        __aishell_say 'K;kept'
    else
        __aishell_hook
        __aishell_tell
        __aishell_say "K;mended;$1"
        __aishell_say I
    fi
}

__aishell_hook() {
    if [[ ${PROMPT_COMMAND@a} != *r* ]]; then
        PROMPT_COMMAND[0]=${PROMPT_COMMAND-}
        [[ " ${PROMPT_COMMAND[*]} " == *' __aishell_prompt '* ]] || PROMPT_COMMAND+=(__aishell_prompt)
    else # then the prompt itself has to tell
        __aishell_static="\\[${__aishell_mark}D;\$?\a\$(__aishell_tell)\\]"
    fi
}

__aishell_install() {
    local __aishell_keys -; set +eux
    __aishell_hook
    [[ ! $__aishell_static ]] || __aishell_dress
    for __aishell_keys in emacs vi-insert vi-command; do
        # A DEBUG trap is its owner's: it must not see the line that is not theirs.
        bind -m $__aishell_keys -x \
            '"\e[633;1~": __aishell_take "$?" "$_"; trap -p DEBUG >|"$__aishell_aside"; trap - DEBUG; __aishell_trapped'
        bind -m $__aishell_keys '"\e[633;2~": accept-line'
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
