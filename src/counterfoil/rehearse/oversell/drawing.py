"""The trade-off as a picture: calls spent against pieces oversold, on a terminal and as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from counterfoil.rehearse.oversell.curve import Point

_WIDTH, _HEIGHT = 60, 16  # of the terminal's picture, in characters
_CLOCK, _LOSS, _BOTH = "o", "x", "*"
_SIZE: Final = (640, 400)
_MARGIN: Final = 60

Spot = tuple[float, float]


def terminal(points: Sequence[Point]) -> list[str]:
    """Lines of text: `o` by the clock, `x` by expected loss, both axes from nought."""
    clock, loss = spots(points)
    most_calls, most_oversold = most([*clock, *loss])
    grid = [[" "] * _WIDTH for _ in range(_HEIGHT)]
    for mark, line in ((_CLOCK, clock), (_LOSS, loss)):
        for calls, oversold in line:
            column = min(_WIDTH - 1, int(calls / most_calls * (_WIDTH - 1)))
            row = _HEIGHT - 1 - min(_HEIGHT - 1, int(oversold / most_oversold * (_HEIGHT - 1)))
            grid[row][column] = mark if grid[row][column] in (" ", mark) else _BOTH
    lines = [f"{most_oversold:>9,.0f} |" + "".join(grid[0])]
    lines += [" " * 9 + " |" + "".join(row) for row in grid[1:]]
    lines.append(f"{0:>9} +" + "-" * _WIDTH)
    lines.append(" " * 11 + f"0{most_calls:>{_WIDTH - 1},.0f}")
    lines.append(" " * 11 + "calls spent; upwards: pieces sold that were not there")
    lines.append(" " * 11 + f"{_CLOCK} by the clock   {_LOSS} by expected loss   {_BOTH} both")
    return lines


def svg(points: Sequence[Point]) -> str:
    """The same as a picture that any browser shows."""
    clock, loss = spots(points)
    most_calls, most_oversold = most([*clock, *loss])
    width, height = _SIZE

    def place(spot: Spot) -> str:
        across = _MARGIN + spot[0] / most_calls * (width - 2 * _MARGIN)
        up = height - _MARGIN - spot[1] / most_oversold * (height - 2 * _MARGIN)
        return f"{across:.1f},{up:.1f}"

    def line(spots_: Sequence[Spot], colour: str, title: str, row: int) -> str:
        path = " ".join(place(spot) for spot in sorted(spots_))
        dots = "".join(
            f'<circle cx="{place(spot).partition(",")[0]}" cy="{place(spot).partition(",")[2]}"'
            f' r="4" fill="{colour}"><title>{spot[0]:,.0f} calls, {spot[1]:,.0f} oversold</title>'
            "</circle>"
            for spot in spots_
        )
        return (
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>{dots}'
            f'<text x="{width - _MARGIN}" y="{24 + 18 * row}" fill="{colour}" text-anchor="end">'
            f"{title}</text>"
        )

    bottom, right = height - _MARGIN, width - _MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        ' font-family="sans-serif" font-size="13" role="img">'
        "<title>Calls spent against pieces sold that were not there</title>"
        f'<rect width="{width}" height="{height}" fill="white"/>'
        f'<path d="M{_MARGIN},{_MARGIN} V{bottom} H{right}" fill="none" stroke="#555"/>'
        f'<text x="{right}" y="{bottom + 22}" text-anchor="end">{most_calls:,.0f} calls</text>'
        f'<text x="{_MARGIN}" y="{_MARGIN - 10}">{most_oversold:,.0f} pieces oversold</text>'
        + line(clock, "#b3541e", "by the clock", 0)
        + line(loss, "#1e6fb3", "by expected loss", 1)
        + "</svg>\n"
    )


def spots(points: Sequence[Point]) -> tuple[list[Spot], list[Spot]]:
    """Both lines, each a list of calls and pieces oversold."""
    return (
        [(point.by_clock.calls, point.by_clock.oversold) for point in points],
        [(point.by_loss.calls, point.by_loss.oversold) for point in points],
    )


def most(every: Sequence[Spot]) -> Spot:
    """The ends of both axes: never nought, so that a picture of nothing has a size too."""
    return (
        max([1.0, *(calls for calls, _ in every)]),
        max([1.0, *(oversold for _, oversold in every)]),
    )
