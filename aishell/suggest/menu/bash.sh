# Asks the completion functions that are installed for bash, as bash does when Tab is pressed. It reads and never changes them.
#
# `bash --norc --noprofile bash.sh FILE` loads bash-completion from FILE and serves, with a NUL behind each field:
#   standard input   NONCE FOLDER END LINE COUNT WORD...     the last WORD is at the cursor, END what is completed of it
#   standard output  OPTION... NONCE- REPLY... NONCE             OPTIONs as of `compopt`; NONCE ends an answer
# Each function runs in a subshell, so that nothing it does to folder or variables is left, and with /dev/null for its streams.

exec 3<&0 4>&1 </dev/null >/dev/null 2>&1
ulimit -t 60 # seconds of CPU: who asks starts another one
unset PROMPT_COMMAND PS1
. "$1"
set +euxvn

# While no completion is under way, as far as bash knows, its own `compopt` refuses.
compopt() {
    while (($#)); do
        case $1 in
            -o) __aishell_options+=("$2"); shift ;;
            +o) __aishell_options+=("-$2"); shift ;;
        esac
        shift
    done
    return 0
}

# The way to complete $1, as `complete -p` puts it, in __aishell_way. What is loaded when it is first needed is loaded.
__aishell_find() {
    __aishell_way=$(complete -p -- "$1") && return
    if declare -F _comp_load; then
        _comp_load -- "$1"
    elif declare -F __load_completion; then
        __load_completion "$1"
    fi
    __aishell_way=$(complete -p -- "$1")
}

# Replies for the word $1, by the rest: the arguments of `complete`, without the command.
__aishell_reply() {
    local word=$1 function= option
    local -a generate=()
    shift
    while (($#)); do
        option=$1
        case $option in
            -o) __aishell_options+=("$2"); shift ;;
            -F) function=$2; shift ;;
            -[ACGPSWX]) generate+=("$1" "$2"); shift ;;
            -[abcdefgjksuv]) generate+=("$1") ;;
        esac
        shift
    done
    COMPREPLY=()
    if [[ $function ]]; then
        "$function" "${COMP_WORDS[0]}" "$word" "${COMP_WORDS[COMP_CWORD - 1]}" 3<&- 4>&-
    elif ((${#generate[@]})); then
        mapfile -t COMPREPLY < <(compgen "${generate[@]}" -- "$word" 3<&- 4>&-)
    fi
}

__aishell_serve() {
    local __aishell_nonce __aishell_folder __aishell_word __aishell_count __aishell_way
    local -a __aishell_options __aishell_arguments
    while IFS= read -r -d '' -u 3 __aishell_nonce; do
        IFS= read -r -d '' -u 3 __aishell_folder
        IFS= read -r -d '' -u 3 __aishell_word
        IFS= read -r -d '' -u 3 COMP_LINE
        IFS= read -r -d '' -u 3 __aishell_count
        mapfile -d '' -t -n "$__aishell_count" -u 3 COMP_WORDS
        __aishell_options=()
        if __aishell_find "${COMP_WORDS[0]}" && cd -- "$__aishell_folder"; then
            (
                COMP_CWORD=$((__aishell_count - 1)) COMP_POINT=${#COMP_LINE} COMP_TYPE=9 COMP_KEY=9
                export COMP_LINE COMP_POINT COMP_TYPE COMP_KEY
                eval "__aishell_arguments=(${__aishell_way#complete })" # as bash has quoted it itself
                unset '__aishell_arguments[-1]'
                __aishell_reply "$__aishell_word" "${__aishell_arguments[@]}"
                ((${#__aishell_options[@]} == 0)) || printf '%s\0' "${__aishell_options[@]}" >&4
                printf '%s-\0' "$__aishell_nonce" >&4
                ((${#COMPREPLY[@]} == 0)) || printf '%s\0' "${COMPREPLY[@]:0:2000}" >&4
            )
            cd / || exit
        fi
        printf '%s\0' "$__aishell_nonce" >&4
    done
}

__aishell_serve
