# aishell's keys in fish 3. Nothing runs by itself: what a key finds is put on the line, and Enter is yours.

set -g __aishell_status 0
set -g __aishell_last ''
set -g __aishell_put ''
set -g __aishell_at 0
set -g __aishell_found
set -g __aishell_verb ''
set -g __aishell_texts

# The answer to $argv[1], which is given on standard input; the rest are the arguments of `aishell widget`.
function __aishell_call
    if not test -x "$__aishell_python"
        __aishell_say 'aishell is not where it was. Remove its line from config.fish, or run `aishell init fish` again.'
        return 1
    end
    # Ctrl-C ends all of this at once, and leaves the line; what is drawn over it has to go.
    function __aishell_stopped --on-signal INT
        functions -e __aishell_stopped
        commandline -f repaint
    end
    printf '\r\e[2maishell: one moment (Ctrl-C stops it)\e[0m\e[K' >/dev/tty
    set -l said (printf %s "$argv[1]" | $__aishell_python -P -m aishell widget $argv[2..] 2>/dev/null)
    set -l code $status
    functions -e __aishell_stopped
    printf '\r\e[K' >/dev/tty
    commandline -f repaint
    switch "$code"
        case 0
            __aishell_read (string join \n -- $said | string collect)
        case 130
            return 1
        case '*'
            __aishell_say "aishell ended with status $code; `aishell doctor` looks for the reason."
            return 1
    end
end

# An answer taken apart into verb and texts.
function __aishell_read
    set -l parts (string split \x1e -- "$argv[1]")
    set -l first (string split -m 1 \n -- $parts[1])
    set -g __aishell_verb $first[1]
    set -g __aishell_texts
    if test (count $parts) -gt 2
        set -g __aishell_texts "$first[2]" $parts[2..-2]
    else if test (count $parts) -eq 2
        set -g __aishell_texts "$first[2]"
    end
    return 0
end

function __aishell_say
    printf '\r\e[K' >/dev/tty
    printf '%s\n' $argv >/dev/tty
    commandline -f repaint
end

function __aishell_put_line
    commandline -r -- $argv[1]
    commandline -f end-of-buffer
    set -g __aishell_put "$argv[1]"
end

# What an answer says to do.
function __aishell_do
    switch $__aishell_verb
        case line
            if test (count $__aishell_texts) -gt 1
                __aishell_say $__aishell_texts[2..]
            end
            __aishell_put_line $__aishell_texts[1]
        case lines
            set -g __aishell_found $__aishell_texts (commandline | string collect)
            set -g __aishell_at 1
            __aishell_put_line $__aishell_found[1]
        case show hint
            __aishell_say $__aishell_texts
    end
end

# The next of several lines, if the line is still the one that was put there; the last of them is what was typed.
function __aishell_next
    test (count $__aishell_found) -gt 0 -a -n "$__aishell_put"
    and test (commandline | string collect) = "$__aishell_put"
    or return 1
    set -g __aishell_at (math $__aishell_at % (count $__aishell_found) + 1)
    __aishell_put_line "$__aishell_found[$__aishell_at]"
end

function __aishell_ask
    set -l line (commandline | string collect)
    set -l words (string match -r '\S+' -- "$line")
    if test -z "$words"
        __aishell_say 'Say here what you want done, and press the key again. On a command it says what the command does.'
        return
    end
    set -l known
    if type -q -- $words[1]
        set known --known
    end
    __aishell_call "$line" ask $known
    and __aishell_do
end

function __aishell_fix
    switch $__aishell_status
        case 0
            __aishell_say 'The last command did not fail.'
        case 130
            __aishell_say 'The last command was stopped by Ctrl-C.'
        case '*'
            __aishell_call "$__aishell_last" fix --status $__aishell_status
            and __aishell_do
    end
end

function __aishell_recall
    __aishell_next; and return
    set -l line (commandline | string collect)
    __aishell_call "$line" recall
    and __aishell_do
end

# The file that fish keeps its history in.
function __aishell_history
    set -l name fish
    set -q fish_history; and set name $fish_history
    set -l data ~/.local/share
    set -q XDG_DATA_HOME; and set data $XDG_DATA_HOME
    test -n "$name"; and echo "$data/fish/"$name"_history"; or echo none
end

function __aishell_suggest
    __aishell_next; and return
    test -x "$__aishell_python"; or return
    set -l line (commandline | string collect)
    set -l at (commandline -C)
    set -l before (string sub -l $at -- "$line" | string collect)
    set -l after (string sub -s (math $at + 1) -- "$line" | string collect)
    set -l said (printf '%s\x1e' "$before" "$after" $__aishell_status "$__aishell_last" |
        $__aishell_python -I -S $__aishell_folder/client.py --start (__aishell_history) 2>/dev/null)
    set -l code $status
    __aishell_read lines\n(string join \n -- $said | string collect)
    switch "$code":(count $__aishell_texts)
        case 0:0
            __aishell_say 'Nothing comes to mind.'
        case '0:*'
            __aishell_do
        case '3:*'
            __aishell_say 'The engine is being started; press the key again in a moment.'
        case '6:*'
            __aishell_say 'The history is being read; press the key again in a moment.'
        case '130:*'
        case '*'
            __aishell_say 'The engine did not answer in time; the line stays as it is.'
    end
end

# After each command. It is handed on in a process that is not fish's child, which would bury it only after the next command.
# A blank before it keeps it out of memory.
function __aishell_after --on-event fish_postexec
    set -g __aishell_status $status
    set -g __aishell_last "$argv[1]"
    test -n "$AISHELL_RECORD" -a -n "$__aishell_last" -a -x "$__aishell_python"; or return
    string match -qr '^\s' -- "$__aishell_last"; and return
    set -l took (math $CMD_DURATION / 1000)
    set -l began (math (date +%s) - $took)
    printf '%s\x1e' fish $__aishell_status $began $took "$PWD" "$__aishell_last" |
        sh -c 'exec 3<&0; "$@" <&3 >/dev/null 2>&1 &' sh $__aishell_python -P -m aishell recorded
end

# `alt-a`, `ctrl-g` or fish's own way to write a key; `none` for no key.
function __aishell_bind
    set -l key $argv[1]
    switch $key
        case '' none
            return
        case 'alt-?' 'ctrl-?'
            set key (string replace alt- \e -- $key | string replace ctrl- \\c)
            set key (string unescape -- $key)
    end
    for mode in default insert
        bind -M $mode $key __aishell_$argv[2] 2>/dev/null
    end
end

function __aishell_set_up
    set -q AISHELL_KEY; or set -g AISHELL_KEY alt-a
    set -q AISHELL_KEY_FIX; or set -g AISHELL_KEY_FIX alt-m
    set -q AISHELL_KEY_RECALL; or set -g AISHELL_KEY_RECALL alt-r
    set -q AISHELL_KEY_SUGGEST; or set -g AISHELL_KEY_SUGGEST alt-j
    __aishell_bind "$AISHELL_KEY" ask
    __aishell_bind "$AISHELL_KEY_FIX" fix
    __aishell_bind "$AISHELL_KEY_RECALL" recall
    __aishell_bind "$AISHELL_KEY_SUGGEST" suggest
end

if status is-interactive
    __aishell_set_up
end
