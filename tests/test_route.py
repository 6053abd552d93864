"""Which lines are for the shell and which are words: a table, decided without a model."""

from __future__ import annotations

import pytest

from aishell.planner.route import route

# What a machine of this table has installed. Many are English verbs and nouns: that is the difficulty.
COMMANDS = frozenset(
    """
    ls cat find grep sort cut head tail wc du df ps top kill make git docker python python3 pip apt npm tar zip unzip who w
    which whereis date cal time watch free uptime file stat touch mkdir rm cp mv ln chmod chown sudo ssh scp curl wget ping
    host dig less more man vim nano open split join paste look write install test yes env xargs sed awk tr uniq diff tree
    history clear reset id users last apropos at batch print say node cargo go systemctl journalctl rsync nice nohup sleep
    jq column killall pkill convert play sum strings link size bash sh edit service mount ss lsof
    """.split()
)
FILES = frozenset({"README.md", "src", "notes.txt", "main.py", "/etc", "/var/log", "/etc/hosts", "logs", "/tmp", "data.csv"})

SHELL = r"""
ls
ls -la
ls src
ls /etc
cd ..
cd /tmp
cd
find . -size +1M
find . -name '*.py' -exec wc -l {} +
find /etc -type f
find src
who
who -a
who am i
w
kill 123
kill -9 123
kill %1
make
make test
make all
make all install
make -j4
make clean install
git status
git commit -m "fix the bug in the parser"
git add .
git log --oneline
git diff HEAD~1 README.md
git show files
git checkout -b new-feature
docker ps -a
docker run --rm -it debian bash
docker images
grep -r TODO src
grep error notes.txt
grep the notes.txt
sort notes.txt
sort -u notes.txt | head
cut -d, -f1 data.csv
head -n 5 notes.txt
tail -f /var/log
cat README.md
cat notes.txt main.py
echo hello world
echo this is all of the text in my file
echo 你好 世界
printf '%s\n' what is this
python3 main.py
python -c 'print("hello")'
pip install requests
apt list
apt install nginx
npm run build
sudo apt update
sudo -i
sudo ls /root
env FOO=1 make test
FOO=bar make
x=5
PATH=$PATH:/opt/bin
for f in *.txt; do echo "$f"; done
for i in 1 2 3; do sleep 1; done
while true; do date; sleep 5; done
if [ -f notes.txt ]; then cat notes.txt; fi
if true; then echo yes; fi
case $x in a) echo b;; esac
[ -f notes.txt ] && cat notes.txt
[[ -d src ]] && ls src
(cd src && ls)
{ ls; pwd; }
$EDITOR notes.txt
./run.sh
./configure --prefix=/usr
/usr/bin/env python3
~/bin/tool
test -f notes.txt
test a = b
date
date +%F
date -d yesterday
time make test
time ls
watch -n 1 free
free
free -h
top
top -b -n 1
history
history 20
cp a b
cp notes.txt backup.txt
mv a b
rm -rf build
rm foo
touch a b c
mkdir new
mkdir new folder
mkdir -p a/b/c
man ls
man find
which python3
which python pip
type ls
help
help cd
export EDITOR=vim
alias ll='ls -l'
source ~/.bashrc
. ./env.sh
set -e
sleep 10
true
false
:
ssh user@host
ssh host
ping example.com
curl https://example.com/a?b=c
wget -q https://example.com/all-of-the-files.zip
tar xzf a.tar.gz
ls | wc -l
ls > all.txt
cat < notes.txt
ls && pwd
ls; pwd
ls &
! true
exit
exit 3
yes
cal 2026
cal march 2026
uptime
id root
last root
jq .name data.json
diff main.py notes.txt
xargs -n1 echo
echo "who is there?"
systemctl status nginx
journalctl -u nginx --since today
vim notes.txt
cat 笔记.txt
mkdir 新文件夹
git commit -m "修复所有的错误"
grep 错误 notes.txt
ls src logs
find logs -mtime -1
wc -l notes.txt main.py
du -sh src
df -h /
stat README.md
rsync -a src/ /tmp/backup/
bash -c 'echo all of my files'
sh run.sh
!find my big files
!echo hi
#just a comment
""".strip("\n").splitlines()

WORDS = r"""
find my big files
find all python files
find files larger than 10 MB
find the largest file in /var/log
find files > 1GB in my home
find duplicates in this folder
find everything I changed yesterday
who is logged in
who is using port 8080?
who has the most processes
kill the server on 8080
kill all node processes
kill firefox
kill process 123
make it faster
make a backup of src
make the script executable
make me a sandwich
sort these by size
sort notes.txt by length of line
sort the files by date
cut the first column of data.csv
head of the file please
tail the log and show errors
cat all the logs
show the 5 largest files under /usr/share
list files
what is my ip address
what's eating my disk
how many lines contain error
how do I exit vim
which process is using port 80
which python is used here
time it takes to boot
date of the last commit
date in Tokyo
free up some disk space
free memory
top 10 memory hungry processes
top processes by cpu
watch the logs for errors
file name of the newest log
test whether the server is up
install nginx
install the latest version of node
split data.csv into 10 parts
join the two files on the first column
open the readme
write a script that renames photos
look for the word error in main.py
less verbose output please
more details about this folder
print the first 10 lines of notes.txt
print hello ten times please
help me find my keys
help me
git what changed since yesterday
git undo my last commit
git commit all my changes
docker list running containers
docker remove all stopped containers
zip the folder src
unzip all archives here
tar up my project without the build folder
ping google to see if i am online
ssh into the server and restart nginx
chmod all scripts so they are executable
rename all jpg files to lower case
delete every file in /tmp
remove empty folders
copy notes.txt to /tmp
cp all the photos to /tmp
mv my downloads into a new folder
rm all the log files older than a week
rm everything in /tmp
touch a new file called x
mkdir a folder for my photos
cd to my projects folder
ls all files larger than 1M
ls only the folders here
ls the newest 5 files
du of every folder sorted by size
df in gigabytes
ps of all my processes
grep the logs for errors
history of changes to main.py
uptime in seconds
last 10 logins of root
last 5 commits
for each file print its name
for all txt files count the lines
if there is a readme show it
while you are at it delete the logs
sudo make me a sandwich
sudo restart the web server
time how long the tests take
nice way to see my memory
count lines in all python files
compress the src folder
download https://example.com/a.zip
convert all png to jpg here
python is slow today why
echoing all of this
cal for next month
users that are logged in
history from yesterday
sleep well
size of this folder
strings in main.py that look like passwords
列出所有大文件
查找大于100M的文件
显示内存使用情况
今天天气怎么样
把所有jpg文件压缩成zip
统计代码行数
谁登录了这台机器
删除空文件夹
find 大于100M的文件
ls 所有的大文件
git 提交所有修改
kill 占用8080端口的进程
docker 怎么列出所有容器
python 怎么安装
tail 最新的日志
/etc 下有多少文件
帮我把 notes.txt 复制到 /tmp
mostra i file più grandi
zeige mir die größten Dateien
¿cuánto espacio queda?
Find my files
Make it so
?ls
?make test
？列出文件
Is there a file called notes.txt?
""".strip("\n").splitlines()


def where(line: str) -> str:
    return route(line, COMMANDS.__contains__, FILES.__contains__).where


@pytest.mark.parametrize("line", SHELL)
def test_a_command_is_never_taken_for_words(line: str) -> None:
    assert where(line) == "shell"


@pytest.mark.parametrize("line", WORDS)
def test_a_sentence_goes_to_the_planner(line: str) -> None:
    assert where(line) == "words"


def test_the_table_is_as_long_as_promised() -> None:
    assert len(SHELL) + len(WORDS) >= 150


def test_marks_are_taken_off_and_negation_is_not() -> None:
    def text(line: str) -> str:
        return route(line, COMMANDS.__contains__, FILES.__contains__).text

    assert text("!find my big files") == "find my big files"
    assert text("?ls") == "ls"
    assert text("！ls") == "ls"
    assert text("! true") == "! true"


def test_the_same_words_are_operands_when_they_name_files() -> None:
    assert route("cat all the logs", COMMANDS.__contains__, {"all", "the", "logs"}.__contains__).where == "shell"
