"""Pages whose text is known: 20 as programs draw them, 5 as a camera sees them. The same at every run."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy
from PIL import Image, ImageDraw, ImageFilter, ImageFont

_FONTS = Path("/usr/share/fonts/truetype")
SANS, SERIF, MONO, BOLD = (f"dejavu/DejaVu{name}.ttf" for name in ("Sans", "Serif", "SansMono", "Sans-Bold"))
CHINESE = "wqy/wqy-zenhei.ttc"
_MARGIN = 40
_INK, _PAPER = (20, 20, 20), (255, 255, 255)

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    name: str
    image: Image.Image
    text: str
    """In reading order."""


LETTER = (
    "Dear Ms Okafor,",
    "thank you for your letter of 14 March. The heating in flat 7B was",
    "repaired on Tuesday; the technician replaced a valve and two seals.",
    "Please read the meter again on 1 April and send us the figure by",
    "e-mail (service@example.org) or call 030 5550 1234.",
    "With kind regards, P. Lindqvist",
)
STORY = (
    "The lighthouse keeper counted the ships at dusk, as his mother had",
    "done. Three fishing boats, a ferry, and far out something grey that",
    'did not move. "It will be gone by morning," he said to the cat, who',
    "did not believe him; she had heard that before, in 1987.",
)
NOTICE = (
    "关于小区停水的通知",
    "各位居民：因管道维修，本周六上午九点至下午四点",
    "三号楼和五号楼将暂停供水，请提前做好准备。",
    "如有疑问，请拨打物业电话 5550-1234。",
    "给您带来的不便，敬请谅解！",
)
CHAPTER = (
    "清晨的集市刚刚开门，卖豆腐的老人已经站在街角。",
    "他把木板一块一块取下来，热气立刻升到屋檐下面。",
    "孩子们背着书包跑过，有一个停下来，买了两个包子。",
    "老人笑着多给了一个，说：“今天是冬至，要吃饱。”",
)
CODE = (
    "def mean(values: list[float]) -> float:",
    '    """Raises ValueError for an empty list."""',
    "    if not values:",
    '        raise ValueError("no values")',
    "    return sum(values) / len(values)",
)
SCREEN = (
    "$ df -h /home /var",
    "Filesystem      Size  Used Avail Use% Mounted on",
    "/dev/nvme0n1p3  234G  187G   36G  85% /home",
    "/dev/nvme0n1p4   59G   12G   45G  21% /var",
    "$ uptime",
    " 14:02:11 up 23 days,  4:17,  2 users",
)
MIXED = (
    "订单 Order #20260731",
    "收货人：Anna Müller（慕尼黑）",
    "商品 Item: USB-C 充电器 65W，数量 2",
    "合计 Total: 398.00 元，已支付 PAID",
)
RECEIPT = (
    ("GREEN CORNER MARKET", ""),
    ("12 Harbour Street", ""),
    ("Oat milk 1 l", "2.19"),
    ("Rye bread", "3.40"),
    ("Tomatoes 0.8 kg", "2.79"),
    ("Olive oil 500 ml", "8.95"),
    ("TOTAL EUR", "17.33"),
    ("Card **** 4417", "17.33"),
    ("2026-07-31 18:04", "Thank you!"),
)
BILL = (
    ("好再来面馆", ""),
    ("牛肉面（大）", "28.00"),
    ("凉拌黄瓜", "12.00"),
    ("可乐两罐", "8.00"),
    ("合计", "48.00"),
    ("谢谢惠顾，欢迎下次光临", ""),
)
TABLE = (
    ("Town", "Population", "Area km2", "Mayor"),
    ("Northam", "48,210", "97.4", "R. Castillo"),
    ("Eastfield", "9,035", "41.0", "J. Brandt"),
    ("Southmere", "122,907", "210.8", "L. Haddad"),
    ("Westbrook", "17,466", "63.2", "K. Nowak"),
)
GRADES = (
    ("姓名", "语文", "数学", "英语"),
    ("王小明", "92", "88", "95"),
    ("李雪", "85", "97", "90"),
    ("张建国", "78", "91", "83"),
)
LEFT = (
    "The council met on Monday to",
    "discuss the new bridge. Most",
    "speakers were in favour, but",
    "asked who would pay for it in",
    "the years after the opening.",
)
RIGHT = (
    "Meanwhile the ferry is to run",
    "twice an hour in the summer,",
    "and until midnight on holidays.",
    "Tickets stay at two euros for",
    "adults, and one for children.",
)


def pages() -> list[Page]:
    return [*_drawn(), *_photographed()]


def _drawn() -> list[Page]:
    return [
        _page("letter, serif 16", LETTER, SERIF, 16),
        _page("letter, sans 11", LETTER, SANS, 11),
        _page("story, bold 30, cream on green", STORY, BOLD, 30, ink=(250, 240, 210), paper=(20, 80, 50)),
        _page("notice, zh 20", NOTICE, CHINESE, 20),
        _page("chapter, zh 13", CHAPTER, CHINESE, 13),
        _page("notice, zh 36, red on yellow", NOTICE, CHINESE, 36, ink=(180, 20, 20), paper=(250, 230, 120)),
        _page("order, en and zh 18", MIXED, CHINESE, 18),
        _cells("receipt, mono 16, grey", RECEIPT, MONO, 16, (0, 280), ink=(90, 90, 90), paper=(240, 238, 230)),
        _cells("bill, zh 18", BILL, CHINESE, 18, (0, 260)),
        _page("code, mono 15, light on dark", CODE, MONO, 15, ink=(220, 220, 200), paper=(30, 32, 40)),
        _page("code, mono 12", CODE, MONO, 12),
        _cells("table, sans 15, ruled", TABLE, SANS, 15, (0, 150, 300, 440), ruled=True),
        _cells("grades, zh 18, ruled", GRADES, CHINESE, 18, (0, 120, 220, 320), ruled=True),
        _columns("two columns, serif 15"),
        _turned("letter, a quarter turned", _page("", LETTER, SANS, 18), 90),
        _turned("notice, upside down", _page("", NOTICE, CHINESE, 20), 180),
        _turned("story, askew by 6 degrees", _page("", STORY, SERIF, 18), 6),
        _noisy("letter, faint and noisy", _page("", LETTER, SANS, 18, ink=(120, 120, 125), paper=(190, 188, 180)), 12),
        _page("story, blue on light blue", STORY, SANS, 17, ink=(60, 90, 170), paper=(190, 210, 240)),
        _page("terminal, mono 13", SCREEN, MONO, 13, ink=(190, 230, 190), paper=(10, 10, 10)),
    ]


def _photographed() -> list[Page]:
    return [
        _photo("photo: letter", _page("", LETTER, SERIF, 26), 1),
        _photo("photo: notice, zh", _page("", NOTICE, CHINESE, 30), 2),
        _photo("photo: receipt", _cells("", RECEIPT, MONO, 26, (0, 420), ink=(70, 70, 75)), 3),
        _photo("photo: chapter, zh", _page("", CHAPTER, CHINESE, 28), 4),
        _photo("photo: story", _page("", STORY, SANS, 26), 5),
    ]


def _page(
    name: str, lines: Sequence[str], font: str, size: int, *, ink: Colour = _INK, paper: Colour = _PAPER, leading: float = 1.6
) -> Page:
    drawn = ImageFont.truetype(str(_FONTS / font), size)
    width = 2 * _MARGIN + max(int(drawn.getlength(line)) for line in lines)
    step = round(size * leading)
    image = Image.new("RGB", (width, 2 * _MARGIN + step * len(lines)), paper)
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        draw.text((_MARGIN, _MARGIN + number * step), line, font=drawn, fill=ink)
    return Page(name=name, image=image, text="\n".join(lines))


def _cells(
    name: str,
    rows: Sequence[Sequence[str]],
    font: str,
    size: int,
    columns: Sequence[int],
    *,
    ink: Colour = _INK,
    paper: Colour = _PAPER,
    ruled: bool = False,
) -> Page:
    drawn = ImageFont.truetype(str(_FONTS / font), size)
    step = round(size * 1.9)
    widest = max(columns[at] + int(drawn.getlength(cell)) for row in rows for at, cell in enumerate(row))
    image = Image.new("RGB", (2 * _MARGIN + widest, 2 * _MARGIN + step * len(rows)), paper)
    draw = ImageDraw.Draw(image)
    for number, row in enumerate(rows):
        top = _MARGIN + number * step
        for at, cell in enumerate(row):
            draw.text((_MARGIN + columns[at], top), cell, font=drawn, fill=ink)
        if ruled:
            draw.line((_MARGIN - 10, top - size // 3, image.size[0] - _MARGIN + 10, top - size // 3), fill=ink)
    return Page(name=name, image=image, text="\n".join(" ".join(filter(None, row)) for row in rows))


def _columns(name: str) -> Page:
    title = "THE HARBOUR GAZETTE, Tuesday 4 August"
    drawn = ImageFont.truetype(str(_FONTS / SERIF), 15)
    image = Image.new("RGB", (680, 260), _PAPER)
    draw = ImageDraw.Draw(image)
    draw.text((_MARGIN, 30), title, font=ImageFont.truetype(str(_FONTS / BOLD), 22), fill=_INK)
    for left, lines in ((_MARGIN, LEFT), (360, RIGHT)):
        for number, line in enumerate(lines):
            draw.text((left, 90 + number * 26), line, font=drawn, fill=_INK)
    return Page(name=name, image=image, text="\n".join((title, *LEFT, *RIGHT)))


def _turned(name: str, page: Page, degrees: float) -> Page:
    image = page.image.rotate(degrees, expand=True, fillcolor=_PAPER, resample=Image.Resampling.BICUBIC)
    return Page(name=name, image=image, text=page.text)


def _noisy(name: str, page: Page, spread: float) -> Page:
    return Page(name=name, image=_with_noise(page.image, spread, seed=7), text=page.text)


def _with_noise(image: Image.Image, spread: float, *, seed: int) -> Image.Image:
    pixels = numpy.asarray(image, dtype=numpy.float32)
    noise = numpy.random.default_rng(seed).normal(0, spread, pixels.shape)
    return Image.fromarray((pixels + noise).clip(0, 255).astype(numpy.uint8))


def _photo(name: str, page: Page, seed: int) -> Page:
    """On a table, from an angle, a little out of focus, lit from one side, noisy, as a JPEG."""
    chance = random.Random(seed)
    width, height = page.image.size
    table = Image.new("RGB", (width + 160, height + 160), (110, 85, 60))
    table.paste(page.image, (80, 80))
    wide, high = table.size
    corners = [(0, 0), (0, high), (wide, high), (wide, 0)]
    lean: Callable[[int], float] = lambda most: chance.uniform(-0.05, 0.05) * most  # noqa: E731
    quad = [coordinate for x, y in corners for coordinate in (x + lean(wide), y + lean(high))]
    seen = table.transform(table.size, Image.Transform.QUAD, quad, Image.Resampling.BICUBIC, fillcolor=(110, 85, 60))
    seen = seen.filter(ImageFilter.GaussianBlur(1.1))
    light = numpy.linspace(0.55, 1.05, wide, dtype=numpy.float32)[None, :, None]
    lit = (numpy.asarray(seen, dtype=numpy.float32) * light).clip(0, 255).astype(numpy.uint8)
    taken = _with_noise(Image.fromarray(lit), 6, seed=seed)
    kept = io.BytesIO()
    taken.save(kept, "JPEG", quality=60)
    return Page(name=name, image=Image.open(io.BytesIO(kept.getvalue())).convert("RGB"), text=page.text)
