if [[ -n $__aishell_theirs ]]; then ZDOTDIR=$__aishell_theirs; else unset ZDOTDIR; fi
if [[ $__aishell_door != *:norc:* && -r ${ZDOTDIR-$HOME}/.zshrc ]]; then
    . "${ZDOTDIR-$HOME}/.zshrc"
fi
unset __aishell_theirs __aishell_here __aishell_door
__aishell_install
unsetopt prompt_cr prompt_sp
