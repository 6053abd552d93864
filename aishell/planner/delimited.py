"""Tables with a separator of their own and a line of titles: shown one, a small model takes blanks for it all the same."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SEPARATORS = (";", "\t", "|", ",")
_AWK = re.compile(r"(?<![\w./-])([gm]?awk)((?:\s+-v\s+\S+)*)(\s+)'([^']*)'(?=\s|$)")
_COMPARING = re.compile(
    r"(?<![\w./-])([gm]?awk\s+-F\s*\S+(?:\s+-v\s+\S+)*\s+')(\s*)([^'{}]*\$\d[^'{}]*?(?=\s*\{)|(?=\{\s*if\s*\(\$\d))(?=[^']*'(?:\s|$))"
)
"""A program that knows the separator, and begins by comparing a field, as where the largest is looked for."""
_FIELD = re.compile(r"\$(?:[2-9]|1\d|NF\b)|\$1\b(?!\d)")
_OWN_FIELDS = re.compile(r"\bFS\s*=|\bsplit\s*\(|\bFPAT\b|\bmatch\s*\(")
_CUT = re.compile(r"(?<![\w./-])(cut)((?:\s+-[fs]\s*\S+|\s+-s)*)\s+-d\s*(?:'[^']*'|\"[^\"]*\"|\\?\S)")
_COLUMN = re.compile(r"(?<![\w./-])(column)(\s+-\w*t\w*)(?!\S|[^|;&\n]*\s(?:-\w*s|--separator))")
_BACK = re.compile(r"\s>\s*(\S+)\s*&&\s*mv\s+(?:-\w+\s+)?\1\s+")
"""`... > OTHER && mv OTHER FILE`: what comes out is the table anew."""
_SWAPS = re.compile(r"\b(?:swap|exchang|switch)|交换|互换|对调", re.I)
_TWO = re.compile(r"((?:BEGIN\s*\{[^}]*\}\s*)?)\{\s*print\s+\$(\d+)\s*,\s*\$(\d+)\s*;?\s*\}\s*")
_COLUMNS = re.compile(r"\s*\{\s*print\s+\$\d+(?:\s*,\s*\$\d+)*\s*;?\s*\}\s*")
"""A program that only chooses among them."""
_SORT = re.compile(r"(?<![\w./-])(sort)((?:\s+-(?!t)\S+)*\s+-k\s*[2-9]\S*)")
_WHOLE_SORT = re.compile(r"\s*(sort(?:\s+(?:-[bdfgnrshVk\d,.t]\S*|'[^']*'|\d\S*|\S(?=\s)))*)\s*$")
"""`sort` with its options, as far as its file; without -u, -o, -c and -m, where the titles are another matter."""
_NO_TITLES = re.compile(
    r"\b(?:without|no|skip\w*|omit\w*|drop\w*|ignor\w*)\b[^,.;]{0,12}\b(?:header|heading|titles?)|(?:不含|不要|去掉|跳过)表头",
    re.I,
)
_SORT_BY = re.compile(
    r"(?:please\s+)?sort\s+(?:the\s+)?(?:(?:rows|lines|entries|records)\s+(?:of|in)\s+)?(?P<file>\S+)\s+by\s+(?:the\s+)?(?:column\s+)?"
    r"(?P<by>[\w -]+?)(?:\s+column)?(?P<how>(?:[,\s]+(?:and|in|but|order|numerically|alphabetically"
    r"|(?:a|de)scending(?:ly)?|largest|smallest|highest|lowest|first|keep(?:ing)?|with|the|its|header|on|at|top))*)\s*"
    r"|(?:请)?(?:把|将|对)?\s*(?P<zh>\S+?)\s*(?:里的|中的|的)?(?:行|记录)?\s*按照?\s*(?P<zh_by>[\w-]+?)\s*列?(?P<zh_how>(?:从大到小|从高到低|从小到大|从低到高|降序|升序|倒序)?)"
    r"\s*(?:排序|排列)\s*",
    re.I,
)
_DOWN = re.compile(r"descending|largest|highest|从大到小|从高到低|降序|倒序", re.I)
_NUMBER = re.compile(r"\s*[-+]?[\d.,]*\d%?\s*")
_EVERY_LINE = re.compile(r"\s*\{")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    file: str
    separator: str
    titles: tuple[str, ...]
    """Empty when the first line is none of titles."""
    numbers: frozenset[int] = frozenset()
    """Columns, the first being 1, that hold numbers as far as was seen."""
    columns: int = 0


def table(file: str, beginning: str) -> Table | None:
    """What the first lines of a file tell; None when they are no table, or blanks separate its columns."""
    lines = [line for line in beginning.splitlines() if line.strip()]
    if len(lines) < 2:
        return None
    for separator in _SEPARATORS:
        rows = [line.split(separator) for line in lines]
        if len(rows[0]) > 1 and len({len(row) for row in rows}) == 1:
            numbers = any(_NUMBER.fullmatch(cell) for row in rows[1:] for cell in row)
            titled = numbers and not any(_NUMBER.fullmatch(cell) for cell in rows[0])
            titles = tuple(cell.strip().strip('"').lower() for cell in rows[0]) if titled else ()
            columns = enumerate(zip(*rows[1:], strict=True), 1)
            counted = frozenset(at for at, cells in columns if all(cell and _NUMBER.fullmatch(cell) for cell in cells))
            return Table(file=file, separator=separator, titles=titles, numbers=counted, columns=len(rows[0]))
    return None


def mended(command: str, request: str, about: Table) -> str:
    """`command` with that separator and without the titles, where it reads the table itself."""
    if ordered := _sorted_by(request, about):
        return ordered
    reads = rf"(?:\s+['\"]?{re.escape(about.file)}['\"]?(?=\s|$))"
    back = re.search(rf"{_BACK.pattern}['\"]?{re.escape(about.file)}['\"]?\s*$", command)
    if len(re.findall(reads, command)) != (2 if back else 1):
        return command
    anew = back is not None
    if anew or _SWAPS.search(request):  # it knows the separator, and still forgets it, or the other columns, in what it writes
        command = re.sub(rf"(?<![\w./-])([gm]?awk)\s+-F\s*(['\"]?){re.escape(about.separator)}\2(?=\s)", r"\1", command)
    command = _AWK.sub(lambda m: _awk(m, request, about, anew=anew) if _is_its(command, m.end(), reads) else m[0], command)
    if about.titles and "NR" not in command and not back:
        command = _COMPARING.sub(
            lambda m: f"{m[1]}{m[2]}NR>1{f' && ({m[3]})' if m[3] else ' '}" if _reads_it(command, m, reads) else m[0], command
        )
    quoted = _quoted(about)
    command = _CUT.sub(lambda m: f"{m[1]}{m[2]} -d{quoted}" if _is_its(command, m.end(), reads) else m[0], command)
    command = _COLUMN.sub(lambda m: f"{m[1]} -s{quoted}{m[2]}" if _is_its(command, m.end(), reads) else m[0], command)
    command = _SORT.sub(lambda m: f"{m[1]} -t{quoted}{m[2]}" if _is_its(command, m.end(), reads) else m[0], command)
    return _with_titles_first(command, request, about, reads)


def _sorted_by(request: str, about: Table) -> str:
    """The command for a request that says no more than by which column the table is to be sorted; empty for any other."""
    match = _SORT_BY.fullmatch(request.strip().rstrip(".。"))
    file, by, how = (match["file"], match["by"], match["how"]) if match and match["file"] else ("", "", "")
    if match and match["zh"]:
        file, by, how = match["zh"], match["zh_by"], match["zh_how"]
    if file != about.file or by.lower() not in about.titles:
        return ""
    at = about.titles.index(by.lower()) + 1
    order = f"sort -t{_quoted(about)} -k{at},{at}{'n' if at in about.numbers else ''}{'r' if _DOWN.search(how) else ''}"
    return _titles_first(order, about)


def _with_titles_first(command: str, request: str, about: Table, reads: str) -> str:
    """A sort of the whole file leaves its titles where they are."""
    file = re.search(reads, command)
    order = _WHOLE_SORT.match(command[: file.start()]) if file and about.titles else None
    if not file or not order or " -k" not in order[1]:
        return command
    rest = command[file.end() :].strip()
    if rest.startswith("|") or _NO_TITLES.search(request):
        return f"tail -n +2 {about.file} | {order[1]} {rest}".rstrip()
    return command if rest and not rest.startswith(">") else f"{_titles_first(order[1], about)} {rest}".rstrip()


def _titles_first(order: str, about: Table) -> str:
    return f"{{ head -n 1 {about.file}; tail -n +2 {about.file} | {order}; }}"


def _quoted(about: Table) -> str:
    return {"\t": "$'\\t'"}.get(about.separator, f"'{about.separator}'")


def _is_its(command: str, end: int, reads: str) -> bool:
    """Whether the program that ends there is given the file: behind it, or by a pipe from `cat FILE` or `tail -n +2 FILE`."""
    own, _, _ = re.sub(r"'[^']*'", lambda match: match[0].replace("|", "/"), command[end:]).partition("|")
    if re.search(reads, own):
        return True
    return re.search(rf"(?:\bcat|\btail\s+-n\s*\+2|\bsed\s+'?1d'?){reads}\s*\|[^|]*$", command[:end]) is not None


def _reads_it(command: str, match: re.Match[str], reads: str) -> bool:
    return _is_its(command, command.index("'", match.end()) + 1, reads)


def _awk(match: re.Match[str], request: str, about: Table, *, anew: bool) -> str:
    """`anew`: what comes out is put in the place of the table, so it has titles and that separator again."""
    program, settings, blank, code = match.groups()
    if not _FIELD.search(code) or _OWN_FIELDS.search(code):
        return match[0]
    if two := _TWO.fullmatch(code) if about.columns > 2 and _SWAPS.search(request) else None:
        code = f"{two[1]}{{ kept = ${two[2]}; ${two[2]} = ${two[3]}; ${two[3]} = kept; print }}"
    elif about.titles and _EVERY_LINE.match(code) and "NR" not in code and not (anew and _COLUMNS.fullmatch(code)):
        code = f"{'NR==1 {print; next}' if anew else 'NR>1'} {code.lstrip()}"
    asked = [at for at, title in enumerate(about.titles, 1) if re.search(rf"\b{re.escape(title)}\b", request, re.I)]
    fields = set(re.findall(r"\$(\d+)", code))
    if len(asked) == 1 and len(fields) == 1 and fields != {str(asked[0])}:
        code = re.sub(r"\$\d+", f"${asked[0]}", code)
    separator = {"\t": r"'\t'", ",": ","}.get(about.separator, f"'{about.separator}'")
    joined = f" -v OFS={separator}" if (anew or two) and "OFS" not in f"{settings}{code}" else ""
    return f"{program} -F{separator}{joined}{settings}{blank}'{code}'"
