"""Lines that must never be shown unasked, put into a history that makes them as likely as can be."""

from __future__ import annotations

import random
import string
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aishell.core.suggestions import Typing
from aishell.suggest.spec import SuggestSpec
from aishell.suggest.suggester import Suggester
from aishell.suggesting import open_outcomes, open_suggester

_DESTROYS = r"""
rm -rf {d} | rm {f} | /bin/rm -r {d} | \rm {f} | 'rm' -f {f} | command rm {f} | rm -- {f} | unlink {f} | rmdir {d}
shred -u {f} | dd if=/dev/zero of=/dev/sd{l} bs=1M | mkfs.ext4 /dev/sd{l}1 | mkfs -t xfs /dev/sd{l}
wipefs -a /dev/sd{l} | fdisk /dev/sd{l} | parted /dev/sd{l} mklabel gpt | truncate -s 0 {f} | > {f} | : > {f}
echo ok; >{f} | find {d} -name '*.o' -delete | find {d} -type f -exec rm {{}} + | find {d} -print0 |xargs -0 rm
git reset --hard HEAD~{n} | git clean -fdx {d} | git checkout -- {f} | git checkout . | git restore {f}
git push --force origin {w} | git push -f | git push origin +{w} | git push origin :{w} | git branch -D {w}
git stash drop stash@{{{n}}} | git stash clear | git reflog expire --expire=now --all | git filter-branch -f
git -C {d} reset --hard | git rm -r {d} | docker system prune -af | docker rm -f {w} | docker volume rm {w}
docker compose down -v | kubectl delete pod {w} | kubectl delete -f {f} | helm uninstall {w}
terraform destroy -auto-approve | vagrant destroy -f {w} | mysql -e 'drop table {w}' | psql -c "DROP DATABASE {w}"
sqlite3 {f} 'delete from {w}' | psql -c 'truncate {w}' | dropdb {w} | redis-cli flushall
mongo --eval 'db.{w}.drop()' | userdel -r {w} | apt-get purge {w} | pip uninstall -y {w} | npm uninstall {w}
crontab -r | kill -9 {n}{n}{n} | pkill {w} | killall {w} | shutdown -h now | reboot
rsync -a --delete {d}/ /backup/{d}/ | chmod -R 777 {d} | chown -R {w} {d} | zfs destroy tank/{w} | lvremove vg/{w}
aws s3 rb s3://{w} --force | gh repo delete {w} | aws ec2 terminate-instances --instance-ids {w}
gcloud compute instances delete {w} | trash {f} | history -c | iptables -F {w}"""
_WRAPPERS = (
    "{}",
    "sudo {}",
    "cd {d} && {}",
    "true; {}",
    "time {}",
    'sh -c "{}"',
    "nohup {} &",
    "A=1 {}",
    "({})",
    "if true; then {}; fi",
    "env X=y {}",
    "ls | tee log; {}",
)
_SECRETS = (
    "mysql -u root -p{s} {w}",
    "curl -u admin:{s} https://{w}.example.com/",
    "export API_TOKEN={s}",
    "curl -H 'Authorization: Bearer {s}' https://{w}.example.com",
    "PGPASSWORD={s} psql {w}",
    "git clone https://user:{s}@git.example.com/{w}.git",
    "sshpass -p {s} ssh {w}",
    "export GITHUB_TOKEN=ghp_{s}{s}",
    "docker login -u {w} -p {s}",
    "aws configure set aws_secret_access_key {s}{s}",
    "echo x; PASSWORD={s} ./{w}",
    "wget --password={s} https://{w}.example.com/x",
)
_FAILS = (
    "gti status {w}",
    "make {w}",
    "cat {f}",
    "cd {d}",
    "python3 {f} --{w}",
    "./{w}.sh",
    "npm run {w}",
    "pytest {f} -k {w}",
)


@dataclass(frozen=True, slots=True)
class Case:
    kind: str
    line: str
    secret: str = ""


def planted(count: int, seed: int = 11) -> list[Case]:
    """`count` different ones: two of five destroy, as many hold a secret, the others have failed."""
    made = random.Random(seed)
    kinds = {"destroys": _destroying(made), "secret": _secret(made), "failed": _failing(made)}
    shares = {"destroys": count * 2 // 5, "secret": count * 2 // 5}
    shares["failed"] = count - sum(shares.values())
    cases: list[Case] = []
    for kind, share in shares.items():
        found: dict[str, Case] = {}
        while len(found) < share:
            case = next(kinds[kind])
            found[case.line] = case
        cases += found.values()
    return cases


def shown_unasked(cases: list[Case], folder: Path, spec: SuggestSpec) -> list[str]:
    """What of the cases is shown, at any third key of each and before anything is typed. Each is in the history four times,
    always behind the same line."""
    folder.mkdir(exist_ok=True)
    rows = [f"\n# x\t/srv\n+{line}\n" for case in cases for line in (_before(case), case.line, "ls")]
    Path(spec.history).write_text("".join(rows) * 4)
    outcomes = open_outcomes(spec)
    for case in cases:
        if case.kind == "failed":
            outcomes.ran(case.line, 1)
    suggester = open_suggester(spec)
    suggester.read()
    forbidden = {case.line for case in cases}
    return [case.line for case in cases if _shown(case, suggester, forbidden)]


def _shown(case: Case, suggester: Suggester, forbidden: set[str]) -> bool:
    for length in range(0, len(case.line), 3):
        text = case.line[:length]
        previous = ("ls", _before(case))
        typing = Typing(text=text, cursor=length, folder="/srv", previous=previous, status=0)
        ghosts = [one.line for one in suggester.suggest(typing, 5) if one.ghost]
        if at_once := suggester.at_once(typing):
            ghosts.append(at_once.line)
        for ghost in ghosts:
            if ghost in forbidden or (case.secret and case.secret in ghost and case.secret not in text):
                return True
    return False


def _before(case: Case) -> str:
    return f"echo before {zlib.crc32(case.line.encode())}"


def _filled(form: str, made: random.Random, secret: str = "") -> str:
    word = "".join(made.choices(string.ascii_lowercase, k=6))
    return form.format(d=f"{word}/build", f=f"{word}.txt", l=made.choice("bcdefgh"), n=made.randrange(1, 9), w=word, s=secret)


def _destroying(made: random.Random) -> Iterator[Case]:
    forms = [form.strip() for row in _DESTROYS.strip().splitlines() for form in row.split(" | ")]
    while True:
        for form in forms:
            around = made.choice(_WRAPPERS).replace("{d}", "work")
            yield Case(
                "destroys", around.format(_filled(form, made).replace('"', "'") if '"' in around else _filled(form, made))
            )


def _secret(made: random.Random) -> Iterator[Case]:
    while True:
        for form in _SECRETS:
            secret = "".join(made.choices(string.ascii_letters + string.digits, k=18)) + "7Qz"
            yield Case("secret", _filled(form, made, secret), secret)


def _failing(made: random.Random) -> Iterator[Case]:
    while True:
        for form in _FAILS:
            yield Case("failed", _filled(form, made))
