"""Person: who is meant, by what they are known again, and where bytes speak of them.

An e-mail and an account lead on to the other documents of the same person; a telephone number does
not, since households share one.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

import msgspec

from counterfoil.model.personal import Identity, identities, tellings, texts

_LEAST = 5
"""Letters that a text needs for being looked for anywhere: a shorter one is in many words."""
_DIGITS = 9
"""Digits by which two telephone numbers are one, whatever stands before them: +44 20…, 020…."""
GONE = "[erased]"
"""What stands in a text where a person was quoted."""
_LEADS_ON = ("mail:", "account:")


def known(document: msgspec.Struct, connection: int) -> frozenset[str]:
    """By what the person is known of whom a document of a connection tells."""
    return frozenset(filter(None, (plain(name, connection) for name in identities(document))))


def plain(identity: Identity, connection: int) -> str:
    """An identity as it is compared; empty where it tells nobody apart."""
    if identity.kind == "mail":
        return f"mail:{identity.text.strip().casefold()}" if "@" in identity.text else ""
    if identity.kind == "phone":
        digits = re.sub(r"\D", "", identity.text)
        return f"phone:{digits[-_DIGITS:]}" if len(digits) >= _DIGITS else ""
    return f"account:{connection}:{identity.text}"


def leading_on(names: Iterable[str]) -> set[str]:
    """Those that lead to other documents of the same person."""
    return {name for name in names if name.startswith(_LEADS_ON)}


class Needles:
    """By what bytes and texts are found that speak of a person.

    `keys` are those of their documents. An e-mail or a telephone number finds them anywhere. A name
    or a street may be that of somebody else, so these are taken away only where it is known that
    they are spoken of; and what is written on their own documents only there.
    """

    def __init__(self, documents: Iterable[msgspec.Struct], keys: Iterable[str]) -> None:
        sure, telling, written = set[str](), set[str](), set[str]()
        for document in documents:
            sure.update(_spelt(identities(document)))
            telling.update(map(re.escape, filter(_long, tellings(document))))
            written.update(map(re.escape, filter(_long, texts(document))))
        self.keys = frozenset(key for key in keys if key)
        self._sure = _either(sure)
        self._telling = _either(sure | telling)
        self._own = _either(sure | telling | written)
        self._sure_bytes = _either_bytes(sure)
        self._telling_bytes = _either_bytes(sure | telling)

    def __contains__(self, body: bytes) -> bool:
        return bool(self._sure_bytes.search(body))

    def quoted(self, body: bytes) -> bool:
        """Whether bytes that are known to speak of them still name them or their street."""
        return bool(self._telling_bytes.search(body))

    def named(self, text: str) -> bool:
        """Whether a text can only speak of them."""
        return bool(self._sure.search(text))

    def without(self, text: str) -> str:
        """A text without what names them, their street included."""
        return self._telling.sub(GONE, text)

    def unwritten(self, text: str) -> str:
        """What is said of a document of theirs, without anything that is written on it."""
        return self._own.sub(GONE, text)


def _long(text: str) -> bool:
    return len(text.strip()) >= _LEAST


def _spelt(names: Iterable[Identity]) -> Iterator[str]:
    """Patterns for e-mails and telephone numbers, these however their digits are grouped."""
    for name in names:
        if name.kind == "mail" and "@" in name.text:
            yield re.escape(name.text.strip())
        elif name.kind == "phone" and plain(name, 0):
            digits = re.sub(r"\D", "", name.text)[-_DIGITS:]
            yield r"[\s()./-]{0,2}".join(digits)


def _either(patterns: Iterable[str]) -> re.Pattern[str]:
    longest = sorted(patterns, key=len, reverse=True)
    return re.compile("|".join(longest) or r"(?!)", re.IGNORECASE)


def _either_bytes(patterns: Iterable[str]) -> re.Pattern[bytes]:
    """The same in bytes, as JSON, XML, a form or an address write a text, in either case."""
    spellings = {spelling for pattern in patterns for spelling in _spellings(pattern)}
    longest = sorted(spellings, key=len, reverse=True)
    return re.compile("|".join(longest).encode() or rb"(?!)", re.IGNORECASE)


def _spellings(pattern: str) -> Iterator[str]:
    yield pattern
    if pattern.startswith("[") or "]{0,2}" in pattern:
        return
    text = re.sub(r"\\(.)", r"\1", pattern)
    for case in {text, text.upper(), text.lower()}:
        for spelt in (
            case,
            json.dumps(case)[1:-1],
            html.escape(case),
            quote(case, safe=""),
            quote_plus(case),
        ):
            yield re.escape(spelt)
