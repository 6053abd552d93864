"""A small picture of lines over two logarithmic axes, as SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

_WIDTH, _HEIGHT = 760, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 210, 40, 50
_COLOURS = ("#1b6ca8", "#c8553d", "#3a7d44", "#7a4e9f")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    name: str
    points: Sequence[tuple[float, float]]
    dashed: bool = False
    """Drawn in the colour of the line before it."""


def plot(title: str, across: str, up: str, lines: Sequence[Line]) -> str:
    """The SVG. Points need to be above 0."""
    xs = [x for line in lines for x, _y in line.points]
    ys = [y for line in lines for _x, y in line.points]
    x_low, x_high = math.floor(math.log10(min(xs))), math.ceil(math.log10(max(xs)))
    y_low, y_high = math.floor(math.log10(min(ys))), math.ceil(math.log10(max(ys)))

    def at(x: float, y: float) -> tuple[float, float]:
        return (
            round(_LEFT + (math.log10(x) - x_low) / max(x_high - x_low, 1) * (_WIDTH - _LEFT - _RIGHT), 1),
            round(_HEIGHT - _BOTTOM - (math.log10(y) - y_low) / max(y_high - y_low, 1) * (_HEIGHT - _TOP - _BOTTOM), 1),
        )

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        f'<text x="{_LEFT}" y="22" font-size="15">{escape(title)}</text>',
        f'<text x="{_LEFT}" y="{_HEIGHT - 12}">{escape(across)}</text>',
        f'<text x="8" y="{_TOP - 4}">{escape(up)}</text>',
    ]
    for power in range(x_low, x_high + 1):
        x, y = at(10**power, 10**y_low)
        parts.append(f'<path d="M{x} {_TOP}V{y}" stroke="#ddd"/>')
        parts.append(f'<text x="{x}" y="{y + 16}" text-anchor="middle">{10**power:,}</text>')
    for power in range(y_low, y_high + 1):
        x, y = at(10**x_low, 10**power)
        parts.append(f'<path d="M{x} {y}H{_WIDTH - _RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{x - 6}" y="{y + 4}" text-anchor="end">{10**power:g}</text>')
    colour = -1
    for number, line in enumerate(lines):
        colour += not line.dashed
        look = f'stroke="{_COLOURS[colour % len(_COLOURS)]}"' + (' stroke-dasharray="5 4"' if line.dashed else "")
        path = " L".join("{} {}".format(*at(*point)) for point in line.points)
        height = _TOP + 10 + 20 * number
        parts.append(f'<path d="M{path}" fill="none" stroke-width="2" {look}/>')
        parts.append(f'<path d="M{_WIDTH - _RIGHT + 12} {height}h26" stroke-width="2" {look}/>')
        parts.append(f'<text x="{_WIDTH - _RIGHT + 44}" y="{height + 4}">{escape(line.name)}</text>')
    return "\n".join((*parts, "</svg>", ""))
