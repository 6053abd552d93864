# aishell's keys in fish 3. Nothing runs by itself: what a key finds is put on the line, and Enter is yours.

set -g __ai_status 0
set -g __ai_last ''
set -g __ai_put ''
set -g __ai_at 0
set -g __ai_found
set -g __ai_verb ''
set -g __ai_texts

# The answer to $argv[1], which is given on standard input; the rest are the arguments of `aishell widget`.
function __ai_call
    if not test -x "$__ai_python"
        __ai_say 'aishell is not where it was. Remove its line from config.fish, or run `aishell init fish` again.'
        return 1
    end
    # Ctrl-C ends all of this at once, and leaves the line; what is drawn over it has to go.
    function __ai_stopped --on-signal INT
        functions -e __ai_stopped
        commandline -f repaint
    end
    printf '\r\e[2maishell: one moment (Ctrl-C stops it)\e[0m\e[K' >/dev/tty
    set -l said (printf %s "$argv[1]" | $__ai_python -P -m aishell widget $argv[2..] 2>/dev/null)
    set -l code $status
    functions -e __ai_stopped
    printf '\r\e[K' >/dev/tty
    commandline -f repaint
    switch "$code"
        case 0
            __ai_read (string join \n -- $said | string collect)
        case 130
            return 1
        case '*'
            __ai_say "aishell ended with status $code; `aishell doctor` looks for the reason."
            return 1
    end
end

# An answer taken apart into verb and texts.
function __ai_read
    set -l parts (string split \x1e -- "$argv[1]")
    set -l first (string split -m 1 \n -- $parts[1])
    set -g __ai_verb $first[1]
    set -g __ai_texts
    if test (count $parts) -gt 2
        set -g __ai_texts "$first[2]" $parts[2..-2]
    else if test (count $parts) -eq 2
        set -g __ai_texts "$first[2]"
    end
    return 0
end

function __ai_say
    printf '\r\e[K' >/dev/tty
    printf '%s\n' $argv >/dev/tty
    commandline -f repaint
end

function __ai_put_line
    commandline -r -- $argv[1]
    commandline -f end-of-buffer
    set -g __ai_put "$argv[1]"
end

# What an answer says to do.
function __ai_do
    switch $__ai_verb
        case line
            if test (count $__ai_texts) -gt 1
                __ai_say $__ai_texts[2..]
            end
            __ai_put_line $__ai_texts[1]
        case lines
            set -g __ai_found $__ai_texts (commandline | string collect)
            set -g __ai_at 1
            __ai_put_line $__ai_found[1]
        case show hint
            __ai_say $__ai_texts
    end
end

# The next of several lines, if the line is still the one that was put there; the last of them is what was typed.
function __ai_next
    test (count $__ai_found) -gt 0 -a -n "$__ai_put"
    and test (commandline | string collect) = "$__ai_put"
    or return 1
    set -g __ai_at (math $__ai_at % (count $__ai_found) + 1)
    __ai_put_line "$__ai_found[$__ai_at]"
end

function __ai_ask
    set -l line (commandline | string collect)
    set -l words (string match -r '\S+' -- "$line")
    if test -z "$words"
        __ai_say 'Say here what you want done, and press the key again. On a command it says what the command does.'
        return
    end
    set -l known
    if type -q -- $words[1]
        set known --known
    end
    __ai_call "$line" ask $known
    and __ai_do
end

function __ai_fix
    switch $__ai_status
        case 0
            __ai_say 'The last command did not fail.'
        case 130
            __ai_say 'The last command was stopped by Ctrl-C.'
        case '*'
            __ai_call "$__ai_last" fix --status $__ai_status
            and __ai_do
    end
end

function __ai_recall
    __ai_next; and return
    set -l line (commandline | string collect)
    __ai_call "$line" recall
    and __ai_do
end

# The file that fish keeps its history in.
function __ai_history
    set -l name fish
    set -q fish_history; and set name $fish_history
    set -l data ~/.local/share
    set -q XDG_DATA_HOME; and set data $XDG_DATA_HOME
    test -n "$name"; and echo "$data/fish/"$name"_history"; or echo none
end

function __ai_suggest
    __ai_next; and return
    test -x "$__ai_python"; or return
    set -l line (commandline | string collect)
    set -l at (commandline -C)
    set -l before (string sub -l $at -- "$line" | string collect)
    set -l after (string sub -s (math $at + 1) -- "$line" | string collect)
    set -l said (printf '%s\x1e' "$before" "$after" $__ai_status "$__ai_last" |
        $__ai_python -I -S $__ai_folder/client.py --start (__ai_history) 2>/dev/null)
    set -l code $status
    __ai_read lines\n(string join \n -- $said | string collect)
    switch "$code":(count $__ai_texts)
        case 0:0
            __ai_say 'Nothing comes to mind.'
        case '0:*'
            __ai_do
        case '3:*'
            __ai_say 'The engine is being started; press the key again in a moment.'
        case '6:*'
            __ai_say 'The history is being read; press the key again in a moment.'
        case '130:*'
        case '*'
            __ai_say 'The engine did not answer in time; the line stays as it is.'
    end
end

# After each command. It is handed on in a process that is not fish's child, which would bury it only after the next command.
# A blank before it keeps it out of memory.
function __ai_after --on-event fish_postexec
    set -g __ai_status $status
    set -g __ai_last "$argv[1]"
    test -n "$AISHELL_RECORD" -a -n "$__ai_last" -a -x "$__ai_python"; or return
    string match -qr '^\s' -- "$__ai_last"; and return
    set -l took (math $CMD_DURATION / 1000)
    set -l began (math (date +%s) - $took)
    printf '%s\x1e' fish $__ai_status $began $took "$PWD" "$__ai_last" |
        sh -c 'exec 3<&0; "$@" <&3 >/dev/null 2>&1 &' sh $__ai_python -P -m aishell recorded
end

# `alt-a`, `ctrl-g` or fish's own way to write a key; `none` for no key.
function __ai_bind
    set -l key $argv[1]
    switch $key
        case '' none
            return
        case 'alt-?' 'ctrl-?'
            set key (string replace alt- \e -- $key | string replace ctrl- \\c)
            set key (string unescape -- $key)
    end
    for mode in default insert
        bind -M $mode $key __ai_$argv[2] 2>/dev/null
    end
end

function __ai_set_up
    set -q AISHELL_KEY; or set -g AISHELL_KEY alt-a
    set -q AISHELL_KEY_FIX; or set -g AISHELL_KEY_FIX alt-m
    set -q AISHELL_KEY_RECALL; or set -g AISHELL_KEY_RECALL alt-r
    set -q AISHELL_KEY_SUGGEST; or set -g AISHELL_KEY_SUGGEST alt-j
    __ai_bind "$AISHELL_KEY" ask
    __ai_bind "$AISHELL_KEY_FIX" fix
    __ai_bind "$AISHELL_KEY_RECALL" recall
    __ai_bind "$AISHELL_KEY_SUGGEST" suggest
end

if status is-interactive
    __ai_set_up
end
