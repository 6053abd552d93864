# aishell's keys in zsh 5. Nothing runs by itself: what a key finds is put on the line, and Enter is yours.
# Each function has zsh's own options, whatever is set around it.

typeset -g __aishell_status=0 __aishell_last='' __aishell_began='' __aishell_put='' __aishell_ghost='' __aishell_asked=''
typeset -g __aishell_fd='' __aishell_verb='' __aishell_at=0 __aishell_lit=''
typeset -ga __aishell_found=() __aishell_texts=()

# The answer to "$1", which is given on standard input; the rest are the arguments of `aishell widget`.
__aishell_call() {
  emulate -L zsh
  setopt local_traps
  local line=$1 said='' code=0
  shift
  __aishell_verb='' __aishell_texts=()
  if [[ ! -x $__aishell_python ]]; then
    __aishell_say 'aishell is not where it was. Remove its line from ~/.zshrc, or run `aishell init zsh` again.'
    return 1
  fi
  zle -M 'aishell: one moment (Ctrl-C stops it)'
  zle -R
  trap : INT # Ctrl-C ends what is asked, and not the line
  said=$(builtin print -rn -- "$line" | "$__aishell_python" -P -m aishell widget "$@" 2>/dev/null) || code=$?
  zle -M ''
  case $code in
    0) __aishell_read "$said" ;;
    130) return 1 ;;
    *) __aishell_say "aishell ended with status $code; \`aishell doctor\` looks for the reason."; return 1 ;;
  esac
}

# An answer taken apart into verb and texts.
__aishell_read() {
  emulate -L zsh
  local rest=${1#*$'\n'}
  __aishell_verb=${1%%$'\n'*} __aishell_texts=()
  while [[ $rest == *$'\x1e'* ]]; do
    __aishell_texts+=("${rest%%$'\x1e'*}")
    rest=${rest#*$'\x1e'}
  done
}

# Below the prompt where there is room for it, else above a new one.
__aishell_say() {
  emulate -L zsh
  local text=${(F)@}
  if (( ${#${(f)text}} < LINES - 3 )); then
    zle -M -- "$text"
  else
    zle -I
    builtin print -r -- "$text"
  fi
}

__aishell_put_line() {
  emulate -L zsh
  BUFFER=$1 CURSOR=${#1} __aishell_put=$1
}

# What an answer says to do.
__aishell_do() {
  emulate -L zsh
  case $__aishell_verb in
    line)
      __aishell_put_line "$__aishell_texts[1]"
      (( $#__aishell_texts < 2 )) || __aishell_say "${(@)__aishell_texts[2,-1]}"
      ;;
    lines)
      __aishell_found=("${(@)__aishell_texts}" "$BUFFER") __aishell_at=1
      __aishell_put_line "$__aishell_found[1]"
      ;;
    show|hint) __aishell_say "${(@)__aishell_texts}" ;;
  esac
}

# The next of several lines, if the line is still the one that was put there; the last of them is what was typed.
__aishell_next() {
  emulate -L zsh
  [[ $#__aishell_found -gt 0 && -n $__aishell_put && $BUFFER == "$__aishell_put" ]] || return 1
  __aishell_at=$(( __aishell_at % $#__aishell_found + 1 ))
  __aishell_put_line "$__aishell_found[__aishell_at]"
}

__aishell_ask() {
  emulate -L zsh
  local -a words=(${=BUFFER}) known=()
  if (( ! $#words )); then
    __aishell_say 'Say here what you want done, and press the key again. On a command it says what the command does.'
    return 0
  fi
  if whence -- "$words[1]" &>/dev/null; then known=(--known); fi
  __aishell_call "$BUFFER" ask $known && __aishell_do
  return 0
}

__aishell_fix() {
  emulate -L zsh
  case $__aishell_status in
    0) __aishell_say 'The last command did not fail.' ;;
    130) __aishell_say 'The last command was stopped by Ctrl-C.' ;;
    *) __aishell_call "$__aishell_last" fix --status $__aishell_status && __aishell_do ;;
  esac
  return 0
}

__aishell_recall() {
  emulate -L zsh
  __aishell_next || { __aishell_call "$BUFFER" recall && __aishell_do }
  return 0
}

# The client's answer for the line; the rest are its options.
__aishell_client() {
  emulate -L zsh
  local before=$1 after=$2
  shift 2
  printf '%s\x1e' "$before" "$after" "$__aishell_status" "$__aishell_last" |
    "$__aishell_python" -I -S "$__aishell_folder/client.py" "$@" "${HISTFILE-}" 2>/dev/null
}

__aishell_suggest() {
  emulate -L zsh
  local said='' code=0
  __aishell_next && return 0
  [[ -x $__aishell_python ]] || return 0
  said=$(__aishell_client "$LBUFFER" "$RBUFFER" --start) || code=$?
  __aishell_read $'lines\n'"$said"
  case $code:$#__aishell_texts in
    0:0) __aishell_say 'Nothing comes to mind.' ;;
    0:*) __aishell_do ;;
    3:*) __aishell_say 'The engine is being started; press the key again in a moment.' ;;
    6:*) __aishell_say 'The history is being read; press the key again in a moment.' ;;
    130:*) ;;
    *) __aishell_say 'The engine did not answer in time; the line stays as it is.' ;;
  esac
  return 0
}

# The rest of the line in grey, asked for while nobody waits; zsh-autosuggestions has its own, and may ask for ours.

__aishell_dim() { # "$1": what stands behind the line
  emulate -L zsh
  region_highlight=("${(@)region_highlight:#$__aishell_lit}")
  POSTDISPLAY=$1 __aishell_lit=''
  [[ -z $1 ]] && return 0
  __aishell_lit="$#BUFFER $(( $#BUFFER + $#1 )) ${AISHELL_GHOST_STYLE-fg=8}"
  region_highlight+=("$__aishell_lit")
}

__aishell_drop() {
  emulate -L zsh
  [[ -n $__aishell_fd ]] || return 0
  zle -F $__aishell_fd
  exec {__aishell_fd}<&-
  __aishell_fd=''
}

__aishell_redraw() {
  emulate -L zsh
  (( $+functions[_zsh_autosuggest_start] )) && return 0
  [[ $BUFFER == "$__aishell_asked" && $CURSOR -eq $#BUFFER ]] && return 0
  __aishell_asked=$BUFFER
  if [[ $CURSOR -ne $#BUFFER || -z $BUFFER || $BUFFER == *$'\n'* || $KEYMAP == vicmd ]]; then
    __aishell_asked='' __aishell_ghost=''
    __aishell_drop
    [[ -z $__aishell_lit ]] || __aishell_dim ''
    return 0
  fi
  if [[ -n $__aishell_ghost && ${__aishell_ghost[1,$#BUFFER]} == "$BUFFER" ]]; then # what was typed is what stood there
    __aishell_dim "${__aishell_ghost[$#BUFFER+1,-1]}"
    return 0
  fi
  __aishell_ghost=''
  [[ -z $__aishell_lit ]] || __aishell_dim ''
  __aishell_drop
  local -a sockets=(${XDG_RUNTIME_DIR:-/run/user/$UID}/aishell/engine-*.sock(N) /tmp/aishell-$UID*/engine-*.sock(N))
  (( PENDING == 0 && $#sockets )) || return 0
  exec {__aishell_fd}< <(__aishell_client "$LBUFFER" '' --ghost --pause 40)
  zle -F -w $__aishell_fd __aishell-arrived
}

__aishell_arrived() {
  emulate -L zsh
  local answer=''
  IFS= read -r -d $'\x1e' -u $1 answer 2>/dev/null
  __aishell_drop
  [[ $BUFFER == "$__aishell_asked" && -n $BUFFER && $answer == "$BUFFER"* && $answer != "$BUFFER" ]] || return 0
  __aishell_ghost=$answer
  __aishell_dim "${answer[$#BUFFER+1,-1]}"
  zle -R
}

__aishell_finish() {
  emulate -L zsh
  __aishell_drop
  [[ -z $__aishell_lit ]] || __aishell_dim ''
  __aishell_asked='' __aishell_ghost=''
}

# Keys that go right take what stands there.
__aishell_accept() {
  emulate -L zsh
  if [[ -n $__aishell_lit && $CURSOR -eq $#BUFFER ]]; then
    BUFFER=$__aishell_ghost CURSOR=$#__aishell_ghost __aishell_asked=$__aishell_ghost
    __aishell_dim ''
  else
    zle __aishell-before-$WIDGET -- "$@"
  fi
}

_zsh_autosuggest_strategy_aishell() { # for ZSH_AUTOSUGGEST_STRATEGY
  emulate -L zsh
  local answer
  answer=$(__aishell_client "$1" '' --ghost)
  typeset -g suggestion=${answer%%$'\x1e'*}
}

# Around each command.

__aishell_preexec() {
  __aishell_last=$1 __aishell_began=$EPOCHREALTIME
}

__aishell_precmd() {
  local code=$?
  emulate -L zsh
  __aishell_status=$code
  [[ -n $__aishell_began ]] || return 0
  [[ -z ${AISHELL_RECORD-} || -z $__aishell_last || $__aishell_last == [[:space:]]* || ! -x $__aishell_python ]] ||
    __aishell_record $code
  __aishell_began=''
}

# Handed on in a process that is nobody's job.
__aishell_record() {
  emulate -L zsh
  setopt no_monitor
  local took=$(( EPOCHREALTIME - __aishell_began ))
  {
    printf '%s\x1e' zsh "$1" "$__aishell_began" "$took" "$PWD" "$__aishell_last" |
      "$__aishell_python" -P -m aishell recorded
  } &>/dev/null &!
}

# `alt-a`, `ctrl-g` or zsh's own way to write a key; `none` for no key.
__aishell_bind() {
  emulate -L zsh
  local key=$1 map
  case $key in
    ''|none) return 0 ;;
    alt-?) key="^[${key#alt-}" ;;
    ctrl-?) key="^${(U)key#ctrl-}" ;;
  esac
  zle -N aishell-$2 __aishell_$2
  for map in emacs viins vicmd; do bindkey -M $map "$key" aishell-$2; done
}

__aishell_set_up() {
  emulate -L zsh
  [[ -o interactive && -o zle ]] || return 0
  zmodload zsh/datetime
  __aishell_bind "${AISHELL_KEY-alt-a}" ask
  __aishell_bind "${AISHELL_KEY_FIX-alt-m}" fix
  __aishell_bind "${AISHELL_KEY_RECALL-alt-r}" recall
  __aishell_bind "${AISHELL_KEY_SUGGEST-alt-j}" suggest
  autoload -Uz add-zsh-hook add-zle-hook-widget
  add-zsh-hook preexec __aishell_preexec
  add-zsh-hook precmd __aishell_precmd
  [[ ${AISHELL_GHOST-on} == none ]] && return 0
  zle -N __aishell-arrived __aishell_arrived
  add-zle-hook-widget line-pre-redraw __aishell_redraw
  add-zle-hook-widget line-finish __aishell_finish
  local name
  for name in forward-char end-of-line vi-forward-char vi-end-of-line vi-add-eol; do
    [[ $widgets[$name] == user:__aishell_accept ]] && continue
    zle -A $name __aishell-before-$name
    zle -N $name __aishell_accept
  done
}
__aishell_set_up
