"""What is said about a condition that is not met: in English for the model, in the person's language for the person."""

from __future__ import annotations

from typing import Literal

Language = Literal["en", "zh"]

FAULTS: dict[str, dict[Language, str]] = {
    "removes original": {"en": "it should keep the original, but {seen} removes it", "zh": "应保留原文件，但 {seen} 会删除它"},
    "edits original": {
        "en": "it should keep the original, but {seen} edits it in place",
        "zh": "应保留原文件，但 {seen} 会原地修改它",
    },
    "goes below": {"en": "it should not go into subfolders, but {seen} does", "zh": "不应进入子目录，但 {seen} 会进入"},
    "stays above": {"en": "it should go into subfolders, but {seen} does not", "zh": "应包括子目录，但 {seen} 不会进入"},
    "no number": {"en": "it should give a number, but prints none", "zh": "应给出数量，但它什么也不输出"},
    "lists": {"en": "it should give a number, but it lists", "zh": "应给出数量，但它列出了内容"},
    "counts other": {
        "en": "it should count {value}, but {seen} counts something else",
        "zh": "应统计{value}，但 {seen} 统计的是别的",
    },
    "one each": {
        "en": "it should give one total, but it gives a figure for each file",
        "zh": "应给出总数，但它逐个文件给出数字",
    },
    "one for all": {"en": "it should give a figure for each, but it gives one total", "zh": "应分别给出数字，但它只给出总数"},
    "unsorted": {
        "en": "the result should be sorted ({words}), but nothing sorts it",
        "zh": "结果应排序（{words}），但命令没有排序",
    },
    "wrong key": {
        "en": "it should sort by {value}, but {seen} sorts by something else",
        "zh": "应按{value}排序，但 {seen} 按别的排序",
    },
    "wrong direction": {
        "en": "it should sort the other way round ({words}), see {seen}",
        "zh": "排序方向相反（{words}）：{seen}",
    },
    "no limit": {
        "en": "it should stop at what is asked ({words}), but nothing limits it",
        "zh": "应只给出要求的数量（{words}），但命令没有限制",
    },
    "wrong limit": {"en": "the number is not the one asked for ({words}): {seen}", "zh": "数量与要求不符（{words}）：{seen}"},
    "wrong end": {"en": "it takes the wrong end ({words}): {seen}", "zh": "取了相反的一端（{words}）：{seen}"},
    "more than asked": {
        "en": "it gives more than was asked for ({words}): {seen} lines",
        "zh": "输出超过要求（{words}）：{seen} 行",
    },
    "no time": {"en": "it ignores the time ({words})", "zh": "忽略了时间条件（{words}）"},
    "wrong time": {"en": "the time is not the one asked for ({words}): {seen}", "zh": "时间条件与要求不符（{words}）：{seen}"},
    "wrong stamp": {
        "en": "it looks at another time than asked ({words}): {seen}",
        "zh": "查看的时间类型不对（{words}）：{seen}",
    },
    "no size": {"en": "it ignores the size ({words})", "zh": "忽略了大小条件（{words}）"},
    "wrong size": {"en": "the size is not the one asked for ({words}): {seen}", "zh": "大小条件与要求不符（{words}）：{seen}"},
    "rounded size": {
        "en": "find rounds sizes up to whole units, so {seen} finds empty files only; count bytes (c)",
        "zh": "find 会把大小向上取整，{seen} 只会找到空文件；请用字节（c）",
    },
    "not left out": {"en": "it should leave out {value}, but does not", "zh": "应排除 {value}，但没有排除"},
    "hides": {"en": "it should include hidden files, but {seen} leaves them out", "zh": "应包括隐藏文件，但 {seen} 会略过它们"},
    "shows hidden": {
        "en": "it should leave out hidden files, but {seen} includes them",
        "zh": "不应包括隐藏文件，但 {seen} 会包括它们",
    },
    "wrong type": {
        "en": "it should take {value} only, but {seen} takes others",
        "zh": "应只处理{value}，但 {seen} 处理的是别的",
    },
    "heeds case": {"en": "it should ignore case, but {seen} does not", "zh": "应忽略大小写，但 {seen} 没有"},
    "ignores case": {"en": "it should heed case, but {seen} ignores it", "zh": "应区分大小写，但 {seen} 忽略了"},
    "parts of words": {
        "en": "it should match whole words, but {seen} matches parts of words",
        "zh": "应匹配整个单词，但 {seen} 也会匹配单词的一部分",
    },
    "not only empty": {
        "en": "it should take only what is empty, but nothing tests that",
        "zh": "应只处理空的文件或目录，但命令没有检查",
    },
    "no extension": {
        "en": "it should look at .{value} files, but does not name them",
        "zh": "应处理 .{value} 文件，但命令中没有",
    },
    "not named": {"en": "it should name {value}, but does not", "zh": "应使用 {value}，但命令中没有"},
    "not written": {"en": "it should write to {value}, but nothing does", "zh": "应写入 {value}，但命令没有写入"},
    "bare figures": {
        "en": "sizes should be readable for people, but {seen} prints bare figures",
        "zh": "大小应易读，但 {seen} 只输出数字",
    },
    "more than names": {
        "en": "it should give names only, but {seen} gives more",
        "zh": "应只给出文件名，但 {seen} 给出更多内容",
    },
    "names for lines": {
        "en": "it should give lines, but {seen} gives the names of files",
        "zh": "应给出行，但 {seen} 给出的是文件名",
    },
    "no numbers": {"en": "each line should come with its number, but {seen} gives none", "zh": "应带行号，但 {seen} 没有给出"},
    "looks at names": {
        "en": "it should look at what stands in the files, but {seen} looks at their names",
        "zh": "应查看文件内容，但 {seen} 查看的是文件名",
    },
    "duplicates": {"en": "duplicates should be dropped, but nothing drops them", "zh": "应去除重复，但命令没有去重"},
    "other mode": {"en": "the permissions should be {value}, but are not", "zh": "权限应为 {value}，但命令中不是"},
    "overwrites": {
        "en": "it should not overwrite or act without asking, but {seen} does",
        "zh": "不应直接覆盖或不经询问就执行，但 {seen} 会",
    },
    "changes": {
        "en": "the request only asks a question, but {seen} changes something",
        "zh": "请求只是查询，但 {seen} 会做出更改",
    },
    "no action": {"en": "it should {value}, but nothing in it does", "zh": "应{value}，但命令没有这样做"},
    "other action": {
        "en": "it should {value}, but {seen} does something else",
        "zh": "应{value}，但 {seen} 做的是别的",
    },
    "invented name": {"en": "the request does not name {seen}", "zh": "请求中没有提到 {seen}"},
    "invented condition": {"en": "the request does not ask for {seen}", "zh": "请求中没有要求 {seen}"},
    "deletes outside": {"en": "it would delete {seen}, which is not in {value}", "zh": "它会删除 {seen}，不在 {value} 中"},
    "deletes unfitting": {
        "en": "it would delete {seen}, which does not fit the request ({words})",
        "zh": "它会删除 {seen}，与要求不符（{words}）",
    },
    "changes unfitting": {
        "en": "it would change {seen}, which does not fit the request ({words})",
        "zh": "它会更改 {seen}，与要求不符（{words}）",
    },
    "nothing changed": {"en": "it should change something, but changes nothing", "zh": "应做出更改，但什么也没有改变"},
    "no figure": {"en": "it should give a number, but the output has none", "zh": "应给出数量，但输出中没有数字"},
    "output unsorted": {"en": "the output should be sorted ({words}), but is not", "zh": "输出应排序（{words}），但没有排序"},
}
"""Each fault in each language. {words}: of the request; {value}: what was asked for; {seen}: what is there instead."""

CHINESE = {
    "files": "文件",
    "folders": "文件夹",
    "links": "链接",
    "lines": "行数",
    "words": "单词数",
    "characters": "字符数",
    "bytes": "字节数",
    "name": "名称",
    "size": "大小",
    "time": "时间",
    "delete": "删除",
    "copy": "复制",
    "move": "移动",
    "make": "创建",
}
"""Values that are words of ours and no names of the person's."""
