"""The few words that tell a sentence from a command line, and the programs that need a rule of their own."""

from __future__ import annotations

NOTE = r"""(?ixs)
    (?:please\s+|can\s+you\s+|could\s+you\s+)?
    (?:(?:remember|note(?:\s+down)?|keep\s+in\s+mind|don't\s+forget)\s*(?:\s(?:also\s+)?that\b|[:,])
    |(?:请你?|帮我|麻烦你?)?\s*(?:记住|別忘了|别忘了|記住)\s*[:：,，]?
    |(?:bitte\s+)?merke?\s+dir\s*[,:]?\s*dass\b|souviens-toi\s+que\b|retiens\s+que\b|recuerda\s+que\b|lembre-se\s+(?:de\s+)?que\b
    |ricorda\s+che\b|запомни\s*[:,]?\s*(?:что\b)?|覚えておいて\s*[:：、,])
    \s*(?P<what>\S.*)"""
"""Something to remember, and not something to do. Compiled when a line is words: a shell line need not wait 2 ms for it."""

FUNCTION_WORDS = frozenset(
    """
    the an my your our their his her its this that these those it them which what where when who whom whose why how is are
    was were be been being am does did has have had can could will would should shall may might must of in on to for by with
    from into onto than as at about between without within under over after before since until during through against across
    per via and or but not if then because while whether every each any some most only also just please there here so very
    too me us you we they i'm don't doesn't isn't aren't called named containing contains matching using starting ending
    larger bigger smaller greater fewer
    """.split()
)
"""Worth 2: a command line rarely has one."""

ADDRESSES = frozenset(["me", "my", "please", "i'm"])
"""Someone is spoken to: worth 3, so that one is enough (`help me`)."""

CONTENT_WORDS = frozenset(
    """
    a i all no more less file files folder folders directory directories process processes port ports disk space size
    sizes memory cpu usage line lines word words character characters column columns row rows page pages log logs error
    errors message messages user users group groups name names number numbers count list lists date dates day days week
    weeks month months year years hour hours minute minutes second seconds today yesterday tomorrow now time times empty
    hidden big large largest biggest small smallest old older oldest new newer newest latest last first recent recently
    modified changed created deleted duplicate duplicates unique different same similar running open listening installed
    available used free hungry heavy slow slower fast faster better human readable format recursively quickly contents
    content text texts images pictures photos videos music songs documents scripts programs applications packages commits
    changes branches branch containers services server servers machine computer system network connection connections
    address password permissions owner version versions project projects archive archives backup backups everything
    something anything nothing website part parts piece pieces copies print show display together apart again total
    average maximum minimum sum longest shortest random executable weather
    """.split()
)
"""Worth 1: likely in a sentence, possible as an operand."""

CJK_FUNCTION = (
    "的了吗呢吧把被给请帮我你您它这那哪谁几些每各都也和与或从到在里中内下上前后是有没不要想能会可怎什么为何如多少所全部最大小新旧"
    "列出显示查找删除统计一下个按用将"
)
"""Characters that Chinese sentences have and file names mostly do not."""

FREE_TEXT = frozenset(
    """
    echo printf say espeak espeak-ng cowsay figlet toilet wall logger notify-send true false :
    """.split()
)
"""Programs that take any words at all: always shell."""

PATTERN_FIRST = frozenset(
    """
    grep egrep fgrep rg ag ack zgrep sed awk gawk mawk perl expr jq pgrep pkill killall apropos
    """.split()
)
"""Their first operand is the user's own text."""

SUBCOMMANDS = frozenset(
    """
    git docker podman apt apt-get apt-cache dpkg dnf yum pacman brew snap flatpak npm npx yarn pnpm pip pip3 uv poetry cargo
    rustup go systemctl journalctl kubectl helm terraform aws gcloud az ip gh hg svn tmux screen nmcli loginctl virsh
    """.split()
)
"""Their first operand is a word of their own language."""

NEW_NAMES = frozenset(
    """
    mkdir touch vi vim nvim nano emacs micro code cd pushd export alias unalias useradd groupadd man
    """.split()
)
"""Their operands may be any words, also ones that name nothing yet: only a clear sentence counts."""

NO_WORD_OPERANDS = frozenset(
    """
    free uptime whoami pwd clear jobs w users tty nproc arch hostid logname top htop history kill sleep date dmesg
    """.split()
)
"""They take no operands, or numbers only: a word behind them begins a sentence."""

SPOKEN = frozenset(
    """
    ls cat find grep sort cut head tail wc du df ps top kill make git docker python python3 pip apt npm tar zip unzip who w
    which whereis date cal time watch free uptime file stat sudo ssh curl wget ping host dig less more split join paste look
    write install test yes sed awk uniq diff tree history clear reset id users last apropos at batch print node go systemctl
    journalctl sleep killall pkill convert play sum strings link size service mount lsof rename move copy list open show echo
    remove delete run start stop compare merge search locate rev fold expand comm tee seq nl shred wall mail lp
    """.split()
)
"""Programs that sentences begin with, being words of English or known to everybody. Behind any other, two likely nouns
(`nats server list`) are the program's own language: only a word that speaks makes a sentence of them."""

ONLY_FILES = frozenset(
    "cat tac nl sort uniq head tail wc cut paste rev fold less more stat file du diff cmp ls convert".split()
)
"""All their operands are files that are there. One that is a word of a sentence, and no file, could only fail."""

MAKEFILES = ("Makefile", "makefile", "GNUmakefile")

TWO_OPERANDS = frozenset(["install"])
"""Programs that are also verbs, and need two operands: with one, the verb is meant."""

PREFIXES = frozenset(
    """
    sudo doas env nice ionice nohup exec command builtin time watch strace ltrace stdbuf setsid
    """.split()
)
"""They run the command that follows them."""

COMPOUND = {
    "for": r"\bdo\b",
    "select": r"\bdo\b",
    "while": r"\bdo\b",
    "until": r"\bdo\b",
    "if": r"\bthen\b",
    "case": r"\besac\b",
    "function": r"[{(]",
    "coproc": r"\S",
}
"""Words that begin a compound command, and what must follow for the line to be one."""

ANSWERS = frozenset(["y", "n", "yes", "no", "是", "否"])
"""What is typed at a question that is no longer there. As a request it would mean anything."""

IDIOMS = frozenset({"who am i", "who mom likes", "make love", "true and false"})
"""Command lines that look like sentences."""

BUILTINS = frozenset(
    """
    . : [ alias bg bind break builtin caller cd command compgen complete compopt continue declare dirs disown echo enable
    eval exec exit export false fc fg getopts hash help history jobs kill let local logout mapfile popd printf pushd pwd
    read readarray readonly return set shift shopt source suspend test times trap true type typeset ulimit umask unalias
    unset wait if then else elif fi case esac for select while until do done in function time { } ! [[ ]] coproc
    """.split()
)
"""Builtins and reserved words of bash 5 (`compgen -bk`)."""
