"""Whether a line may destroy something: by its words alone, wherever they stand, so that quoting and wrappers hide nothing.

It errs on one side only: `man rm` is taken for one as well. Such a line is merely not shown without being asked for. What the
judge forbids comes on top, by whoever has it.
"""

from __future__ import annotations

import re

_QUOTES = re.compile(r"""["'\\]""")
_TOKEN = re.compile(r"[\w.+:-]+")
_END = re.compile(r"[;|&\n(){}`]+")
_PROGRAMS = frozenset(
    "rm rmdir unlink shred srm wipe wipefs dd fdisk sfdisk cfdisk gdisk sgdisk parted blkdiscard hdparm truncate tune2fs"
    " mkswap mke2fs userdel groupdel deluser delgroup dropdb dropuser reboot shutdown poweroff halt kill pkill killall skill"
    " xkill lvremove vgremove pvremove lvreduce luksFormat rimraf trash trash-empty bleachbit debugfs".split()
)
_PREFIXES = ("mkfs", "newfs")
_SUBCOMMANDS = {
    "git": "clean filter-branch filter-repo restore drop clear expire --hard --delete --prune --mirror --force"
    " --discard-changes -f -d -D",
    "hg": "strip purge rollback",
    "svn": "delete del remove revert",
    "docker": "prune kill rmi down stop",
    "podman": "prune kill rmi down stop",
    "docker-compose": "down kill stop",
    "kubectl": "delete drain replace",
    "oc": "delete",
    "helm": "uninstall delete rollback",
    "terraform": "destroy apply taint",
    "tofu": "destroy apply taint",
    "pulumi": "destroy",
    "ansible-playbook": "",
    "vagrant": "destroy",
    "virsh": "destroy undefine",
    "lxc": "delete",
    "heroku": "destroy apps:destroy pg:reset",
    "gh": "delete",
    "gsutil": "rb",
    "zfs": "destroy rollback",
    "zpool": "destroy labelclear",
    "cryptsetup": "erase luksErase reencrypt",
    "mdadm": "--zero-superblock --stop",
    "badblocks": "-w",
    "crontab": "-r",
    "find": "-delete",
    "fd": "-X -x --exec --exec-batch",
    "rsync": "--delete --delete-after --delete-before --delete-during --delete-excluded --remove-source-files",
    "tar": "--remove-files",
    "chmod": "-R --recursive",
    "chown": "-R --recursive",
    "chgrp": "-R --recursive",
    "redis-cli": "flushall flushdb FLUSHALL FLUSHDB del DEL",
    "systemctl": "disable mask kill stop isolate rescue emergency",
    "init": "0 6",
    "telinit": "0 6",
    "history": "-c -d",
    "iptables": "-F -X --flush",
    "nft": "flush delete",
    "ufw": "reset disable",
    "nmcli": "delete",
    "ip": "del delete flush",
    "aws": "rb",
    "snap": "",
    "passwd": "-d -l",
    "usermod": "-L",
}
_WORDS = {program: frozenset(words.split()) for program, words in _SUBCOMMANDS.items()}
_REMOVES = frozenset(
    ("remove", "uninstall", "purge", "autoremove", "erase", "unpublish", "delete", "deinstall", "prune", "--purge")
)
"""What every package manager and cloud's tool calls it; `delete-bucket` and its kind begin so."""
_STARTS = ("delete-", "terminate-", "remove-", "destroy-", "purge-", "deregister-")
_SQL = re.compile(
    r"\b(?:drop|truncate)\s+\w|\bdelete\s+from\b|\bdrop(?:Database|Collection)?\s*\(|\bdeleteMany\b|\balter\s+table\b.*\bdrop\b",
    re.I,
)
_OVERWRITES = re.compile(r"(?<![<>&=-])>\|?(?![>&(=])\s*(?!/dev/(?:null|tty|std(?:out|err))\b)\S")
"""A redirection to a file, whatever stood in it before."""
_CHECKS_OUT = re.compile(r"\bgit\b.*\bcheckout\b(?:.*\s(?:--\s|\.(?:\W|$)|-f\b|--force\b)|\s+[^-\s]\S*\s+[^-\s;|&)])")
"""With names of files, or over what was changed."""
_PUSHES = re.compile(r"\bgit\b.*\bpush\b.*\s[+:][\w./-]")


def may_destroy(line: str) -> bool:
    """Some microseconds."""
    bare = _QUOTES.sub("", line)
    if _SQL.search(bare) or _OVERWRITES.search(bare) or _CHECKS_OUT.search(bare) or _PUSHES.search(bare):
        return True
    return any(_destroys(_TOKEN.findall(part)) for text in {line, bare} for part in _END.split(text))


def _destroys(tokens: list[str]) -> bool:
    wanted: frozenset[str] = frozenset()
    for token in tokens:
        name = token.rpartition(":")[2] if token.startswith("alias") else token
        if name in _PROGRAMS or name in _REMOVES or name.startswith((*_PREFIXES, *_STARTS)):
            return True
        if token in wanted or (_bundled(token, wanted)):
            return True
        wanted |= _WORDS.get(name, frozenset())
        if name == "pacman":
            wanted |= {"-R", "-Rs", "-Rns", "-Rn", "-Rsc", "-Rc", "-Rdd"}
    return False


def _bundled(token: str, wanted: frozenset[str]) -> bool:
    """Whether a word of several short options has one of those wanted: `-fdx` has `-f`."""
    if len(token) < 3 or token[0] != "-" or token[1] == "-" or not token[1:].isalpha() or len(token) > 6:
        return False
    return any(f"-{letter}" in wanted for letter in token[1:])
