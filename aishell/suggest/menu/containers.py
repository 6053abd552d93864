"""Containers and images, where docker or podman is installed and answers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from aishell.core.menu import Offer, Typed
from aishell.suggest.menu.source import Source, asked

_PROGRAMS = frozenset(("docker", "podman"))
_CONTAINERS = frozenset(
    "start stop restart kill rm exec logs attach inspect top stats port pause unpause wait rename update commit diff export cp"
    .split()
)  # fmt: skip
_IMAGES = frozenset("run create rmi push save tag history inspect".split())
_GROUPS = frozenset(("container", "image"))


def source() -> Source:
    return Source(name="containers", at=_knows, offers=_offers)


def _subcommand(typed: Typed) -> str:
    words = typed.operands[1:] if typed.operands[:1] and typed.operands[0] in _GROUPS else typed.operands
    return words[0] if words else ""


def _knows(typed: Typed) -> bool:
    known = typed.program in _PROGRAMS and _subcommand(typed) in _CONTAINERS | _IMAGES
    return known and not typed.word.startswith("-") and bool(shutil.which(typed.program))


def _offers(typed: Typed) -> Iterator[Offer]:
    subcommand = _subcommand(typed)
    if subcommand in _CONTAINERS:
        for name, image, status in _rows(typed, "ps", "--all", "--format", "{{.Names}}\t{{.Image}}\t{{.Status}}"):
            yield Offer(text=name, sort="container", meaning=f"{image}, {status}")
    if subcommand in _IMAGES:
        for name, tag, size in _rows(typed, "images", "--format", "{{.Repository}}\t{{.Tag}}\t{{.Size}}"):
            if "<none>" not in (name, tag):
                yield Offer(text=f"{name}:{tag}", sort="image", meaning=size)


def _rows(typed: Typed, *arguments: str) -> Iterator[list[str]]:
    for line in asked([typed.program, *arguments], typed.folder).splitlines():
        fields = line.split("\t")
        if len(fields) == 3:
            yield fields
