"""Archives that are not what the command takes them for: the file itself says what it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from aishell.planner.fix.line import Simple, Token
from aishell.planner.fix.values import Case, Fix, Why


class Kind(NamedTuple):
    name: str
    begins: bytes
    unpacks: str
    """What unpacks a file of this kind, and keeps it."""


_KINDS = (
    Kind("gzip", b"\x1f\x8b", "gunzip -k"),
    Kind("bzip2", b"BZh", "bunzip2 -k"),
    Kind("xz", b"\xfd7zXZ\x00", "unxz -k"),
    Kind("zstd", b"\x28\xb5\x2f\xfd", "unzstd"),
    Kind("zip", b"PK\x03\x04", "unzip"),
    Kind("7z", b"7z\xbc\xaf\x27\x1c", "7z x"),
    Kind("rar", b"Rar!", "unrar x"),
)
_UNPACKERS = {"unzip": "zip", "gunzip": "gzip", "bunzip2": "bzip2", "unxz": "xz", "unzstd": "zstd", "7z": "7z", "unrar": "rar"}
_PACKERS = {"gzip": "gzip", "bzip2": "bzip2", "xz": "xz", "zstd": "zstd"}
_TAR_NAME = re.compile(r"\.(?:tar(?:\.\w+)?|t[gbx]z2?|tzst)$")
_TAR_FLAGS = {"z": "gzip", "j": "bzip2", "J": "xz"}
_LONG_FLAGS = {"--gzip": "gzip", "--gunzip": "gzip", "--bzip2": "bzip2", "--xz": "xz", "--zstd": "zstd"}


def _kind(case: Case, token: Token) -> Kind | None:
    head = case.facts.head(case.path(token)) if token.value else b""
    return next((kind for kind in _KINDS if head.startswith(kind.begins)), None)


def _is_tar(case: Case, token: Token) -> bool:
    return bool(_TAR_NAME.search(token.value)) or case.facts.head(case.path(token))[257:262] == b"ustar"


def tar_of_another_kind(case: Case) -> Iterator[Fix]:
    """`tar xjf` of a gzip file: tar finds out by itself, unless it is told otherwise."""
    for simple in case.calls("tar"):
        flags = next((token for token in simple.arguments if re.fullmatch(r"-?[A-Za-z]*[xt][A-Za-z]*", token.text)), None)
        file = next(
            (token for token in case.operands(simple) if token is not flags and case.facts.exists(case.path(token))), None
        )
        if not flags or not file:
            continue
        kind = _kind(case, file)
        told = {name for letter, name in _TAR_FLAGS.items() if letter in flags.text}
        told |= {_LONG_FLAGS[token.text] for token in simple.arguments if token.text in _LONG_FLAGS}
        if kind and kind.name in ("zip", "7z", "rar") and simple.program:
            yield _unpack(case, file, kind)
        elif told and told != {kind.name if kind else ""}:
            plain = re.sub("[zjJ]", "", flags.text)
            longs = {token: "" for token in simple.arguments if token.text in _LONG_FLAGS}
            why = Why(
                "{file} is not packed with {told}; tar finds out by itself.", file=file.value, told=", ".join(sorted(told))
            )
            line = (
                re.sub(" {2,}", " ", case.line.edited({flags: plain, **longs})) if longs else case.line.edited({flags: plain})
            )
            yield Fix(command=line, why=why, rule="compression", sure=0.95)


def other_unpacker(case: Case) -> Iterator[Fix]:
    """`unzip` of a gzip file, `gunzip` of a zip file."""
    for simple in case.calls(*_UNPACKERS, *_PACKERS):
        name = simple.program.value if simple.program else ""
        unpacks = name in _UNPACKERS or any(re.fullmatch(r"-\w*d\w*|--decompress", token.text) for token in simple.arguments)
        for token in case.operands(simple):
            if not unpacks or not case.facts.exists(case.path(token)) or case.facts.is_dir(case.path(token)):
                continue
            kind, expected = _kind(case, token), _UNPACKERS.get(name) or _PACKERS.get(name)
            if kind and kind.name != expected:
                yield _unpack(case, token, kind)
            elif kind is None and _is_tar(case, token):
                yield _with_tar(token)
            elif kind and case.messages.has("unknown suffix") and not _is_tar(case, token):
                target = f"{token.text}.out"
                why = Why("{file} has no ending that {program} knows.", file=token.value, program=name)
                yield Fix(command=f"{name} -dc < {token.text} > {target}", why=why, rule="suffix", sure=0.8)


def _unpack(case: Case, token: Token, kind: Kind) -> Fix:
    if _is_tar(case, token) and kind.name not in ("zip", "7z", "rar"):
        return _with_tar(token)
    why = Why("{file} is a file of {kind}.", file=token.value, kind=kind.name)
    return Fix(command=f"{kind.unpacks} {token.text}", why=why, rule="archive", sure=0.92)


def _with_tar(token: Token) -> Fix:
    why = Why("{file} is an archive of tar.", file=token.value)
    return Fix(command=f"tar xf {token.text}", why=why, rule="archive", sure=0.92)


def no_archive_name(case: Case) -> Iterator[Fix]:
    """`tar czf folder`: the name of the archive was left out."""
    for simple in case.calls("tar"):
        flags = next((token for token in simple.arguments if re.fullmatch(r"-?[a-z]*c[a-z]*f", token.text)), None)
        given = [token for token in case.operands(simple) if token is not flags]
        if (
            flags
            and given
            and all(case.facts.exists(case.path(token)) for token in given)
            and case.facts.is_dir(case.path(given[0]))
        ):
            ending = ".tar.gz" if "z" in flags.text else ".tar.bz2" if "j" in flags.text else ".tar"
            archive = f"{given[0].value.rstrip('/').rpartition('/')[2]}{ending}"
            if not case.facts.exists(case.facts.path(archive)):
                why = Why("The name of the archive comes first: {archive}.", archive=archive)
                yield _named(case, simple, flags, archive, why)


def _named(case: Case, simple: Simple, flags: Token, archive: str, why: Why) -> Fix:
    return Fix(command=case.line.edited({flags: f"{flags.text} {archive}"}), why=why, rule="archive name", sure=0.88)


RULES = (tar_of_another_kind, other_unpacker, no_archive_name)
