"""Global identities such as gid://vendor/Order/17, whose number other answers tell alone."""

from __future__ import annotations

import re
from collections.abc import Callable

from counterfoil.mapping.convert import identity, inlined, wrong

_MOST = 2**64  # their numbers are unsigned, of 64 bits: at most 20 digits


def global_id(scheme: str, owner: str) -> Callable[[object, str], str]:
    """A converter of a global identity that begins with `scheme` to the number at its end; `owner`
    is whose it is, for a person who reads what is wrong."""
    match_of = _pattern(scheme)

    def convert(value: object, currency: str) -> str:
        if type(value) is str and (match := match_of(value)):
            return match[1]
        raise wrong(value, f"an identity of {owner}")

    return convert


def number_of(scheme: str) -> Callable[[object, str], str]:
    """A converter of an identity to the same number, where it is a number of 64 bits, its text, or
    a global identity that begins with `scheme`."""
    match_of = _pattern(scheme)

    @inlined("str({v}) if type({v}) is int and 0 <= {v} < 10**18 else {c}({v}, currency)")
    def convert(value: object, currency: str) -> str:
        if type(value) is int and 0 <= value < _MOST:
            return str(value)
        if type(value) is str and (match := match_of(value)):
            return match[1]
        return identity(value, currency)

    return convert


def _pattern(scheme: str) -> Callable[[str], re.Match[str] | None]:
    return re.compile(rf"{re.escape(scheme)}[A-Za-z/]+/([0-9]{{1,20}})", re.ASCII).fullmatch
