"""Requests about what texts and pictures say: aishell's own commands for them, shown to the model where a request needs them.

The commands are nobody's common knowledge, so a model never comes to them by itself. An example costs 30 tokens and leads other
requests astray; so it is shown only with a word for the deed and a word, or a file, for what it is done to.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from aishell.planner.examples import Example


class _Way(NamedTuple):
    deed: re.Pattern[str]
    to: re.Pattern[str]
    examples: tuple[Example, ...]


_MOST = 3
_TEXT = re.compile(
    r"(?i)\.(?:txt|md|rst|csv|tsv|jsonl|ndjson|log|html?)\b|\b(?:texts?|letters?|notes?|articles?|e?-?mails?|reviews?|feedback"
    r"|comments?|messages?|tickets?|documents?|paragraphs?|sentences?|this file|customers?|people)\b"
    "|文本|文章|评论|评价|反馈|邮件|信|笔记|文档|留言|工单|顾客|客户|这个文件|这段话"
)
_PICTURE = re.compile(
    r"(?i)\.(?:png|jpe?g|webp|gif|tiff?|bmp)\b|\b(?:scans?|pictures?|photos?|photographs?|images?|screenshots?|receipts?)\b"
    "|图片|照片|截图|扫描|相片|票据|收据"
)
_TABLE = re.compile(r"(?i)\.(?:csv|tsv|jsonl|ndjson|parquet|sqlite3?|db)\b")
_WAYS = (
    _Way(
        re.compile(
            r"(?i)\b(?:averages?|mean|median|totals?|per [a-z]+|by (?:month|year|day)|most|least|highest|lowest|trends?|charts?"
            r"|plots?|graphs?|reports?|compare|share of|percent(?:age)?"
            r"|how many (?!(?:lines|words|characters|bytes|columns|fields)\b))\b"
            "|多少(?!行|字|列)|平均|总|合计|每|最多|最少|最高|最低|趋势|图表|报告|比较|占比|百分"
        ),
        _TABLE,
        (
            Example(
                "which region sold most in sales.csv",
                "aishell report sales.csv 'which region sold most'",
                "",
            ),
            Example("统计 orders.csv 中每个月的平均金额", "aishell report orders.csv '每个月的平均金额'", ""),
        ),
    ),
    _Way(
        re.compile(r"(?i)\btranslat|\binto (?:english|chinese|german|french|spanish|japanese)\b|翻译|译成|译为"),
        _TEXT,
        (
            Example("translate letter.txt into German", "aishell translate --to de --whole letter.txt", ""),
            Example("把 readme.md 翻译成英文", "aishell translate --to en --whole readme.md", ""),
        ),
    ),
    _Way(
        re.compile(r"(?i)\bsummar|\bthe gist\b|\bin (?:a few|two|three) sentences\b|总结|摘要|概括|大意"),
        _TEXT,
        (
            Example("what does minutes.md say, in two sentences", "aishell summarize --sentences 2 minutes.md", ""),
            Example("总结一下 report.txt", "aishell summarize report.txt", ""),
        ),
    ),
    _Way(
        re.compile(r"(?i)\bsentiment|\bmoods?\b|\b(?:un)?happy\b|satisf|\bfeel|\bangry\b|情感|情绪|满意|好评|差评"),
        _TEXT,
        (
            Example(
                "how many of the comments in posts.txt are negative", "aishell sentiment posts.txt | grep -c '^negative'", ""
            ),
            Example("分析 msgs.csv 里留言的情绪", "aishell sentiment msgs.csv", ""),
        ),
    ),
    _Way(
        re.compile(r"(?i)\bclassif|\bcategor|\bcomplain|\btopics?\b|分类|归类|抱怨|投诉|主题"),
        _TEXT,
        (
            Example(
                "what do customers complain about in calls.csv",
                "aishell classify --what topic --labels delivery,price,quality,service,other calls.csv"
                " | cut -f 1 | sort | uniq -c | sort -rn",
                "",
            ),
        ),
    ),
    _Way(
        re.compile(
            r"(?i)\b(?:people|persons|places|towns|companies|organi[sz]ations) (?:are |is )?(?:named|mentioned)|\bentit"
            "|人名|地名|机构|提到"
        ),
        _TEXT,
        (Example("which companies are mentioned in news.txt", "aishell entities --kinds organization news.txt", ""),),
    ),
    _Way(
        re.compile(
            r"(?i)\bsays?\b|\btexts?\b|\bread\b(?!-)|\bwritten\b|\bwords\b|\bocr\b|\bdescribe"
            r"|(?i:\bwhat (?:is (?:in|on)|do(?:es)? .{1,40} show)\b)"
            "|文字|写|说|识别|内容|描述"
        ),
        _PICTURE,
        (
            Example("what does the scan page.png say", "aishell describe --text page.png", ""),
            Example("识别 photo.jpg 里的文字", "aishell describe --text photo.jpg", ""),
        ),
    ),
)


def examples(request: str) -> list[Example]:
    """Up to three, those for the request's own kind last, where the model heeds them most; none for most requests."""
    ways = [way for way in _WAYS if way.deed.search(request) and way.to.search(request)]
    chinese = bool(re.search("[\u4e00-\u9fff]", request))
    found = [sorted(way.examples, key=lambda one: bool(re.search("[\u4e00-\u9fff]", one.request)) == chinese) for way in ways]
    return [example for several in reversed(found) for example in several][-_MOST:]
