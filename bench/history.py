"""A made-up history as large as one likes: what people type, by templates, with a long tail of names."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from aishell.core.memory import Run

_DAY = 86_400.0
_VERBS = "fix add remove update rename refactor test document build release revert merge clean split move".split()
_THINGS = (
    "parser cache login tests config readme server client index worker upload search report export backup schema invoice "
    "session router widget driver kernel image video archive mirror metrics billing payment account profile message queue"
).split()
_SUFFIXES = "py js ts go rs c h txt md json yaml toml csv log sql sh html css png jpg mp4 pdf tar.gz zip conf".split()
_HOSTS = "web1 web2 db1 db2 build staging backup gpu1 nas pi gateway mail".split()

_TEMPLATES: tuple[tuple[int, str, str], ...] = (
    # how often of 100, the words that led to it ("" for a typed line), the command
    (8, "", "cd {dir}"),
    (5, "", "ls -la {dir}"),
    (6, "", "git status"),
    (6, "", "git add {file}"),
    (8, "", 'git commit -m "{verb} the {thing} of {thing}"'),
    (3, "", "git checkout -b {verb}-{thing}-{n}"),
    (3, "", "git log --oneline -n {n} -- {file}"),
    (3, "", "git rebase -i HEAD~{n}"),
    (5, "", "vim {file}"),
    (4, "", "python {file} --{thing} {n}"),
    (3, "", "pytest tests/test_{thing}.py -k {thing}_{n}"),
    (4, "", "ssh {host}"),
    (3, "", "scp {file} {host}:{dir}"),
    (3, "find files named {thing} in {dir}", "find {dir} -name '*{thing}*.{ext}'"),
    (3, "find files larger than {n} MB below {dir}", "find {dir} -type f -size +{n}M"),
    (3, "count the lines with {thing} in {file}", "grep -c {thing} {file}"),
    (4, "", "grep -rn '{thing}_{n}' {dir}"),
    (2, "show the {n} largest folders in {dir}", "du -sh {dir}/* | sort -rh | head -{n}"),
    (2, "pack {dir} into an archive", "tar czf {thing}-{n}.tar.gz {dir}"),
    (2, "unpack the {thing} archive", "tar xzf {thing}-{n}.tar.gz -C {dir}"),
    (2, "", "docker compose logs -f {thing}"),
    (2, "", "docker run --rm -it -p {n}:80 {thing}:{n}"),
    (2, "", "kubectl -n {thing} get pods -l app={thing}-{n}"),
    (2, "make a {n} second clip of {file}", "ffmpeg -i {file} -t {n} -c copy {thing}{n}.mp4"),
    (2, "shrink the pictures in {dir} to {n} %", "mogrify -resize {n}% {dir}/*.jpg"),
    (2, "", "sudo systemctl restart {thing}"),
    (2, "show the log of {thing} of the last {n} minutes", "journalctl -u {thing} --since '{n} minutes ago'"),
    (2, "", "curl -s https://{host}/api/{thing}/{n} | jq .{thing}"),
    (2, "", "make -j{n} {thing}"),
    (2, "", "pip install {thing}=={n}"),
    (2, "查找{dir}中的{ext}文件", "find {dir} -name '*.{ext}'"),
    (1, "把{file}复制到{host}", "scp {file} {host}:"),
)


def runs(number: int, seed: int = 1, known: Sequence[tuple[str, str]] = ()) -> Iterator[Run]:
    """`number` runs of the last three years, about a third of them of commands that ran before.

    `known` are (intent, command) pairs that get mixed in, one in five of the new ones until they are used up.
    """
    chance = random.Random(seed)
    folders = [_folder(chance) for _ in range(400)]
    left = list(known)
    chance.shuffle(left)
    recent: list[tuple[str, str]] = []
    weights = [weight for weight, _intent, _command in _TEMPLATES]
    for at in range(number):
        if recent and chance.random() < 0.33:
            intent, command = recent[-1 - min(int(chance.expovariate(1 / 60)), len(recent) - 1)]
        elif left and chance.random() < 0.2:
            intent, command = left.pop()
        else:
            _weight, wish, template = chance.choices(_TEMPLATES, weights)[0]
            values = _values(chance, folders)
            intent, command = wish.format(**values), template.format(**values)
        recent = [*recent[-400:], (intent, command)]
        folder = folders[min(int(chance.expovariate(1 / 30)), len(folders) - 1)]
        yield Run(
            command=command,
            intent=intent,
            time=1.8e9 - (number - at) * 3 * 365 * _DAY / number,
            cwd=folder,
            git_root="/".join(folder.split("/")[:4]),
            exit_status=0 if chance.random() < 0.88 else chance.choice((1, 2, 127, 130)),
        )


def _values(chance: random.Random, folders: list[str]) -> dict[str, str]:
    thing = chance.choice(_THINGS)
    return {
        "dir": chance.choice(folders),
        "file": f"{chance.choice(_THINGS)}/{chance.choice(_VERBS)}_{thing}{chance.randrange(300)}.{chance.choice(_SUFFIXES)}",
        "ext": chance.choice(_SUFFIXES),
        "verb": chance.choice(_VERBS),
        "thing": thing,
        "host": chance.choice(_HOSTS),
        "n": str(chance.randrange(1, 400)),
    }


def _folder(chance: random.Random) -> str:
    return f"/home/me/{chance.choice(_THINGS)}/{chance.choice(('src', 'lib', 'docs', 'data'))}/{chance.choice(_THINGS)}"
