"""The words by which people set conditions, in English and Chinese, and where it is cheap in German, French and Spanish.

A pattern that is too narrow loses a check; one that is too wide rejects a right command. So each says as much as it needs.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from aishell.planner.constraints.values import Kind


class Phrase(NamedTuple):
    kind: Kind
    pattern: str
    value: str = ""
    way: Literal["", "less", "more", "up", "down"] = ""


_SUB = r"(?:sub[- ]?(?:dir(?:ector(?:y|ies))?s?|folders?)|child (?:directories|folders))"
_SUBS = r"(?:sub[- ]?(?:dir(?:ectorie)?s|folders)|child (?:directories|folders))"
_EVERY = r"(?:any |all |the |its |their )*"
_PLAIN = r"(?! (?:named|called|of|that|which|like|\S*/))"
_NOT_NEW = "".join(f"(?<!{word} )" for word in "an new ing make create no not non".split())
_ITSELF = r"(?!\s+(?:permission|mode|time|date|owner|group|name|order|format|size|attribute|case|structure|path|quality|encod))"
"""Not only a property of it is to be kept."""
_NOT = r"(?:do(?:es)? not|don't|dont|never|without|not)"
_KINDS = r"(?:regular |normal |plain |empty |hidden |zero-length |text |all |the |of |just |only )*"
_LISTS = r"(?<!not )(?<!n't )\b(?:list|find|show|display|print|search(?: for)?|get|remove|delete|count)\s+(?:out )?"
_ENGLISH = (
    Phrase(
        "keep",
        rf"\b(?:keep(?:ing)?|preserv(?:e|ing)|retain(?:ing)?|leav(?:e|ing))\s+(?:the |its |all )?"
        rf"(?:original|input|source|old)s?\b{_ITSELF}",
    ),
    Phrase(
        "keep",
        rf"\b{_NOT} (?:remov|delet|chang|modify|alter|touch|los|overwrit)\w* (?:the )?(?:original|source|input)\b{_ITSELF}",
    ),
    Phrase("keep", r"\b(?:not|without(?: editing)?) in[- ]place\b"),
    Phrase("shallow", rf"\b{_NOT}\b[^.;]{{0,30}}\brecurs\w+\b(?! into)"),
    Phrase("shallow", rf"\b{_NOT}\b[^.;]{{0,30}}\bdescend\w*(?: in(?:to)? {_EVERY}{_SUB})?\s*(?:$|[,.;)])"),
    Phrase(
        "shallow",
        rf"\b{_NOT}\b (?:\w+ ){{0,2}}?(?:search|includ|look|enter|go|travers|consider|visit|check|scan|process|list|touch)\w* "
        rf"(?:\w+ ){{0,2}}?{_EVERY}{_SUB}\b{_PLAIN}",
    ),
    Phrase("shallow", rf"\b(?:exclud(?:e|ing)|ignor(?:e|ing)|skip(?:ping)?) {_EVERY}{_SUB}\b{_PLAIN}"),
    Phrase("shallow", rf"\bnot (?:the ones |those )?(?:in|into|from|inside|within|under|below) {_EVERY}{_SUB}\b{_PLAIN}"),
    Phrase("shallow", rf"\b(?:without|except(?: for)?(?: (?:in|those in))?|leav(?:e|ing) out) {_EVERY}{_SUB}\b{_PLAIN}"),
    Phrase("shallow", r"\b(?:this|the current) (?:directory|folder) (?:only|alone)\b"),
    Phrase(
        "shallow",
        r"\bnon-?recursive(?:ly)?\b|\btop[- ]level (?:directory |folder |files )?only\b|\bcurrent (?:directory"
        r"|folder) only\b",
    ),
    Phrase("shallow", r"\b(?:only|just) (?:in |inside |within )(?:this|the current|the top[- ]level) (?:directory|folder)\b"),
    Phrase("deep", r"(?<!no-)(?<!non-)(?<!non )\brecursive(?:ly)?\b"),
    Phrase("deep", rf"\b(?:and|including|with|plus) (?:all |in |its |their |the |any )*{_SUBS}\b(?! (?:of|in|that|named))"),
    Phrase("deep", r"\bat any (?:depth|level)\b|\band below\b|\bbelow the\b|\bdownwards?\b|\b(?:directory|folder) tree\b"),
    Phrase("total", r"\b(?:total|overall|combined|altogether|in total|sum of)\b"),
    Phrase("total", r"\bhow (?:big|large|long|much|many)\b.{0,60}\b(?:together|in all)\b"),
    Phrase("total", r"\bcounts? all (?:the |of the )?(?:lines|words|characters)\b"),
    Phrase("each", r"\b(?:each|every|per)\b"),
    Phrase(
        "hidden",
        r"\b(?:exclud(?:e|ing)|ignor(?:e|ing)|skip(?:ping)?|without|no|not|non|except)[ -](?:the |any "
        r"|all )?(?:hidden|dot[- ]?files?)\b",
        "",
        "less",
    ),
    Phrase("hidden", r"\b(?:includ(?:e|ing)|with|also|even) (?:the |all |any )?(?:hidden|dot[- ]?files?)\b", "", "more"),
    Phrase(
        "hidden", r"\b(?:and|also|all) (?:the )?hidden\b|(?:list|show|display|find) (?:only )?(?:the )?hidden\b", "", "more"
    ),
    Phrase("type", rf"{_LISTS}{_KINDS}(?:sub-?)?(?:directories|folders)\b(?!\s*\x01)(?!\s*(?:/|,|and|or)\s*files)", "folders"),
    Phrase("type", rf"{_LISTS}{_KINDS}(?:symbolic |sym|soft ?)links\b", "links"),
    Phrase("type", r"\b(?:only|regular|just) files\b|\bfiles only\b", "files"),
    Phrase(
        "case",
        r"\bcase[- ]?insensitiv(?:e|ely|ity)\b|\bignor(?:e|ing) (?:the )?case\b|\b(?:regardless of|without regard to) case\b",
        "",
        "less",
    ),
    Phrase("case", r"(?<!not )\bcase[- ]sensitive(?:ly)?\b", "", "more"),
    Phrase("word", r"\b(?:whole|entire|exact|full) words?\b"),
    Phrase(
        "empty",
        rf"{_NOT_NEW}\b(?:empty|zero[- ](?:length|byte|size)d?|0[- ]byte) files\b",
        "files",
    ),
    Phrase(
        "empty",
        rf"{_NOT_NEW}\bempty (?:sub)?(?:directories|folders|dirs)\b",
        "folders",
    ),
    Phrase("empty", r"\bsize (?:of )?(?:0|zero)(?: bytes?)?\b|\bof (?:0|zero) (?:size|bytes?)\b", "files"),
    Phrase("human", r"\bhuman[- ]?(?:readable|friendly)\b"),
    Phrase("names", r"\b(?:only|just) (?:the |their )?(?:file ?|base ?)?names?\b(?! (?:of|is|that))"),
    Phrase(
        "lines",
        r"^\W*(?:show|print|list|display|find|get|output)s? (?:me )?(?:all |of |the |every |any )*lines\b(?! numbers?)",
    ),
    Phrase(
        "numbered",
        r"\b(?:with|and|plus|including|showing|by|their|its) (?:(?:the|their|its|file ?names?|and) ){0,3}line numbers\b",
    ),
    Phrase(
        "content",
        r"(?<!name )(?<!names )(?<!path )(?<!paths )\bcontain(?:s|ing)? (?:the |a )?"
        r"(?:strings?|texts?|words?|phrase|pattern|lines?)\b",
    ),
    Phrase(
        "unique", r"\b(?:unique|distinct|different) (?:lines|words|values|names|entries|ips?|addresses|users?|extensions)\b"
    ),
    Phrase(
        "unique",
        r"\bwithout (?:any )?duplicates\b|\b(?:remov|delet|eliminat|discard|dropp?)(?:e|ing)? (?:the |all "
        r"|any )?duplicates?\b(?! files)",
    ),
    Phrase("careful", r"\b(?:do not|don't|without|never|not) overwrit\w+"),
    Phrase("careful", r"\b(?:ask(?:ing)?|prompt(?:ing)?|confirm(?:ing|ation)?) (?:\w+ ){0,3}(?:before|prior)\b"),
)
_CHINESE = (
    Phrase(
        "keep",
        r"保留(?:原|源|旧)(?:始|来的)?(?:文件|件|档)(?![名的夹])|不(?:要|能)?(?:删除|修改|改动|改变|覆盖)(?:原|源)(?:始)?(?:文件|件)?",
    ),
    Phrase(
        "shallow",
        r"(?:不要?|无需|别)(?:再)?(?:递归|深入|(?:去)?(?:搜索|包括|包含|进入|查找|遍历|搜|含)(?:其|任何|它的|下面的)?子(?:目录|文件夹))",
    ),
    Phrase(
        "shallow",
        r"子(?:目录|文件夹)(?:里|中|内|下)?(?:面)?的?(?:文件)?(?:都)?(?:不要?动|不要?删|除外|保留|不算)|不含子(?:目录|文件夹)",
    ),
    Phrase("shallow", r"非递归|(?:仅限?|只限?)(?:于)?(?:在|查找|搜索|看)?(?:当前|本)(?:目录|文件夹)|忽略子(?:目录|文件夹)"),
    Phrase("deep", r"递归|(?:包括|包含|及其?|以及|和|连同)(?:所有|其|它的)?(?:下?的)?子(?:目录|文件夹)|目录树|各级子目录"),
    Phrase("total", r"总(?:数|大小|共|计|和|行数|字数|量)|一共|合计"),
    Phrase("each", r"每(?:个|一|条|行)?|各(?:个|自)?|分别"),
    Phrase("hidden", r"(?:不(?:包括|包含|含|要|显示)|忽略|排除|除了?)(?:任何)?隐藏", "", "less"),
    Phrase("hidden", r"(?:包括|包含|连同|含|以及|和)(?:所有)?(?:的)?隐藏|(?:列出|显示|查找)(?:所有)?(?:的)?隐藏", "", "more"),
    Phrase(
        "type",
        r"(?:列出|查找|找出|显示|打印|删除|搜索)[^,，。]{0,24}?(?:的|所有|全部)(?:空|子|隐藏)?(?:目录|文件夹)(?=[,，。;；]|$)",
        "folders",
    ),
    Phrase("type", r"(?:只|仅)(?:列出|查找|显示|要)?(?:普通)?文件(?!名|夹)|普通文件", "files"),
    Phrase("type", r"(?:列出|查找|找出|显示)[^,，。]{0,12}(?:符号|软)链接", "links"),
    Phrase("case", r"(?:不区分|忽略|不分)大小写", "", "less"),
    Phrase("case", r"(?<!不)区分大小写", "", "more"),
    Phrase("word", r"(?:整个|完整(?:的)?|全)(?:单)?词(?:匹配)?"),
    Phrase(
        "empty",
        r"(?<!个)(?<!建)(?<!除)(?<!略)(?<!非)空(?:白)?文件(?!夹)|(?:大小为|长度为)\s*(?:0|零)|(?<!\d)0\s*字节的?文件",
        "files",
    ),
    Phrase("empty", r"(?<!个)(?<!建)(?<!除)(?<!略)(?<!非)空(?:的)?(?:子)?(?:目录|文件夹)", "folders"),
    Phrase("human", r"人类可读|易读|可读(?:的)?(?:格式|形式|单位)|便于阅读"),
    Phrase("lines", r"^\W*(?:显示|打印|列出|查找|找出|输出)[^,，。]{0,40}的(?:所有|全部)?行(?:[。，,]|$)"),
    Phrase("numbered", r"(?:带|和|及|并|显示|附|包括|连同)[^,，。]{0,8}行号"),
    Phrase("names", r"(?:只|仅)(?:显示|列出|输出|打印|要)?(?:文件)?名(?!为|叫)"),
    Phrase(
        "content",
        r"(?<!名)(?<!名称)(?<!名字)(?<!名中)(?<!路径)(?:包含|含有)(?:字符串|文本|单词|文字)|内容(?:中|里)?(?:包含|含有)",
    ),
    Phrase("unique", r"去重|不重复|去除重复|去掉重复|唯一的(?:行|值|单词|用户|IP)"),
    Phrase(
        "careful",
        r"(?:不(?:要|能|可)?|别|避免)覆盖(?!原)|(?:删除|覆盖|移动)?(?:之)?前(?:先)?(?:询问|确认|提示)|(?:先|逐个)(?:询问|确认)",
    ),
)
_EUROPEAN = (
    Phrase(
        "keep",
        r"\boriginal(?:datei)?e?n? behalten\b|\b(?:gard|conserv)(?:er|ez|e|ant) (?:le fichier )?(?:l')?original\b"
        r"|\b(?:conserva|mantén|mantener|manteniendo)\w* (?:el )?original\b",
    ),
    Phrase(
        "shallow",
        r"\b(?:nicht rekursiv|ohne unterordner|ohne unterverzeichnisse|sans (?:les )?sous-dossiers"
        r"|sin (?:las )?subcarpetas|no recursiv)",
    ),
    Phrase(
        "deep",
        r"(?<!nicht )(?<!no )\b(?:rekursiv|récursiv|recursiva)|\b(?:mit|und) (?:allen )?unterordnern?\b"
        r"|\bsous-dossiers compris\b",
    ),
    Phrase(
        "case",
        r"\bgroß-? ?(?:und|/) ?kleinschreibung (?:ignorieren|egal)|\bsans (?:tenir compte de )?la casse\b"
        r"|\bsin distinguir mayúsculas",
        "",
        "less",
    ),
    Phrase("careful", r"\b(?:nicht überschreiben|ne pas écraser|sin sobrescribir|no sobrescrib)"),
)

PHRASES = tuple((phrase, re.compile(phrase.pattern, re.I)) for phrase in (*_ENGLISH, *_CHINESE, *_EUROPEAN))
"""Compiling these and the other 40 patterns of this package takes 23 ms, once, while the model computes anyway."""

COUNTS = re.compile(
    r"""(?ix)
    ^\W*(?:please\s+|only\s+|just\s+)*counts?\b(?!\s+of\s+\w+\s+set)
    | \bhow\s+many\b
    | \b(?:print|show|display|get|find|tell\s+me|output|calculate|give|return|report|what\s+is
    |what's)s?\s+(?:me\s+)?(?:only\s+|just\s+)?
      (?:the\s+|a\s+)?(?:total\s+)?(?:number|count)\s+of\b(?!\s+each)
    | \b(?:only|just)\s+(?:the|a)\s+(?:count|number)\b
    | 多少(?:个|行|次|条|种|字|文件|目录)|有几(?:个|行)|(?:统计|计算|显示|输出|打印)[^,，。;；]{0,40}?
      (?:数量|个数|行数|单词数|字数|总数|次数)(?!的)
    | \bwie\s+viele\b | \bcombien\s+de\b | \bcuánt[oa]s\b
    """
)
"""A number is asked for, and not a list. "Set the number of threads" is not it."""

COUNTED = (
    ("lines", re.compile(r"(?i)\blines\b|行")),
    ("words", re.compile(r"(?i)\bwords\b|单词")),
    ("characters", re.compile(r"(?i)\bcharacters?\b|字符")),
    ("bytes", re.compile(r"(?i)\bbytes?\b|字节")),
)

_ENGLISH_READS = """
    list show display print find count search check tell calculate get look give\\s+me view compare locate which what where
    who when how is are does do determine report read identify
    """.split()
_CHINESE_READS = """
    列出 显示 查看 查找 打印 找出 找到 统计 计算 搜索 检查 比较 哪 什么 谁 看 输出 有没有 有多少 多少
    """.split()
_EUROPEAN_READS = """
    zeige? finde liste welche wie was wo affiche[rz]? trouve[rz]? lister? quel combien muestra busca cuánt qué
    """.split()
_ENGLISH_CHANGES = """
    delet remov eras clean clear purg wip drop mov renam chang mak creat writ sav stor replac convert edit updat install
    uninstall unlink kill stop terminat truncat append add set copy copi cop compress archiv extract
    uncompress decompress unpack unzip zip gzip grant giv allow assign
    split merg fix modif encrypt decrypt download touch insert apply enabl disabl restart start mount strip trim reset undo
    revert substitut swap put shred execut run redirect output backup link symlink generat transform
    empty\\s+(?:the|it|them|out) get\\s+rid back\\s+up
    """.split()
_CHINESE_CHANGES = """
    删 移 清 改 建 写 存 替换 换 转 编辑 更新 安装 卸 杀 停 终止 结束 追加 添加 设 复制 拷 压缩 归档 打包 解 分割 合并 修 加
    下载 插入 应用 启 禁 挂载 执行 运行 备份 链接 生成 去 命名 导出 输出到 重定向
    """.split()
_EUROPEAN_CHANGES = """
    lösch entfern verschieb umbenenn änder erstell schreib speicher ersetz kopier komprimier entpack install beend
    supprim effac déplac renomm chang modif cré écri enregistr remplac copi compress extrai arrêt
    borra elimin muev mover renombr cambi modific crea escrib guard reemplaz copia comprim extrae instal det[eé]n mat[ae]
    """.split()
_ENGLISH_CHANGE = rf"\b(?:{'|'.join(_ENGLISH_CHANGES)})(?:e|es|ing|s|y|ies|t|ping|ting|le|les)?\b"
QUESTIONS = tuple(
    (re.compile(reads, re.I), re.compile(changes, re.I))
    for reads, changes in (
        (rf"^\W*(?:please\s+|can\s+you\s+|could\s+you\s+)?(?:{'|'.join(_ENGLISH_READS)})s?\b", _ENGLISH_CHANGE),
        (rf"^\W*(?:请|帮我|麻烦)*(?:{'|'.join(_CHINESE_READS)})", rf"{'|'.join(_CHINESE_CHANGES)}|{_ENGLISH_CHANGE}"),
        (rf"^\W*(?:{'|'.join(_EUROPEAN_READS)})\w*", rf"\b(?:{'|'.join(_EUROPEAN_CHANGES)})\w*"),
    )
)
"""How a question begins, and any word that may ask for a change all the same. The latter is wide on purpose: a request is a
mere question only when none is in it. A past participle asks for nothing: "files modified today"."""
CHANGED = re.compile(r"(?:修改|更改|改动|改变|创建|安装|删除|更新|挂载|运行)(?:过|了|的|时间|日期|中)")
"""The same in Chinese, where the verb alone does not tell."""

_TO_DELETE = r"deletes?|removes?|erases?|wipes?(?: out)?|discards?|trash|throws? (?:away|out)|gets? rid of"

ACTIONS = (
    (
        "delete",
        re.compile(
            rf"(?i)^\W*(?:please )?(?:recursively )?(?:{_TO_DELETE}) (?:all |the |every |any "
            r"|only )?(?:\S+ ){0,3}?(?:files?|folders?|director(?:y|ies))\b"
            r"(?!.*\bfrom\b.{0,30}\b(?:path|names?|string|list|output|lines?)\b)"
            rf"|^\W*(?:please )?(?:{_TO_DELETE}) (?:the )?(?:file |folder |directory )?(?:[\w-]+/)*[\w-]+\.[a-z]\w*\b(?! from)"
            r"|^\W*(?:请|递归)?(?:地)?删除(?!.{0,20}(?:行|列|字符|空格|空白))"
        ),
    ),
    (
        "copy",
        re.compile(
            r"(?i)^\W*(?:please )?(?:recursively )?cop(?:y|ies)\b(?! (?:\S+ ){0,4}clipboard)|(?:^|把|将)\S{0,40}(?:复制|拷贝)到"
        ),
    ),
    (
        "move",
        re.compile(
            r"(?i)^\W*(?:please )?moves? (?:all |the |every |any )?(?:\S+ ){0,3}?(?:files?|folders?|director(?:y"
            r"|ies))\b|移动到|移到"
        ),
    ),
    (
        "make",
        re.compile(
            r"(?i)^\W*(?:please )?(?:create|make)s? (?:a |an |the |new |empty )*(?:director(?:y|ies)|folders?)\b"
            r"|^\W*(?:请)?(?:创建|新建)\S{0,12}?(?:目录|文件夹)"
        ),
    ),
)
