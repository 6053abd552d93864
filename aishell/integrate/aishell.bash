# aishell's keys in bash 5. Nothing runs by itself: what a key finds is put on the line, and Enter is yours.
# It uses builtins only, so that an alias of yours changes nothing, and each key ends well under `set -eu`.

__ai_status=0 __ai_known='' __ai_entry='' __ai_line='' __ai_began='' __ai_put='' __ai_at=0
__ai_found=() __ai_empty=''

# The answer to "$1", which is given on standard input; the rest are the arguments of `aishell widget`.
__ai_call() {
  local line=$1 said='' status=0 trap_was
  builtin shift
  __ai_verb='' __ai_texts=()
  if [[ ! -x $__ai_python ]]; then
    __ai_say 'aishell is not where it was. Remove its line from ~/.bashrc, or run `aishell init bash` again.'
    return 1
  fi
  trap_was=$(builtin trap -p INT)
  builtin trap : INT # Ctrl-C ends what is asked, and not the line
  builtin printf '\r\e[2maishell: one moment (Ctrl-C stops it)\e[0m' >/dev/tty
  said=$(builtin printf %s "$line" | "$__ai_python" -P -m aishell widget "$@" 2>/dev/null) || status=$?
  builtin printf '\r\e[K' >/dev/tty
  builtin trap - INT
  builtin eval "$trap_was"
  case $status in
    0) __ai_read "$said" ;;
    130) return 1 ;;
    *) __ai_say "aishell ended with status $status; \`aishell doctor\` looks for the reason." && return 1 ;;
  esac
}

# An answer taken apart into verb and texts.
__ai_read() {
  local rest=$1
  __ai_verb=${rest%%$'\n'*} rest=${rest#*$'\n'} __ai_texts=()
  while [[ $rest == *$'\x1e'* ]]; do
    __ai_texts+=("${rest%%$'\x1e'*}")
    rest=${rest#*$'\x1e'}
  done
}

__ai_say() { builtin printf '%s\n' "$@" >&2; }

__ai_put_line() {
  READLINE_LINE=$1 READLINE_POINT=1000000000 __ai_put=$1 # readline takes the end for a larger number
}

# What an answer says to do.
__ai_do() {
  case $__ai_verb in
    line)
      __ai_put_line "${__ai_texts[0]}"
      ((${#__ai_texts[@]} < 2)) || __ai_say "${__ai_texts[@]:1}"
      ;;
    lines)
      __ai_found=("${__ai_texts[@]}" "$READLINE_LINE") __ai_at=0
      __ai_put_line "${__ai_found[0]}"
      ;;
    show | hint) __ai_say "${__ai_texts[@]}" ;;
  esac
}

# The next of several lines, if the line is still the one that was put there; the last of them is what was typed.
__ai_next() {
  [[ ${#__ai_found[@]} -gt 0 && -n $__ai_put && $READLINE_LINE == "$__ai_put" ]] || return 1
  __ai_at=$(((__ai_at + 1) % ${#__ai_found[@]}))
  __ai_put_line "${__ai_found[__ai_at]}"
}

__ai_ask() {
  local word=${READLINE_LINE#"${READLINE_LINE%%[![:space:]]*}"} known=()
  word=${word%%[[:space:]]*}
  if [[ -z $word ]]; then
    __ai_say 'Say here what you want done, and press the key again. On a command it says what the command does.'
    return 0
  fi
  if builtin type -- "$word" &>/dev/null; then known=(--known); fi
  __ai_call "$READLINE_LINE" ask "${known[@]}" && __ai_do
}

# The newest line of the history, as it was typed. `fc -1` would be the one before it, since it takes the newest for itself.
__ai_last() {
  __ai_line=$(HISTTIMEFORMAT='' builtin history 1 2>/dev/null) || __ai_line=''
  __ai_line=${__ai_line#"${__ai_line%%[![:space:]]*}"} # blanks, the number,
  __ai_entry=${__ai_line%%[![:digit:]]*}
  __ai_line=${__ai_line:${#__ai_entry}+2} # a blank, or an asterisk when it was changed, and a blank
}

__ai_fix() {
  __ai_last
  case $__ai_status in
    0) __ai_say 'The last command did not fail.' ;;
    130) __ai_say 'The last command was stopped by Ctrl-C.' ;;
    *) __ai_call "$__ai_line" fix --status "$__ai_status" && __ai_do ;;
  esac
}

__ai_recall() {
  __ai_next || { __ai_call "$READLINE_LINE" recall && __ai_do; }
}

__ai_suggest() {
  local said='' status=0 # READLINE_POINT counts characters, where bash is older bytes: at the end of a line that is the same
  local before=${READLINE_LINE:0:READLINE_POINT} after=${READLINE_LINE:READLINE_POINT}
  __ai_next && return 0
  [[ -x $__ai_python ]] || return 0
  __ai_last
  said=$(builtin printf '%s\x1e' "$before" "$after" "$__ai_status" "$__ai_line" |
    "$__ai_python" -I -S "$__ai_folder/client.py" --start "${HISTFILE-}" 2>/dev/null) || status=$?
  __ai_read $'lines\n'"$said"
  case $status:${#__ai_texts[@]} in
    0:0) __ai_say 'Nothing comes to mind.' ;;
    0:*) __ai_do ;;
    3:*) __ai_say 'The engine is being started; press the key again in a moment.' ;;
    6:*) __ai_say 'The history is being read; press the key again in a moment.' ;;
    130:*) ;;
    *) __ai_say 'The engine did not answer in time; the line stays as it is.' ;;
  esac
}

# What a key is bound to. Whatever goes wrong, bash goes on, also after `set -e`.
__ai_key() { "__ai_$1" || builtin :; }

# Before each prompt. Other hooks find the status of the command as it was.
__ai_prompt() {
  local status=$?
  __ai_status=$status
  if [[ -n ${AISHELL_RECORD-} ]]; then
    __ai_last
    [[ -n $__ai_known && $__ai_entry != "$__ai_known" ]] && __ai_record "$status"
    __ai_known=${__ai_entry:-0} __ai_began=''
  fi
  [[ $- == *e* ]] || return "$status"
}

# A command that the history took is handed on, in a process that is nobody's job. A blank before it keeps it out of memory.
__ai_record() {
  local now=${EPOCHREALTIME/[.,]/} began=$__ai_began took
  [[ -n $__ai_line && $__ai_line != [[:space:]]* && -x $__ai_python ]] || return 0
  [[ -n $began ]] || began=$now
  builtin printf -v took %07d "$((now - began))"
  (
    builtin printf '%s\x1e' bash "$1" "${began:0:-6}.${began: -6}" "${took:0:-6}.${took: -6}" "$PWD" "$__ai_line" |
      "$__ai_python" -P -m aishell recorded &>/dev/null &
  )
}

# `alt-a`, `ctrl-g` or bash's own way to write a key; `none` for no key.
__ai_bind() {
  local key=$1 map
  case $key in
    '' | none) return 0 ;;
    alt-?) key="\\e${key#alt-}" ;;
    ctrl-?) key="\\C-${key#ctrl-}" ;;
  esac
  for map in emacs-standard vi-insert vi-command; do
    builtin bind -m "$map" -x "\"$key\": __ai_key $2" 2>/dev/null || builtin :
  done
}

__ai_set_up() {
  [[ $- == *i* && ${BASH_VERSINFO[0]} -ge 5 && -z ${__aishell_mark-} ]] || return 0 # nor below `aishell` itself
  __ai_bind "${AISHELL_KEY-alt-a}" ask
  __ai_bind "${AISHELL_KEY_FIX-alt-m}" fix
  __ai_bind "${AISHELL_KEY_RECALL-alt-r}" recall
  __ai_bind "${AISHELL_KEY_SUGGEST-alt-j}" suggest
  [[ ${PROMPT_COMMAND[*]-} == *__ai_prompt* ]] && return 0
  if [[ -v PROMPT_COMMAND && ${PROMPT_COMMAND@a} == *a* ]]; then
    PROMPT_COMMAND=(__ai_prompt "${PROMPT_COMMAND[@]}")
  else
    PROMPT_COMMAND="__ai_prompt${PROMPT_COMMAND:+;$PROMPT_COMMAND}"
  fi
  # The time at which a command begins, noted where nothing is printed. Without `promptvars` this would be shown as text.
  if builtin shopt -q promptvars; then
    PS0=${PS0-}'${__ai_empty:$((__ai_began=${EPOCHREALTIME/[.,]/},0)):0}'
  fi
}
__ai_set_up
