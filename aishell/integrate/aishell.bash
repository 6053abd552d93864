# aishell's keys in bash 5. Nothing runs by itself: what a key finds is put on the line, and Enter is yours.
# It uses builtins only, so that an alias of yours changes nothing, and each key ends well under `set -eu`.

__aishell_status=0 __aishell_known='' __aishell_entry='' __aishell_line='' __aishell_began='' __aishell_put='' __aishell_at=0
__aishell_found=() __aishell_empty=''

# The answer to "$1", which is given on standard input; the rest are the arguments of `aishell widget`.
__aishell_call() {
  local line=$1 said='' status=0 trap_was
  builtin shift
  __aishell_verb='' __aishell_texts=()
  if [[ ! -x $__aishell_python ]]; then
    __aishell_say 'aishell is not where it was. Remove its line from ~/.bashrc, or run `aishell init bash` again.'
    return 1
  fi
  trap_was=$(builtin trap -p INT)
  builtin trap : INT # Ctrl-C ends what is asked, and not the line
  builtin printf '\r\e[2maishell: one moment (Ctrl-C stops it)\e[0m' >/dev/tty
  said=$(builtin printf %s "$line" | "$__aishell_python" -P -m aishell widget "$@" 2>/dev/null) || status=$?
  builtin printf '\r\e[K' >/dev/tty
  builtin trap - INT
  builtin eval "$trap_was"
  case $status in
    0) __aishell_read "$said" ;;
    130) return 1 ;;
    *) __aishell_say "aishell ended with status $status; \`aishell doctor\` looks for the reason." && return 1 ;;
  esac
}

# An answer taken apart into verb and texts.
__aishell_read() {
  local rest=$1
  __aishell_verb=${rest%%$'\n'*} rest=${rest#*$'\n'} __aishell_texts=()
  while [[ $rest == *$'\x1e'* ]]; do
    __aishell_texts+=("${rest%%$'\x1e'*}")
    rest=${rest#*$'\x1e'}
  done
}

__aishell_say() { builtin printf '%s\n' "$@" >&2; }

__aishell_put_line() {
  READLINE_LINE=$1 READLINE_POINT=1000000000 __aishell_put=$1 # readline takes the end for a larger number
}

# What an answer says to do.
__aishell_do() {
  case $__aishell_verb in
    line)
      __aishell_put_line "${__aishell_texts[0]}"
      ((${#__aishell_texts[@]} < 2)) || __aishell_say "${__aishell_texts[@]:1}"
      ;;
    lines)
      __aishell_found=("${__aishell_texts[@]}" "$READLINE_LINE") __aishell_at=0
      __aishell_put_line "${__aishell_found[0]}"
      ;;
    show | hint) __aishell_say "${__aishell_texts[@]}" ;;
  esac
}

# The next of several lines, if the line is still the one that was put there; the last of them is what was typed.
__aishell_next() {
  [[ ${#__aishell_found[@]} -gt 0 && -n $__aishell_put && $READLINE_LINE == "$__aishell_put" ]] || return 1
  __aishell_at=$(((__aishell_at + 1) % ${#__aishell_found[@]}))
  __aishell_put_line "${__aishell_found[__aishell_at]}"
}

__aishell_ask() {
  local word=${READLINE_LINE#"${READLINE_LINE%%[![:space:]]*}"} known=()
  word=${word%%[[:space:]]*}
  if [[ -z $word ]]; then
    __aishell_say 'Say here what you want done, and press the key again. On a command it says what the command does.'
    return 0
  fi
  if builtin type -- "$word" &>/dev/null; then known=(--known); fi
  __aishell_call "$READLINE_LINE" ask "${known[@]}" && __aishell_do
}

# The newest line of the history, as it was typed. `fc -1` would be the one before it, since it takes the newest for itself.
__aishell_last() {
  __aishell_line=$(HISTTIMEFORMAT='' builtin history 1 2>/dev/null) || __aishell_line=''
  __aishell_line=${__aishell_line#"${__aishell_line%%[![:space:]]*}"} # blanks, the number,
  __aishell_entry=${__aishell_line%%[![:digit:]]*}
  __aishell_line=${__aishell_line:${#__aishell_entry}+2} # a blank, or an asterisk when it was changed, and a blank
}

__aishell_fix() {
  __aishell_last
  case $__aishell_status in
    0) __aishell_say 'The last command did not fail.' ;;
    130) __aishell_say 'The last command was stopped by Ctrl-C.' ;;
    *) __aishell_call "$__aishell_line" fix --status "$__aishell_status" && __aishell_do ;;
  esac
}

__aishell_recall() {
  __aishell_next || { __aishell_call "$READLINE_LINE" recall && __aishell_do; }
}

__aishell_suggest() {
  local LC_ALL=C said='' status=0 # READLINE_POINT counts bytes
  local before=${READLINE_LINE:0:READLINE_POINT} after=${READLINE_LINE:READLINE_POINT}
  builtin unset -v LC_ALL
  __aishell_next && return 0
  [[ -x $__aishell_python ]] || return 0
  __aishell_last
  said=$(builtin printf '%s\x1e' "$before" "$after" "$__aishell_status" "$__aishell_line" |
    "$__aishell_python" -I -S "$__aishell_folder/client.py" --start "${HISTFILE-}" 2>/dev/null) || status=$?
  __aishell_read $'lines\n'"$said"
  case $status:${#__aishell_texts[@]} in
    0:0) __aishell_say 'Nothing comes to mind.' ;;
    0:*) __aishell_do ;;
    3:*) __aishell_say 'The engine is being started; press the key again in a moment.' ;;
    6:*) __aishell_say 'The history is being read; press the key again in a moment.' ;;
    130:*) ;;
    *) __aishell_say 'The engine did not answer in time; the line stays as it is.' ;;
  esac
}

# What a key is bound to. Whatever goes wrong, bash goes on, also after `set -e`.
__aishell_key() { "__aishell_$1" || builtin :; }

# Before each prompt. Other hooks find the status of the command as it was.
__aishell_prompt() {
  local status=$?
  __aishell_status=$status
  if [[ -n ${AISHELL_RECORD-} ]]; then
    __aishell_last
    [[ -n $__aishell_known && $__aishell_entry != "$__aishell_known" ]] && __aishell_record "$status"
    __aishell_known=${__aishell_entry:-0} __aishell_began=''
  fi
  [[ $- == *e* ]] || return "$status"
}

# A command that the history took is handed on, in a process that is nobody's job. A blank before it keeps it out of memory.
__aishell_record() {
  local now=${EPOCHREALTIME/[.,]/} began=$__aishell_began took
  [[ -n $__aishell_line && $__aishell_line != [[:space:]]* && -x $__aishell_python ]] || return 0
  [[ -n $began ]] || began=$now
  builtin printf -v took %07d "$((now - began))"
  (
    builtin printf '%s\x1e' bash "$1" "${began:0:-6}.${began: -6}" "${took:0:-6}.${took: -6}" "$PWD" "$__aishell_line" |
      "$__aishell_python" -P -m aishell recorded &>/dev/null &
  )
}

# `alt-a`, `ctrl-g` or bash's own way to write a key; `none` for no key.
__aishell_bind() {
  local key=$1 map
  case $key in
    '' | none) return 0 ;;
    alt-?) key="\\e${key#alt-}" ;;
    ctrl-?) key="\\C-${key#ctrl-}" ;;
  esac
  for map in emacs-standard vi-insert vi-command; do
    builtin bind -m "$map" -x "\"$key\": __aishell_key $2" 2>/dev/null || builtin :
  done
}

__aishell_set_up() {
  [[ $- == *i* && ${BASH_VERSINFO[0]} -ge 5 ]] || return 0
  __aishell_bind "${AISHELL_KEY-alt-a}" ask
  __aishell_bind "${AISHELL_KEY_FIX-alt-m}" fix
  __aishell_bind "${AISHELL_KEY_RECALL-alt-r}" recall
  __aishell_bind "${AISHELL_KEY_SUGGEST-alt-j}" suggest
  [[ ${PROMPT_COMMAND[*]-} == *__aishell_prompt* ]] && return 0
  if [[ -v PROMPT_COMMAND && ${PROMPT_COMMAND@a} == *a* ]]; then
    PROMPT_COMMAND=(__aishell_prompt "${PROMPT_COMMAND[@]}")
  else
    PROMPT_COMMAND="__aishell_prompt${PROMPT_COMMAND:+;$PROMPT_COMMAND}"
  fi
  # The time at which a command begins, noted where nothing is printed. Without `promptvars` this would be shown as text.
  if builtin shopt -q promptvars; then
    PS0=${PS0-}'${__aishell_empty:$((__aishell_began=${EPOCHREALTIME/[.,]/},0)):0}'
  fi
}
__aishell_set_up
