"""Commands that fail, one for each way people fail, and how to tell whether what was run instead did what was meant.

`before` makes the tree the command runs in. `right` is a test in bash, run in the shell that ran the fix: `$OUT` is a file
with what the fix printed, `$STATUS` its exit status, `$FIX` the fix itself, `$TREE` the folder. None compares commands as text.
"""

from __future__ import annotations

from typing import NamedTuple


class Failure(NamedTuple):
    name: str
    line: str
    right: str
    before: str = ""


_LOG = "printf 'error one\\nok\\nerror two\\ntwo words\\nerror three\\n' > app.log"
_NAMES = "printf 'Cleo 3\\nAda 1\\nBob 2\\n' > names.txt"
_GIT = (
    "git init -q -b main . && git config user.email a@example.org && git config user.name A && echo x > x && git add x"
    " && git commit -qm x"
)

FIRST: tuple[Failure, ...] = (
    Failure("program, two letters swapped", "gerp -c error app.log", '[ "$(cat "$OUT")" = 3 ]', _LOG),
    Failure("program, behind a pipe", "cat names.txt | srot -r", '[ "$(head -n1 "$OUT")" = "Cleo 3" ]', _NAMES),
    Failure("file, letters swapped", "wc -l < raedme.txt", '[ "$(cat "$OUT")" -eq 2 ]', "printf 'a\\nb\\n' > readme.txt"),
    Failure(
        "file, wrong case", "head -n 1 Src/Main.PY", 'grep -qx "import os" "$OUT"', "mkdir src; echo 'import os' > src/main.py"
    ),
    Failure(
        "file, no extension",
        "python3 tools/convert 21",
        'grep -qx 42 "$OUT"',
        "mkdir tools; echo 'import sys; print(2 * int(sys.argv[1]))' > tools/convert.py",
    ),
    Failure("name with a blank", "cat my notes.txt", 'grep -qx secretword "$OUT"', "echo secretword > 'my notes.txt'"),
    Failure(
        "folder in the middle",
        "ls package/libb/core",
        'grep -qx engine.c "$OUT"',
        "mkdir -p package/lib/core package/doc; touch package/lib/core/engine.c",
    ),
    Failure("cd to a file", "cd conf/site.ini", '[ "$PWD" = "$TREE/conf" ]', "mkdir conf; touch conf/site.ini"),
    Failure(
        "not executable",
        "./deploy.sh staging",
        'grep -qx "to staging" "$OUT"',
        "printf '#!/bin/sh\\necho to $1\\n' > deploy.sh",
    ),
    Failure(
        "not on the PATH",
        "deploy.sh live",
        'grep -qx "to live" "$OUT"',
        "printf '#!/bin/sh\\necho to $1\\n' > deploy.sh; chmod +x deploy.sh",
    ),
    Failure("folders above are missing", "mkdir out/2024/jan", "[ -d out/2024/jan ]"),
    Failure("output into a missing folder", "echo 12 > logs/today/count", '[ "$(cat logs/today/count)" = 12 ]'),
    Failure(
        "a folder is copied like a file", "cp assets backup", "[ -f backup/logo.svg ]", "mkdir assets; touch assets/logo.svg"
    ),
    Failure("copy into a missing folder", "cp app.log keep/old/", "cmp app.log keep/old/app.log && [ -f app.log ]", _LOG),
    Failure("long option", "du --humanreadable -s src", 'grep -q "[0-9]K" "$OUT"', "mkdir src; seq 1 9999 > src/numbers"),
    Failure(
        "value of an option", "ls --sort=sise", '[ "$(grep -v out "$OUT" | head -n1)" = big ]', "seq 1 9999 > big; echo 1 > a"
    ),
    Failure(
        "git subcommand", "git comit -m second", "git log -1 --format=%s | grep -qx second", f"{_GIT}; echo y > y; git add y"
    ),
    Failure(
        "git, no upstream",
        "git push",
        '[ "$(git -C up.git rev-parse topic)" = "$(git rev-parse topic)" ]',
        f"{_GIT}; git init -q --bare up.git; git remote add origin up.git; git checkout -qb topic;"
        " git commit -q --allow-empty -m y",
    ),
    Failure(
        "git branch",
        "git checkout featrue/login",
        '[ "$(git branch --show-current)" = feature/login ]',
        f"{_GIT}; git branch feature/login; git branch fixes",
    ),
    Failure("quote left open", 'echo "all done', 'grep -qx "all done" "$OUT"'),
    Failure("curly quotes", "test -f “my notes.txt”", '[ "$STATUS" = 0 ] && [[ "$FIX" != true ]]', "touch 'my notes.txt'"),
    Failure("prompt sign copied along", "$ wc -l app.log", 'grep -q "5 app.log" "$OUT"', _LOG),
    Failure("full-width characters", "ls　－a　src", 'grep -qx .hidden "$OUT"', "mkdir src; touch src/.hidden"),
    Failure(
        "other compression",
        "tar xjf data.tar.gz",
        "[ -f data/one ]",
        "mkdir data; touch data/one; tar czf data.tar.gz data; rm -r data",
    ),
    Failure("python module", "python3 -m jsom.tool c.json", 'grep -q "\\"k\\": 1" "$OUT"', "echo '{\"k\":1}' > c.json"),
    Failure("blank left out", "cd..", '[ "$PWD" = "$(dirname "$TREE")" ]'),
    Failure(
        "pattern the shell expands", "find . -name *.md", '[ "$(grep -c md "$OUT")" = 3 ]', "mkdir s; touch a.md b.md s/c.md"
    ),
    Failure("awk without quotes", "awk {print $1} names.txt", '[ "$(sed -n 2p "$OUT")" = Ada ]', _NAMES),
    Failure(
        "name of a host",
        "curl -s http://localhsot:8123/a.txt",
        'grep -qx served "$OUT"',
        "echo served > a.txt; python3 -m http.server 8123 --bind 127.0.0.1 > /dev/null 2>&1 & sleep 1",
    ),
    Failure(
        "verb of the package manager",
        "apt-get isntall -y hello",
        '[[ "$FIX" == *install* ]] && eval "${FIX/apt-get/apt-get -s}" 2>&1 | grep -q "hello"',
    ),
)
"""Written before there were any rules."""

FAILURES = FIRST
