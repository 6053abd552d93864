"""The words by which clauses, changes, questions and references are told, in English and Chinese."""

from __future__ import annotations

CHANGING = frozenset(
    """
    add append archive back backup build change chmod chown clean clear clone commit compress convert copy correct create
    cut delete disable discard drop edit empty enable encrypt end erase extract fix format generate give grant gzip init
    initialize insert install kill link make mark mend merge modify move pack patch prepend pull push put rebase remove
    rename repair replace reset restart restore revert rotate save set solve split stage start stash stop store strip
    substitute swap switch tag tar terminate throw touch trash truncate turn uncompress undo uninstall unpack untar unzip
    update upgrade wipe write zip
    """.split()
)
"""Verbs of requests that leave something changed."""

REMOVING = frozenset(
    "clean clear delete discard drop erase kill merge remove strip stop throw trash unpack untar unzip uncompress wipe".split()
)

READING = frozenset(
    """
    calculate check collect compare compute count debug describe determine diff display echo examine explain figure find get
    grep identify inspect know list locate look measure output print read report return see search select show sort sum
    summarize tell test total verify view watch
    """.split()
)
"""Verbs of requests to know something."""

ZH_CHANGING = (
    "创建|新建|建立|添加|追加|移动|移到|复制|拷贝|备份|重命名|改名|改成|改为|修改|更改|替换|覆盖|删除|删掉|删去|移除|清空|清理|丢弃|打包|"
    "压缩|解压|提交|合并|切换|推送|拉取|暂存|保存|写入|存到|存入|结束|终止|杀掉|停止|重启|启动|安装|卸载|设置|设为|恢复|撤销|修复|修正|放到|放入|放进"
)
ZH_READING = "显示|列出|统计|查看|查找|找出|找到|搜索|打印|输出|检查|比较|对比|计算|数一下|数数|告诉|看看|确认|排序|提取|读取"
ZH_VERBS = f"{ZH_CHANGING}|{ZH_READING}"

KEEPING = frozenset(
    f"""
    {" ".join(READING)} {" ".join(ZH_READING.split("|"))}
    add append archive back backup commit copy create insert link make mark pack prepend put save set stage store tar touch
    write 创建 新建 建立 添加 追加 复制 拷贝 备份 保存 写入 存到 存入 设置 设为
    """.split()
)
"""Verbs of requests after which nothing that was there is missing."""

REFERRING = r"""(?ix)
    \b(?:it|its|them|they|their|that|those|these|this\ (?:file|folder|one|list|result|output|process|line)
    |the\ (?:same|result|results|output|file|files|folder|archive|copy|list|first|last|second|others?|ones?|process|branch
        |originals?|rest)
    |there|instead|again|also|too|only\ the|just\ the|previous|above|former|latter)\b
    |它|它们|他们|这些|那些|这个|那个|刚才|上面|其中|结果|前者|后者|同样|再|前[一二三四五六七八九十\d]+个"""
"""What points back at something said or done before."""
