# aishell's keys in zsh 5. Nothing runs by itself: what a key finds is put on the line, and Enter is yours.
# Each function has zsh's own options, whatever is set around it.

typeset -g __ai_status=0 __ai_last='' __ai_began='' __ai_put='' __ai_ghost='' __ai_asked=''
typeset -g __ai_fd='' __ai_verb='' __ai_at=0 __ai_lit=''
typeset -ga __ai_found=() __ai_texts=()

# The answer to "$1", which is given on standard input; the rest are the arguments of `aishell widget`.
__ai_call() {
  emulate -L zsh
  setopt local_traps
  local line=$1 said='' code=0
  shift
  __ai_verb='' __ai_texts=()
  if [[ ! -x $__ai_python ]]; then
    __ai_say 'aishell is not where it was. Remove its line from ~/.zshrc, or run `aishell init zsh` again.'
    return 1
  fi
  zle -M 'aishell: one moment (Ctrl-C stops it)'
  zle -R
  trap : INT # Ctrl-C ends what is asked, and not the line
  said=$(builtin print -rn -- "$line" | "$__ai_python" -P -m aishell widget "$@" 2>/dev/null) || code=$?
  zle -M ''
  case $code in
    0) __ai_read "$said" ;;
    130) return 1 ;;
    *) __ai_say "aishell ended with status $code; \`aishell doctor\` looks for the reason."; return 1 ;;
  esac
}

# An answer taken apart into verb and texts.
__ai_read() {
  emulate -L zsh
  local rest=${1#*$'\n'}
  __ai_verb=${1%%$'\n'*} __ai_texts=()
  while [[ $rest == *$'\x1e'* ]]; do
    __ai_texts+=("${rest%%$'\x1e'*}")
    rest=${rest#*$'\x1e'}
  done
}

# Below the prompt where there is room for it, else above a new one.
__ai_say() {
  emulate -L zsh
  local text=${(F)@}
  if (( ${#${(f)text}} < LINES - 3 )); then
    zle -M -- "$text"
  else
    zle -I
    builtin print -r -- "$text"
  fi
}

__ai_put_line() {
  emulate -L zsh
  BUFFER=$1 CURSOR=${#1} __ai_put=$1
}

# What an answer says to do.
__ai_do() {
  emulate -L zsh
  case $__ai_verb in
    line)
      __ai_put_line "$__ai_texts[1]"
      (( $#__ai_texts < 2 )) || __ai_say "${(@)__ai_texts[2,-1]}"
      ;;
    lines)
      __ai_found=("${(@)__ai_texts}" "$BUFFER") __ai_at=1
      __ai_put_line "$__ai_found[1]"
      ;;
    show|hint) __ai_say "${(@)__ai_texts}" ;;
  esac
}

# The next of several lines, if the line is still the one that was put there; the last of them is what was typed.
__ai_next() {
  emulate -L zsh
  [[ $#__ai_found -gt 0 && -n $__ai_put && $BUFFER == "$__ai_put" ]] || return 1
  __ai_at=$(( __ai_at % $#__ai_found + 1 ))
  __ai_put_line "$__ai_found[__ai_at]"
}

__ai_ask() {
  emulate -L zsh
  local -a words=(${=BUFFER}) known=()
  if (( ! $#words )); then
    __ai_say 'Say here what you want done, and press the key again. On a command it says what the command does.'
    return 0
  fi
  if whence -- "$words[1]" &>/dev/null; then known=(--known); fi
  __ai_call "$BUFFER" ask $known && __ai_do
  return 0
}

__ai_fix() {
  emulate -L zsh
  case $__ai_status in
    0) __ai_say 'The last command did not fail.' ;;
    130) __ai_say 'The last command was stopped by Ctrl-C.' ;;
    *) __ai_call "$__ai_last" fix --status $__ai_status && __ai_do ;;
  esac
  return 0
}

__ai_recall() {
  emulate -L zsh
  __ai_next || { __ai_call "$BUFFER" recall && __ai_do }
  return 0
}

# The client's answer for the line; the rest are its options.
__ai_client() {
  emulate -L zsh
  local before=$1 after=$2
  shift 2
  printf '%s\x1e' "$before" "$after" "$__ai_status" "$__ai_last" |
    "$__ai_python" -I -S "$__ai_folder/client.py" "$@" "${HISTFILE-}" 2>/dev/null
}

__ai_suggest() {
  emulate -L zsh
  local said='' code=0
  __ai_next && return 0
  [[ -x $__ai_python ]] || return 0
  said=$(__ai_client "$LBUFFER" "$RBUFFER" --start) || code=$?
  __ai_read $'lines\n'"$said"
  case $code:$#__ai_texts in
    0:0) __ai_say 'Nothing comes to mind.' ;;
    0:*) __ai_do ;;
    3:*) __ai_say 'The engine is being started; press the key again in a moment.' ;;
    6:*) __ai_say 'The history is being read; press the key again in a moment.' ;;
    130:*) ;;
    *) __ai_say 'The engine did not answer in time; the line stays as it is.' ;;
  esac
  return 0
}

# The rest of the line in grey, asked for while nobody waits; zsh-autosuggestions has its own, and may ask for ours.

__ai_dim() { # "$1": what stands behind the line
  emulate -L zsh
  region_highlight=("${(@)region_highlight:#$__ai_lit}")
  POSTDISPLAY=$1 __ai_lit=''
  [[ -z $1 ]] && return 0
  __ai_lit="$#BUFFER $(( $#BUFFER + $#1 )) ${AISHELL_GHOST_STYLE-fg=8}"
  region_highlight+=("$__ai_lit")
}

__ai_drop() {
  emulate -L zsh
  [[ -n $__ai_fd ]] || return 0
  zle -F $__ai_fd
  exec {__ai_fd}<&-
  __ai_fd=''
}

__ai_redraw() {
  emulate -L zsh
  (( $+functions[_zsh_autosuggest_start] )) && return 0
  [[ $BUFFER == "$__ai_asked" && $CURSOR -eq $#BUFFER ]] && return 0
  __ai_asked=$BUFFER
  if [[ $CURSOR -ne $#BUFFER || -z $BUFFER || $BUFFER == *$'\n'* || $KEYMAP == vicmd ]]; then
    __ai_asked='' __ai_ghost=''
    __ai_drop
    [[ -z $__ai_lit ]] || __ai_dim ''
    return 0
  fi
  if [[ -n $__ai_ghost && ${__ai_ghost[1,$#BUFFER]} == "$BUFFER" ]]; then # what was typed is what stood there
    __ai_dim "${__ai_ghost[$#BUFFER+1,-1]}"
    return 0
  fi
  __ai_ghost=''
  [[ -z $__ai_lit ]] || __ai_dim ''
  __ai_drop
  local -a sockets=(${XDG_RUNTIME_DIR:-/run/user/$UID}/aishell/engine-*.sock(N) /tmp/aishell-$UID*/engine-*.sock(N))
  (( PENDING == 0 && $#sockets )) || return 0
  exec {__ai_fd}< <(__ai_client "$LBUFFER" '' --ghost --pause 40)
  zle -F -w $__ai_fd __ai-arrived
}

__ai_arrived() {
  emulate -L zsh
  local answer=''
  IFS= read -r -d $'\x1e' -u $1 answer 2>/dev/null
  __ai_drop
  [[ $BUFFER == "$__ai_asked" && -n $BUFFER && $answer == "$BUFFER"* && $answer != "$BUFFER" ]] || return 0
  __ai_ghost=$answer
  __ai_dim "${answer[$#BUFFER+1,-1]}"
  zle -R
}

__ai_finish() {
  emulate -L zsh
  __ai_drop
  [[ -z $__ai_lit ]] || __ai_dim ''
  __ai_asked='' __ai_ghost=''
}

# Keys that go right take what stands there.
__ai_accept() {
  emulate -L zsh
  if [[ -n $__ai_lit && $CURSOR -eq $#BUFFER ]]; then
    BUFFER=$__ai_ghost CURSOR=$#__ai_ghost __ai_asked=$__ai_ghost
    __ai_dim ''
  else
    zle __ai-before-$WIDGET -- "$@"
  fi
}

_zsh_autosuggest_strategy_aishell() { # for ZSH_AUTOSUGGEST_STRATEGY
  emulate -L zsh
  local answer
  answer=$(__ai_client "$1" '' --ghost)
  typeset -g suggestion=${answer%%$'\x1e'*}
}

# Around each command.

__ai_preexec() {
  __ai_last=$1 __ai_began=$EPOCHREALTIME
}

__ai_precmd() {
  local code=$?
  emulate -L zsh
  __ai_status=$code
  [[ -n $__ai_began ]] || return 0
  [[ -z ${AISHELL_RECORD-} || -z $__ai_last || $__ai_last == [[:space:]]* || ! -x $__ai_python ]] ||
    __ai_record $code
  __ai_began=''
}

# Handed on in a process that is nobody's job.
__ai_record() {
  emulate -L zsh
  setopt no_monitor
  local took=$(( EPOCHREALTIME - __ai_began ))
  {
    printf '%s\x1e' zsh "$1" "$__ai_began" "$took" "$PWD" "$__ai_last" |
      "$__ai_python" -P -m aishell recorded
  } &>/dev/null &!
}

# `alt-a`, `ctrl-g` or zsh's own way to write a key; `none` for no key.
__ai_bind() {
  emulate -L zsh
  local key=$1 map
  case $key in
    ''|none) return 0 ;;
    alt-?) key="^[${key#alt-}" ;;
    ctrl-?) key="^${(U)key#ctrl-}" ;;
  esac
  zle -N aishell-$2 __ai_$2
  for map in emacs viins vicmd; do bindkey -M $map "$key" aishell-$2; done
}

__ai_set_up() {
  emulate -L zsh
  [[ -o interactive && -o zle && -z ${__aishell_mark-} ]] || return 0 # nor below `aishell` itself
  zmodload zsh/datetime
  __ai_bind "${AISHELL_KEY-alt-a}" ask
  __ai_bind "${AISHELL_KEY_FIX-alt-m}" fix
  __ai_bind "${AISHELL_KEY_RECALL-alt-r}" recall
  __ai_bind "${AISHELL_KEY_SUGGEST-alt-j}" suggest
  autoload -Uz add-zsh-hook add-zle-hook-widget
  add-zsh-hook preexec __ai_preexec
  add-zsh-hook precmd __ai_precmd
  [[ ${AISHELL_GHOST-on} == none ]] && return 0
  zle -N __ai-arrived __ai_arrived
  add-zle-hook-widget line-pre-redraw __ai_redraw
  add-zle-hook-widget line-finish __ai_finish
  local name
  for name in forward-char end-of-line vi-forward-char vi-end-of-line vi-add-eol; do
    [[ $widgets[$name] == user:__ai_accept ]] && continue
    zle -A $name __ai-before-$name
    zle -N $name __ai_accept
  done
}
__ai_set_up
