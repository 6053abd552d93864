# What aishell adds to a person's own zsh; bash.sh tells of the marks and the door. Needs zsh 5.3.
#
# Loaded by the start-up files in zdotdir, or as `. zsh.sh DOOR` after `exec zsh`.

__aishell_open() {
    emulate -L zsh
    local -a door
    door=("${(@s.:.)1}")
    typeset -g __aishell_prompts=$door[1] __aishell_line=$door[3]/$door[5] __aishell_state=$door[3]/$door[6]
    typeset -g __aishell_mark=$'\e]633;'$(<$door[3]/$door[4])';' __aishell_ps1=$PS1 __aishell_rps1=$RPS1
    typeset -g __aishell_ready="%{${__aishell_mark}B"$'\a%}' __aishell_more="%{${__aishell_mark}2"$'\a%}'
    typeset -g __aishell_taken= __aishell_finish= __aishell_blank= __aishell_verify= __aishell_autocd=
    typeset -g +x -m '__aishell_*'
}

__aishell_say() { print -rn -- "$__aishell_mark$1"$'\a' >/dev/tty }

# Before each prompt, last of all; should somebody have come after it, last again from the next on.
__aishell_precmd() {
    local __aishell_status=$?
    [[ -z $__aishell_blank ]] || unsetopt hist_ignore_space
    [[ -z $__aishell_verify ]] || setopt hist_verify
    __aishell_blank= __aishell_verify= __aishell_autocd=
    [[ ! -o auto_cd ]] || __aishell_autocd=on
    if [[ $__aishell_prompts == own ]]; then
        setopt prompt_cr prompt_sp
    else
        unsetopt prompt_cr prompt_sp # they draw where the last output ended
    fi
    () {
        emulate -L zsh
        [[ $precmd_functions[-1] == __aishell_precmd ]] || __aishell_install
    }
    local __aishell_unread=
    [[ $__aishell_prompts != lent ]] || __aishell_ask
    __aishell_tell
    __aishell_dress
    __aishell_say "D;$__aishell_status"
    if [[ ${(t)PS1} == *readonly* ]]; then
        __aishell_say I
        __aishell_say B
    fi
} 2>/dev/null

__aishell_ask() {
    emulate -L zsh
    local key
    while read -rs -t 0 -k 1 key; do # with -d it would wait for a whole line
        __aishell_unread+=$key
    done
    # It asks when it has turned the echo off, which would show the answer.
    read -rs -t 2 -k 1 "key?${__aishell_mark}T"$'\a' || return
    while [[ $key != $'\xff' ]]; do
        __aishell_unread+=$key
        read -rs -t 2 -k 1 key || return
    done
} 2>/dev/tty

__aishell_tell() {
    emulate -L zsh
    {
        print -rn -- $PWD$'\0'
        typeset -px
        print -n '\0'
        alias -L
        print -n '\0'
        print -rl -- ${(k)functions}
        print -n '\0'
        print -rl -- ${(k)builtins:#private} ${(k)reswords} # outside a function `private` is no more than an error
        print -rn -- $'\0'$__aishell_autocd$'\0'$__aishell_unread
    } >|$__aishell_state
} 2>/dev/null

# The prompts: no more than marks while a front end shows its own. A command finds PS1 as its owner left it.
__aishell_dress() {
    emulate -L zsh
    setopt local_options no_xtrace
    if [[ ${(t)PS1} != *readonly* ]]; then
        if [[ $PS1 != *$__aishell_ready ]]; then
            __aishell_ps1=$PS1 __aishell_rps1=$RPS1
        fi
        PS1=$__aishell_ready RPS1=
        [[ $__aishell_prompts != own ]] || PS1=$__aishell_ps1$PS1 RPS1=$__aishell_rps1
    fi
    [[ ${(t)PS2} == *readonly* || $PS2 == $__aishell_more* ]] || PS2=$__aishell_more$PS2
}

# Before each command, first of all.
__aishell_preexec() {
    emulate -L zsh
    if [[ ${(t)PS1} != *readonly* ]]; then
        PS1=$__aishell_ps1 RPS1=$__aishell_rps1
    fi
    print -rn -- $1 >|$__aishell_line
    __aishell_say L
} 2>/dev/null

# The key: the line editor takes LINE. It is filled in after the last time the editor draws, so that nothing is echoed.
__aishell_take() {
    emulate -L zsh
    local line="$(<$__aishell_line)"
    BUFFER=
    case $line in
        repair:.) __aishell_repair ;;
        prompts:*) __aishell_prompts=${${line#*:}%.}; zle .accept-line ;;
        *)
            __aishell_taken=${${line#run:}%.} __aishell_finish=${widgets[zle-line-finish]#user:}
            zle -N zle-line-finish __aishell_finished
            zle .accept-line
            ;;
    esac
} 2>/dev/null

__aishell_finished() {
    zle -I
    [[ ${(t)PS1} != *readonly* ]] || __aishell_say J
    BUFFER=$__aishell_taken
    if [[ -n $__aishell_finish ]]; then
        zle -N zle-line-finish $__aishell_finish
    else
        zle -D zle-line-finish
    fi
    if [[ $BUFFER == [[:blank:]]* && ! -o hist_ignore_space ]]; then
        __aishell_blank=1
        setopt hist_ignore_space
    fi
    if [[ -o hist_verify ]]; then # what was to be looked at first has been
        __aishell_verify=1
        unsetopt hist_verify
    fi
} 2>/dev/null

__aishell_repair() {
    local had=${precmd_functions[(I)__aishell_precmd]} state=$?
    __aishell_install
    if (( had )); then
        __aishell_say 'K;kept'
    else
        __aishell_tell
        __aishell_say "K;mended;$state"
        __aishell_say I
    fi
}

__aishell_install() {
    emulate -L zsh
    local keys
    typeset -ga precmd_functions preexec_functions
    precmd_functions=(${precmd_functions:#__aishell_precmd} __aishell_precmd)
    preexec_functions=(__aishell_preexec ${preexec_functions:#__aishell_preexec})
    zle -N __aishell_take
    for keys in emacs viins vicmd; do
        bindkey -M $keys '\e[633;1~' __aishell_take
    done
} 2>/dev/null

if (( $# )); then
    __aishell_open $1
    __aishell_install
    unsetopt prompt_cr prompt_sp
fi
