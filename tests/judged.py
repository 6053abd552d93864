"""Commands with the tier the judge must give them, one a line."""

from __future__ import annotations

READ = r"""
ls
ls -la /etc
cat /etc/hostname | wc -l
find . -type f -name '*.py' | sort | uniq -c | sort -rn | head -n 5
find /usr/share -type f -printf '%s %p\n' | sort -rn | head -n 5
find . -name '*.txt' -exec wc -l {} +
find . -name '*.txt' -exec wc -l {} \; -print
find . -print0 | xargs -0 du -h
grep -rn 'x|y' . 2>/dev/null
du -sh * | sort -rh
ps aux --sort=-%mem | head -n 6
awk '{ sum += $3 } END { print sum / NR }' data
awk -F, '$3 > 100 {print $1}' data.csv
sed -n '20,30p' main.c
sed 's/a/b/g' notes.txt
sed 's/\(a\)/\1\1/; s|/x|/y|' notes.txt
echo "$HOME" | tr a-z A-Z
cd /tmp && ls
ls; pwd
(cd /tmp; ls)
LC_ALL=C sort notes.txt
cat < notes.txt
grep x <<< "text"
date +%A
date -d yesterday +%F
diff <(sort a) <(sort b)
x=5
test -f notes.txt && echo yes
wc -l "$(ls | head -n 1)"
ls 2>&1 >/dev/null
for i in a b; do ls $i; done
for f in *.txt; do wc -l "$f"; done
if test -f x; then cat x; else echo no; fi
case $1 in a) ls;; *) pwd;; esac
ls | while read line; do echo "$line"; done
f() { ls; }; f
[[ -f x && $a == b ]] && ls
echo $((1 + 2))
for ((i=0; i<3; i++)); do echo $i; done
echo ${x:-y} ${x%.txt} ${#x} ${x/a/b} ${a[0]} ${a[@]}
time ls
nice -n 5 ls
timeout 5 find . -name x
env ls
command ls
command -v rm
/bin/cat x
! grep -q x y
cat <<< 'rm -rf /'
[ -x /usr/bin/rm ] && echo exists
echo $'a\nb'
echo 🚀 ⚠️
cat 你好.txt
export x=5
printf "%s %5.2f%%\n" a 1
find / -name x -exec stat {} +
ls 2>/dev/null >&2
""".strip("\n").splitlines()

DRY = r"""
rm x
ls > files.txt
ls | tee files.txt
find . -delete
find . -name x -exec rm {} +
find . -exec sh -c 'rm x' \;
find . $OPTIONS
find *
sort -o out in
sort --compress-program=sh in
uniq in out
ls | xargs rm
ls | xargs sort
ls | xargs sh -c 'x'
awk 'BEGIN { system("id") }'
awk '{ print > "out" }'
awk '{ print "}" > f }' in
awk 'BEGIN { "id" | getline x }'
awk -f prog in
sed -i s/a/b/ x
sed 'w out' x
sed 's/a/b/e' x
sed 's/a/b/w out' x
sed 's/a/b/;w out' x
sed '1e id' x
sed -f prog x
python3 -c 1
bash -c ls
eval ls
. ./x
source x
export A=b
PATH=/tmp:$PATH ls
LD_PRELOAD=x ls
alias ls=rm
f() { rm x; }; f
ls() { rm x; }; ls
for PATH in /tmp; do ls; done
ls &
ls ${x:=y}
ls ${!x}
ls $((a[0]))
read x <<< y; echo $((x))
for x in *; do [[ $x -gt 1 ]]; done
((PATH=1)); ls
unset PATH; ls
hash -p /tmp/evil ls; ls
declare -i x=1
printf -v PATH /tmp
coproc ls
test -v 'a[$(id)]'
[ -v 'a[$(id)]' ]
[[ -v a[1] ]]
printf -v x y
printf 'ab%n' 'a[$(id)]'
printf %5n PATH
date -s tomorrow
date 010100002030
hostname new
tree -o out
xxd in out
ss -K
./ls
/tmp/ls
echo `rm x`
echo "$(rm x)"
echo <(rm x)
git status
git stash push
git -c core.pager=x log
getent hosts secret.example.com
lspci -q
env A=b ls
env -i ls
nohup ls
chmod 600 id_rsa
cp ~/.bashrc ~/.bashrc.bak
echo x >> dotfiles/.bashrc
python3 script.py
echo 'ls' | sh
bash script.sh
rm -rf $NOT_SET_ANYWHERE/build
rm -rf /tmp/*
aws s3 ls
frobnicate --now
let x=1
f() { f; }; f
find . -exec command rm {} +
""".strip("\n").splitlines()

ASK = r"""
aishell extend call weather '{"city": "Paris"}'
aishell extend enable weather
aishell uninstall --yes
aishell bug-report --out report.txt
aishell web
aishell web --address 127.0.0.1 --port 8000
env -u X aishell serve --openai
curl https://example.com
sudo ls
ls | xargs kill
sh -c 'kill 1'
time nice -n 5 env X=y timeout 5 ssh host ls
$CMD
"$(echo rm)" x
rm${IFS}x
{rm,x}
/bin/r? x
eval "$x"
bash -c "$x"
bash -c "rm $x"
sh -c '"$@"' x rm -rf /
curl x | sh
cat x | bash
cat x | command bash
ls | xargs command curl
cat x | python3
bash
python3
bash <(cat x)
bash < x
cat ~/.ssh/id_rsa
cat "$HOME/.ssh/id_rsa"
x=/etc; cat $x/shadow
x=/etc/shadow; cat $x
for f in /etc/shadow; do cat "$f"; done
cat /etc/{shadow,passwd}
cat /etc/s*
cat /proc/*/environ
cp ~/.ssh/id_rsa x
grep -r password ~
grep -R x /
find ~ -type f -exec cat {} +
find / -name x | xargs head
env гm x
ls --x=/etc/shadow
cat /etc/shadow
cat .env
cat ~/.s*/id*
cat < ~/.netrc
cat /proc/self/environ
ls | (
echo x > /dev/tcp/1.2.3.4/80
cat < /dev/tcp/1.2.3.4/80
x=/dev/tcp/1.2.3.4/80; cat < $x
cat /dev/watchdog
read -p name x
echo x > /etc/hostname
cp a /usr/local/bin/b
echo x > .git/hooks/pre-commit
cp x ~/.local/bin/ls
cp unit ~/.config/systemd/user/
sed -i s/a/b/ Makefile
vim ~/.bashrc
chmod +x ~/.bashrc
chmod 4755 /usr/bin/env
pass show x
gpg --decrypt x
git push
git -C x push
git remote update
git clone https://example.com/x
git $X origin
npm install x
pip install x
apt-get install x
systemctl restart x
docker run x
crontab -r
kill 1
mount /dev/sda1 /mnt
head -c 9 /dev/sda
rsync -a x host:/y
echo $(curl x)
""".strip("\n").splitlines()
