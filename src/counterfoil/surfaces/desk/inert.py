"""Inert: text from outside, on its way to a terminal, can only be read.

A person's name, a vendor's error and a topic are words of strangers. What a terminal would obey
(an escape, a carriage return, a line break within a line) or what would make it show letters
otherwise than it prints them (overrides of direction, invisible ones) is shown as Python writes
it: `\\x1b`, `\\u202e`. JSON says the same with its own escapes, so a program reads what was there.
"""

from __future__ import annotations

import re
import unicodedata

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ASCII = re.compile(r"[^ -~]")


def inert(text: str) -> str:
    """`text` as one line that a terminal shows letter by letter; other spaces become a space."""
    if text.isprintable():
        return text
    return _ASCII.sub(_shown, text)


def inert_json(text: str) -> str:
    """JSON without a line break between its members, meaning the same, with nothing to obey."""
    if text.isprintable():
        return text
    return _ASCII.sub(_escaped, text)


def marked(traceback: str) -> list[str]:
    """The lines of a traceback, marked, so that none of them looks like a line of ours."""
    return [f"  | {inert(line)}" for line in traceback.split("\n")]


def _shown(match: re.Match[str]) -> str:
    letter = match[0]
    if letter.isprintable():
        return letter
    if unicodedata.category(letter) == "Zs":
        return " "
    return _SHORT.get(letter) or letter.encode("unicode_escape").decode()


def _escaped(match: re.Match[str]) -> str:
    letter = match[0]
    if letter.isprintable() or unicodedata.category(letter) == "Zs":
        return letter
    units = letter.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))
