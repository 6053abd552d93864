# zsh looks for a person's start-up files in ZDOTDIR. It finds these, which load theirs, from where they are, and add aishell's.
__aishell_here=$ZDOTDIR
__aishell_door=$AISHELL_SHELL
if [[ -n ${AISHELL_ZDOTDIR-} ]]; then
    export ZDOTDIR=$AISHELL_ZDOTDIR
else
    unset ZDOTDIR
fi
unset AISHELL_SHELL AISHELL_ZDOTDIR
. "${__aishell_here%/*}/zsh.sh"
__aishell_open "$__aishell_door"
if [[ $__aishell_door != *:norc:* && -r ${ZDOTDIR-$HOME}/.zshenv ]]; then
    . "${ZDOTDIR-$HOME}/.zshenv"
fi
__aishell_theirs=${ZDOTDIR-}
ZDOTDIR=$__aishell_here
