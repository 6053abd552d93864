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

SECOND: tuple[Failure, ...] = (
    Failure("program, a letter too many", "unniq -c words", 'grep -q "2 a" "$OUT"', "printf 'a\\na\\nb\\n' > words"),
    Failure("program, in a substitution", "echo $(basenmae /a/b/c.txt)x; false", 'grep -qx c.txtx "$OUT"'),
    Failure("program of another system", "type letter.txt", 'grep -qx dear "$OUT"', "echo dear > letter.txt"),
    Failure("program of Windows", "ipconfig /all", 'grep -q "127.0.0.1" "$OUT"'),
    Failure("a file as command", "reports", '[ "$PWD" = "$TREE/reports" ]', "mkdir reports; touch reports/q1"),
    Failure(
        "file, two slips in two folders",
        "sort -u dta/2024/custmers.csv",
        'grep -qx zoe "$OUT"',
        "mkdir -p data/2024; printf 'zoe\\namy\\n' > data/2024/customers.csv",
    ),
    Failure(
        "file deeper down",
        "md5sum settings.yaml",
        'grep -q "settings.yaml" "$OUT" && [ "$STATUS" = 0 ]',
        "mkdir -p app/conf; echo a: 1 > app/conf/settings.yaml",
    ),
    Failure("slash too many", "stat /lib/util.c", '[ "$STATUS" = 0 ] && grep -q util.c "$OUT"', "mkdir lib; touch lib/util.c"),
    Failure(
        "file of an option",
        "tac --separator=x notes/tody.txt",
        'grep -q two "$OUT"',
        "mkdir notes; printf 'one\\ntwo\\n' > notes/today.txt",
    ),
    Failure("file behind a pipe sign", "grep -i ada nmaes.txt", 'grep -qx "Ada 1" "$OUT"', _NAMES),
    Failure(
        "two names with blanks",
        "diff old list.txt new list.txt",
        'grep -q "> b" "$OUT"',
        "echo a > 'old list.txt'; echo b > 'new list.txt'",
    ),
    Failure("move into a missing folder", "mv app.log archive/2024/", "[ -f archive/2024/app.log ] && [ ! -e app.log ]", _LOG),
    Failure(
        "line ends of Windows",
        "./go.sh",
        'grep -qx gone "$OUT"',
        "printf '#!/bin/bash\\r\\necho gone\\r\\n' > go.sh; chmod +x go.sh",
    ),
    Failure("empty folder", "rm stale", "[ ! -e stale ] && [ -e other ]", "mkdir stale; touch other"),
    Failure(
        "link turned round",
        "ln -s current release-7.tar",
        '[ "$(readlink current)" = release-7.tar ]',
        "touch release-7.tar",
    ),
    Failure("letters of a mode", "chmod x tool", "[ -x tool ]", "touch tool"),
    Failure("option with one dash", "sort -reverse names.txt", '[ "$(head -n1 "$OUT")" = "Cleo 3" ]', _NAMES),
    Failure("option of find", "find . -maxdept 1 -name '*.txt'", 'grep -qx ./names.txt "$OUT"', _NAMES),
    Failure("option of git", "git log --onelin -n 1", '[ "$(wc -w < "$OUT")" = 2 ]', _GIT),
    Failure(
        "target of make",
        "make instal",
        'grep -qx put "$OUT"',
        "printf 'all:\\n\\t@echo all\\ninstall:\\n\\t@echo put\\n' > Makefile",
    ),
    Failure(
        "script of npm",
        "npm run biuld --silent",
        'grep -q built "$OUT"',
        'echo \'{"scripts":{"build":"echo built","test":"echo t"}}\' > package.json',
    ),
    Failure("file of git", "git add redame", "git diff --cached --name-only | grep -qx readme", f"{_GIT}; echo 1 > readme"),
    Failure(
        "message without quotes",
        "git commit --allow-empty -m first real version",
        "git log -1 --format=%s | grep -qx 'first real version'",
        _GIT,
    ),
    Failure(
        "nothing was added",
        "git commit -m work",
        '[ -z "$(git status --porcelain -uno)" ] && git log -1 --format=%s | grep -qx work',
        f"{_GIT}; echo more >> x",
    ),
    Failure("loop without its end", "for n in 1 2; do echo n$n", 'grep -qx n2 "$OUT"'),
    Failure("test without a blank", "[ -d src] && echo there", 'grep -qx there "$OUT"', "mkdir src"),
    Failure("sed without its end", "sed s/one/1/g;s/two/2 words; false", 'grep -qx "2" "$OUT"', "echo two > words"),
    Failure("bracket in a pattern", "grep '[error' app.log", 'grep -qF "[error] x" "$OUT"', "echo '[error] x' > app.log"),
    Failure(
        "zip that is a tarball",
        "unzip -q release.tgz",
        "[ -f rel/one ]",
        "mkdir rel; touch rel/one; tar czf release.tgz rel; rm -r rel",
    ),
    Failure("interpreter and its file", "pyhton3 calc.yp", 'grep -qx 5 "$OUT"', "echo 'print(5)' > calc.py"),
)
"""Written when there were rules, and before anyone had seen what they make of these."""

THIRD: tuple[Failure, ...] = (
    Failure("fields without a list", "cut -d: names", 'grep -qx a "$OUT"', "printf 'a:b\\n' > names"),
    Failure("number of lines", "head -n three words", '[ "$(wc -l < "$OUT")" = 3 ]', "seq 9 > words"),
    Failure("key of a sort", "sort -k second,2 names.txt", '[ "$(head -n1 "$OUT")" = "Ada 1" ]', _NAMES),
    Failure("character set", "tr '[:lowr:]' x < names.txt", 'grep -qx "Axx 1" "$OUT"', _NAMES),
    Failure("a date", "date -d 'yesterdayy' +%F", 'grep -qE "^[0-9]{4}-" "$OUT"'),
    Failure("unit of time", "sleep 1sec && echo slept", 'grep -qx slept "$OUT"'),
    Failure("unit of size", "truncate -s 10megs blob", '[ "$(stat -c %s blob)" -ge 10000000 ]'),
    Failure(
        "two options that exclude each other", "tail -c 2 -n notes.txt", 'grep -qxE "o|two" "$OUT"', "echo two > notes.txt"
    ),
    Failure("case of an option", "uniq -C words", 'grep -q "2 a" "$OUT"', "printf 'a\\na\\n' > words"),
    Failure("option behind a name", "find -name '*.txt' .", 'grep -qx ./names.txt "$OUT"', _NAMES),
    Failure("arithmetic", "expr 3 * 4", 'grep -qx 12 "$OUT"', "touch a b"),
    Failure("arithmetic of the shell", "echo $((08 + 1))", 'grep -qx 9 "$OUT"'),
    Failure("variable name", "2nd=x; echo $2nd; false", '[ "$(cat "$OUT")" = x ]'),
    Failure("JSON in quotes", 'python3 -m json.tool {"a":1}', 'grep -q \'"a": 1\' "$OUT"'),
    Failure(
        "several into one", "mv a.log b.log c.log logs", "[ -f logs/a.log ] && [ -f logs/c.log ]", "touch a.log b.log c.log"
    ),
    Failure(
        "archive into a folder",
        "tar xf data.tar -C out",
        "[ -f out/data/one ]",
        "mkdir data; touch data/one; tar cf data.tar data; rm -r data",
    ),
    Failure(
        "module of a file",
        "python3 -m pkg.mian",
        'grep -qx main "$OUT"',
        "mkdir pkg; touch pkg/__init__.py; echo 'print(\"main\")' > pkg/main.py",
    ),
    Failure("style of a date", "ls -l --time-style=iso-long", 'grep -qE "[0-9]{4}-[0-9]{2}-[0-9]{2}" "$OUT"', "touch a"),
    Failure("git, older commit", "git show HAED --stat", 'grep -q "x | 1" "$OUT"', _GIT),
    Failure(
        "git, file of another branch",
        "git restore redame",
        '[ "$(cat readme)" = old ]',
        f"{_GIT}; echo old > readme; git add readme; git commit -qm r; echo new > readme",
    ),
)
"""Written after the last change to the rules; what is reported of these is of their first run."""

FAILURES = (*FIRST, *SECOND, *THIRD)
