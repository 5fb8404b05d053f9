"""Conditions in dynamic LINQ, as services on .NET take them in a text: Name.Equals("x") OR ..."""

from __future__ import annotations

import re
from collections.abc import Iterable

_ENDS = re.compile(r'["\\\x00-\x1f]')


def sayable(text: str) -> bool:
    """Whether a condition can name it: a quote or a backslash would end the text in it."""
    return bool(text) and not _ENDS.search(text)


def any_of(conditions: Iterable[str]) -> str:
    """What is true where one of these is."""
    return " OR ".join(conditions)


def equals(name: str, texts: Iterable[str]) -> str:
    """That `name` is one of these texts, each of which is sayable."""
    return any_of(f'{name}.Equals("{text}")' for text in texts)


def between(name: str, start: str | None, end: str | None) -> str:
    """That a moment is not before `start` and is before `end`: local times in ISO 8601, to the
    second; None: whenever."""
    sides = [f"{name} >= {_moment(start)}"] if start is not None else []
    sides += [f"{name} < {_moment(end)}"] if end is not None else []
    return f"({' AND '.join(sides)})" if sides else ""


def _moment(local: str) -> str:
    return f"DateTime({','.join(re.split('[-T:]', local))})"
