if [[ -n $__aishell_theirs ]]; then ZDOTDIR=$__aishell_theirs; else unset ZDOTDIR; fi
if [[ $__aishell_door != *:norc:* && -r ${ZDOTDIR-$HOME}/.zprofile ]]; then
    . "${ZDOTDIR-$HOME}/.zprofile"
fi
__aishell_theirs=${ZDOTDIR-}
ZDOTDIR=$__aishell_here
