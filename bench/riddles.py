"""Random and obfuscated commands of harmless programs, for `bench.strace`: the ways a shell has to hide what it runs."""

from __future__ import annotations

import base64
import random
import re

PROGRAMS = (
    "true false ls cat id uname date basename dirname wc head seq tr sort nproc whoami tac rev expr pwd arch logname groups "
    "md5sum cksum fold nl touch mkdir"
).split()
"""All end by themselves, need no input that is not there, and touch nothing outside of the folder they run in."""

_ARGUMENTS = ("a", "-- b", '"x y"', "'z'", "1 2", "", "", "$HOME", "*.txt", '"$x"', "${x:-q}", "/etc/hostname")
_REDIRECTIONS = ("", "", " 2>/dev/null", " </dev/null", " >out", " 2>&1")
_DEEPEST = 3

# NAME a program; SIMPLE one with arguments, disguised; COMMAND all; Q...: the same as one quoted word; BCOMMAND: in base64.
_TEMPLATES = r"""
COMMAND && COMMAND
COMMAND || COMMAND
COMMAND; COMMAND
COMMAND\nCOMMAND
COMMAND & wait; COMMAND
COMMAND | COMMAND
COMMAND | COMMAND | COMMAND
COMMAND |& COMMAND
(COMMAND)
{ COMMAND\n}
! COMMAND
time COMMAND
coproc { COMMAND\n}; wait
( ( COMMAND ) )
echo "a $(COMMAND\n) b"
echo $(COMMAND\n)
cat <(COMMAND\n)
echo `NAME a`
x=$(COMMAND\n)
ls $(COMMAND\n) 2>/dev/null
echo ${x:-$(COMMAND\n)}
echo ${x/$(COMMAND\n)/b}
echo x >$(SIMPLE >/dev/null; echo out)
ls | tee >(COMMAND\n) >/dev/null
a=($(COMMAND\n)); echo ${a[0]}
a[$(SIMPLE >/dev/null; echo 1)]=x
for i in 1 2; do COMMAND\ndone
for i in NAME true; do $i; done
for ((i=0;i<2;i++)); do COMMAND\ndone
echo NAME | while read i; do COMMAND\ndone
echo NAME | while read i; do $i; done
until true; do COMMAND\ndone
while COMMAND\ndo break; done
for i in $(COMMAND\n); do echo $i; done
select i in a; do COMMAND\nbreak; done <<< 1
if COMMAND\nthen COMMAND\nelse true; fi
case a in a) COMMAND\n;; *) COMMAND\n;; esac
case a in a) COMMAND\n;& b) COMMAND\n;; esac
case $(COMMAND\n) in *) COMMAND\n;; esac
[[ -n $(COMMAND\n) ]] && COMMAND
[ -n "$(COMMAND\n)" ] || COMMAND
(( $(SIMPLE >/dev/null; echo 1) )) && COMMAND
f() { COMMAND\n}; f
function f { COMMAND\n}; f a
ls() { COMMAND\n}; ls
f() { "$@"; }; f NAME
f() { $1; }; f NAME
echo() { NAME; }; echo x
f() { COMMAND\n}; export -f f; bash -c f
true && f() { COMMAND\n}; f
false && ls() { true; }; ls
ls x; ls() { COMMAND\n}
command_not_found_handle() { COMMAND\n}; frobnicate
f() { trap NAME RETURN; }; f
env SIMPLE
env X=1 SIMPLE
env -u HOME SIMPLE
env -i SIMPLE
env - SIMPLE
env -S QSIMPLE
env nice timeout 5 SIMPLE
nice SIMPLE
nice -n 3 SIMPLE
timeout 5 SIMPLE
timeout -k 1 5 SIMPLE
nohup SIMPLE
setsid -w SIMPLE
stdbuf -oL SIMPLE
command SIMPLE
command -p SIMPLE
builtin command SIMPLE
exec SIMPLE
exec -a zero SIMPLE
/usr/bin/env SIMPLE
ionice -c 3 SIMPLE
flock lock SIMPLE
flock lock -c QSIMPLE
unshare -r SIMPLE
chrt -o 0 SIMPLE
taskset 1 SIMPLE
time -p SIMPLE
setarch x86_64 -R SIMPLE
nice bash -c QCOMMAND
timeout 5 bash -c QCOMMAND
bash -c QCOMMAND
sh -c QSIMPLE
bash -ec QCOMMAND zero one
bash --norc -c QCOMMAND
bash -O extglob -c QCOMMAND
bash -c '$0' NAME
bash -c '"$@"' zero NAME a
env bash -c QCOMMAND
eval QCOMMAND
eval eval QSIMPLE
eval "NAME a" b
x=QCOMMAND; eval "$x"
trap QCOMMAND EXIT
trap QCOMMAND DEBUG; true
trap -- QCOMMAND EXIT
shopt -s expand_aliases\nalias ls=QSIMPLE\nls
x='$(NAME)'; echo ${x@P}
echo BCOMMAND | base64 -d | bash
bash <<< QCOMMAND
echo QSIMPLE | bash
printf %s QCOMMAND | sh
bash <(echo QCOMMAND)
source <(echo QCOMMAND)
echo QCOMMAND > script; bash script
echo QCOMMAND > script; . ./script
echo QCOMMAND > script; chmod +x script; ./script
echo QCOMMAND | bash -s a b
printf '%s\\n' QCOMMAND | (bash)
echo QCOMMAND | { bash; }
mapfile -t x < <(echo NAME); ${x[0]}
bash <<EOF\nCOMMAND\nEOF
bash <<'EOF'\nCOMMAND\nEOF
bash <<"EOF" | cat\nCOMMAND\nEOF
bash <<\\EOF\nCOMMAND\nEOF
cat <<EOF\n$(COMMAND\n)\nEOF
cat <<'EOF'\n$(COMMAND\n)\nEOF
cat <<EOF | bash\nCOMMAND\nEOF
sh <<-EOF\n\tSIMPLE\n\tEOF
while read x; do SIMPLE\ndone <<EOF\n$(COMMAND\n)\nEOF
x=NAME; $x
x=NAME; y=x; ${!y}
x=NAME; "$x" a
read x <<< NAME; $x
printf -v x %s NAME; $x
x=(NAME a); "${x[@]}"
set -- NAME; $1
set -- NAME; "$@"
declare x=NAME; $x
x=NAMEq; ${x%q}
IFS=,; x=NAME,a; $x
declare -n y=x; x=NAME; $y
NAME${IFS}a
PATH=.:$PATH; ln -s /usr/bin/NAME frob; frob
hash -p /usr/bin/NAME ls; ls
_=NAME; $_
true NAME; $_
echo $(( $(SIMPLE >/dev/null; echo 1) + 1 ))
x='a[$(NAME >/dev/null)]'; echo $((x))
x='a[$(NAME >/dev/null)]'; (( x )) ; true
let "x=$(SIMPLE >/dev/null; echo 1)"
echo ${a[$(SIMPLE >/dev/null; echo 0)]}
x='a[$(NAME >/dev/null; echo 0)]'; [[ $x -eq 0 ]]
x='a[$(NAME >/dev/null; echo 0)]'; [ "$x" -eq 0 ]
x='a[$(NAME >/dev/null; echo 0)]'; test -v "$x"
x='a[$(NAME >/dev/null; echo 0)]'; printf -v "$x" y
x='a[$(NAME >/dev/null; echo 0)]'; read "$x" <<< y
x='a[$(NAME >/dev/null; echo 0)]'; echo ${y:x}
x='a[$(NAME >/dev/null; echo 0)]'; declare -i y=x
x='a[$(NAME >/dev/null; echo 0)]'; declare "$x"=1
x='[$(NAME >/dev/null; echo 0)]'; declare "y$x"=1
x='a[$(NAME >/dev/null; echo 0)]'; unset "$x"
x='a[$(NAME >/dev/null; echo 0)]'; y[x]=1
x='a[$(NAME >/dev/null; echo 0)]'; echo ${a[x]}
x='a[$(NAME >/dev/null; echo 0)]'; shift "$x"
x='a[$(NAME >/dev/null; echo 0)]'; printf %d "$x"
x='a[$(NAME >/dev/null; echo 0)]'; wait -p "$x" -n
x='a[$(NAME >/dev/null; echo 0)]'; ulimit -n "$x"
x='a[$(NAME >/dev/null; echo 0)]'; echo ${x[0]} ${#x}
for x in 'a[$(NAME >/dev/null; echo 0)]'; do echo $((x)); done
echo ${ NAME; }
PS4='$(NAME)'; set -x; true
echo a | xargs NAME
echo NAME | xargs -I X X
echo a | xargs -n 1 sh -c 'NAME $0'
echo NAME | xargs env
seq 2 | xargs -P 2 env NAME
xargs -a /dev/null NAME
echo a | xargs -0 -r bash -c QSIMPLE
find . -maxdepth 0 -exec NAME \\;
find . -maxdepth 0 -exec sh -c QSIMPLE \\;
find . -maxdepth 0 -exec NAME {} +
find . -maxdepth 0 -execdir /usr/bin/NAME \\; -print
find . -maxdepth 0 | xargs nice NAME
find . -maxdepth 0 -exec env NAME \\; -exec true \\;
builtin eval QSIMPLE
command eval QSIMPLE
mapfile -C 'NAME #' -c 1 x <<< a
compgen -C QSIMPLE a
enable -n echo; echo NAME
type NAME
command -v NAME
cd /; SIMPLE
set -e; SIMPLE
jobs -x SIMPLE
(SIMPLE) & wait
test -f x; SIMPLE
printf '%s\\n' QSIMPLE
echo QSIMPLE
A=1 SIMPLE
A=$(COMMAND\n) true
export A=$(COMMAND\n)
declare -a x=($(COMMAND\n))
x=1 y=2 SIMPLE
LC_ALL=C SIMPLE
x+=$(COMMAND\n)
readonly x=$(COMMAND\n)
BASH_ENV=script bash -c true
PATH=/usr/bin SIMPLE
x= SIMPLE
[[ -f x || $(COMMAND\n) ]]
[[ a =~ $(COMMAND\n) ]]
test "$(COMMAND\n)" = x
[ $(COMMAND\n echo 1) ]
[[ x == $(COMMAND\n) ]]
complete -C NAME ls; compgen -o default a
history -s NAME; fc -s NAME
sort --compress-program=NAME /etc/hostname
env -C / NAME
busybox sh -c NAME
awk 'BEGIN { system("NAME") }'
sed -n '1e NAME' /etc/hostname
tar cf x.tar --checkpoint=1 --checkpoint-action=exec=NAME /etc/hostname
tr a b <<< "$(COMMAND\n)"
grep -q x <(COMMAND\n) || SIMPLE
""".strip().splitlines()
_PLACE = re.compile("QCOMMAND|QSIMPLE|BCOMMAND|COMMAND|SIMPLE|NAME|\\\\\\\\|\\\\n|\\\\t")


class Riddles:
    """`Riddles(seed).one()`: another command each time, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def one(self) -> str:
        return self._command(0)

    def _command(self, depth: int) -> str:
        if depth >= _DEEPEST or (depth and self._random.random() < 0.3):
            return self._simple()
        template = self._random.choice(_TEMPLATES)
        if "EOF" in template and depth:  # a here-document inside another one would end it
            return self._simple()
        return _PLACE.sub(lambda match: self._fill(match[0], depth + 1), template)

    def _fill(self, place: str, depth: int) -> str:
        if place.startswith("\\"):
            return {"\\\\": "\\", "\\n": "\n", "\\t": "\t"}[place]
        if place == "NAME":
            return self._random.choice(PROGRAMS)
        text = self._command(depth) if "COMMAND" in place else self._simple()
        if place.startswith("Q"):
            return "'" + text.replace("'", "'\\''") + "'"
        return base64.b64encode(text.encode()).decode() if place.startswith("B") else text

    def _simple(self) -> str:
        name = self._disguised(self._random.choice(PROGRAMS))
        return f"{name} {self._random.choice(_ARGUMENTS)}{self._random.choice(_REDIRECTIONS)}"

    def _disguised(self, name: str) -> str:
        at = self._random.randrange(1, len(name))
        before, after = name[:at], name[at:]
        hexadecimal = "".join(f"\\x{ord(letter):02x}" for letter in name)
        octal = "".join(f"\\{ord(letter):03o}" for letter in name)
        disguises = [name] * 4 + [
            f"/usr/bin/{name}",
            f"\\{name}",
            f"'{name}'",
            f'"{before}"{after}',
            f"$'{hexadecimal}'",
            f"$'{octal}'",
        ]
        disguises += [
            f"{before}''{after}",
            f'{before}""{after}',
            f"{before}\\\n{after}",
            f"{before}\\{after}",
            f"{before}$nothing{after}",
        ]
        disguises += [f"$(echo {name})", f"`echo {name}`", f"/usr/bin/{name[:-1]}?", f"{{{name},a}}"]
        return self._random.choice(disguises)
