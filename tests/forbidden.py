"""Commands that deceive, and commands that never run from words."""

from __future__ import annotations

DECEIVING = [
    "ls a\u200bb",
    "ls a\u202eb",
    "ls a\u00a0b",
    "echo \U000e0041",
    "echo a\rb",
    "echo \x1b[2J",
    "\u0433m x",
    "A\ufe01",
    "ls \u3164",
    "x\ufe0f",
]

DENY = r"""
rm -rf /
rm -rf /*
rm -fr ~
rm -r -f "$HOME"
sudo rm -rf --no-preserve-root /
rm -rf /etc
rm -rf ../../../../../../../..
dd if=/dev/zero of=/dev/sda
mkfs.ext4 /dev/sda1
cat x > /dev/sda
chmod -R 777 /
chown -R me /etc
:(){ :|:& };:
find / -delete
wipefs -a /dev/sdb
sudo -u root env X=y nice rm -rf /
bash -c 'rm -rf /'
sh -c "bash -c 'rm -rf ~'"
eval 'rm -rf /'
echo 'rm -rf /' | sh
trap 'rm -rf /' EXIT
alias ls='rm -rf /'
xargs rm -rf /
find . -exec rm -rf / +
if true; then rm -rf /; fi
f() { rm -rf /; }
ssh host rm -rf /
watch 'rm -rf /'
timeout 5 rm -rf /
busybox rm -rf /
rm -rf $NOT_SET_ANYWHERE/
rm -rf "$NOT_SET_ANYWHERE"/*
x=; rm -rf $x/
x=/; rm -rf $x
d=/etc; rm -rf "$d"
rm -rf /{bin,etc}
rm -rf /*/
$'rm' -rf /
cd / && rm -rf *
cd ~; rm -rf .
find ~ -type f -delete
rsync -a --delete empty/ /
mv ~/* /tmp
f() { f | f & }; f
echo x >> ~/.bashrc
echo x > "$HOME/.profile"
cd ~; echo x >> .zshrc
cp x ~/.bashrc
cp .bashrc ~
mv evil ~/.ssh/authorized_keys
tee -a ~/.zshenv
sed -i s/a/b/ ~/.bash_profile
rm ~/.bashrc
sudo tee /etc/cron.d/x
echo x > ~/.config/aishell/policy.toml
dd of=/dev/sda if=x
shred /dev/nvme0n1
""".strip("\n").splitlines()
