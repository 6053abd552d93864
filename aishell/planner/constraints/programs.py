"""What the checks know of programs: which of them are understood, which options take a value, which start others."""

from __future__ import annotations

READERS = frozenset(
    """
    cat ls find grep egrep fgrep zgrep zcat sort uniq head tail wc cut tr sed awk gawk mawk du df stat file md5sum sha1sum
    sha256sum sha512sum cksum echo printf tac rev nl column paste basename dirname readlink realpath tree ps xargs tee date
    pwd whoami id hostname comm diff join fold fmt free uptime which seq true pgrep expand unexpand shuf od hexdump xxd strings
    """.split()
)
"""They change nothing unless an option or a redirection says so."""

CHANGERS = frozenset(
    """
    rm rmdir unlink mv cp ln mkdir touch chmod chown chgrp gzip gunzip bzip2 bunzip2 xz unxz lzma tar zip unzip truncate
    shred install rename prename
    """.split()
)

UNDERSTOOD = READERS | CHANGERS

INTERPRETERS = frozenset("sh bash dash zsh ash ksh python python3 perl ruby node eval source . ssh docker parallel".split())

CODE = frozenset("awk gawk mawk sed perl".split())
"""Programs whose first operand is code that can count, sort, filter and number."""

PREFIXES: dict[str, frozenset[str]] = {
    "sudo": frozenset("-u -g -h -p -C -r -t".split()),
    "doas": frozenset(["-u", "-C"]),
    "env": frozenset("-u -C -S".split()),
    "nice": frozenset(["-n"]),
    "ionice": frozenset("-c -n -p".split()),
    "timeout": frozenset("-k -s".split()),
    "stdbuf": frozenset("-i -o -e".split()),
    "xargs": frozenset("-n -I -L -P -d -s -a -E".split()),
    "nohup": frozenset(),
    "setsid": frozenset(),
    "time": frozenset(["-f", "-o"]),
    "command": frozenset(),
    "builtin": frozenset(),
    "exec": frozenset(),
    "busybox": frozenset(),
}
"""Programs that start the command behind them, with those of their options that take a word."""

VALUES = {
    "head": "nc",
    "tail": "ncs",
    "sort": "kotST",
    "grep": "efmABCdD",
    "egrep": "efmABCdD",
    "fgrep": "efmABCdD",
    "zgrep": "efmABC",
    "cut": "dfcb",
    "du": "dtB",
    "ls": "IwT",
    "awk": "Fvf",
    "gawk": "Fvf",
    "mawk": "Fvf",
    "sed": "efl",
    "tar": "fCTXH",
    "ps": "oCUup",
    "uniq": "fsw",
    "tree": "LPIoH",
    "cp": "tS",
    "mv": "tS",
    "ln": "tS",
    "split": "lbna",
    "stat": "c",
    "date": "dr",
    "mkdir": "m",
    "touch": "dtr",
    "install": "mogt",
    "paste": "d",
    "seq": "sf",
    "fold": "w",
    "fmt": "w",
    "shuf": "nio",
    "column": "tso",
    "join": "t12o",
    "truncate": "sr",
    "xargs": "nILPdsaE",
    "git": "Cn",
    "journalctl": "nup",
    "rg": "efgtmABC",
    "fd": "edtS",
    "gpg": "oru",
    "curl": "oXHdu",
    "wget": "OP",
    "zip": "xit",
    "unzip": "dx",
    "gcc": "oIL",
    "openssl": "",
}
"""Short options that take a value, by program."""

OPTIONAL_VALUES = {"sed": "i", "perl": "i"}
"""Short options whose value, if any, stands in the same word."""

TESTS_WITH_VALUE = frozenset(
    """
    -name -iname -path -ipath -wholename -iwholename -regex -iregex -type -xtype -size -mtime -atime -ctime -mmin -amin -cmin
    -newer -anewer -cnewer -newermt -newerat -newerct -newermm -newerBt -perm -user -group -uid -gid -maxdepth -mindepth -links
    -inum -samefile -lname -ilname -fstype -printf -fprint -fls -used -context -regextype
    """.split()
)
"""Primaries of find that take a word."""

WITHOUT_PRIMARIES = frozenset("-H -L -P -o -or -a -and ,".split())
"""Words of find that select nothing themselves."""

RECURSIVE = {
    "grep": ("-r", "-R", "--recursive", "--dereference-recursive"),
    "egrep": ("-r", "-R", "--recursive"),
    "fgrep": ("-r", "-R", "--recursive"),
    "ls": ("-R", "--recursive"),
    "chmod": ("-R", "--recursive"),
    "chown": ("-R", "--recursive"),
    "chgrp": ("-R", "--recursive"),
    "rm": ("-r", "-R", "--recursive"),
    "cp": ("-r", "-R", "-a", "--recursive", "--archive"),
    "zip": ("-r",),
    "mkdir": ("-p", "--parents"),
    "rmdir": ("-p", "--parents"),
    "gzip": ("-r", "--recursive"),
    "gunzip": ("-r", "--recursive"),
    "diff": ("-r", "--recursive"),
    "setfacl": ("-R",),
    "scp": ("-r",),
}
"""The options that make a program go into subfolders."""

ALWAYS_RECURSIVE = frozenset("find du tree tar rsync git rg ag ack fd fdfind mv diff unzip zip".split())

SORTS_BY_NAME = frozenset("ls tree du".split())
