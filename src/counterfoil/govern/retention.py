"""Retention: how long what tells of a person is kept, by class and by country."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple

from counterfoil.values.clock import Instant, from_stdlib, later, seconds_between

_DAY_S: Final = 86_400.0
OTHER: Final = "other"
"""The name of every country that is not named."""

ByCountry = Mapping[str, int]
"""Days by country (ISO 3166 alpha-2), and by `OTHER`."""


class Due(NamedTuple):
    """A document whose time is over: since when, and the country by which."""

    subject: int
    country: str
    since: Instant


def days(by_country: ByCountry, country: str) -> int | None:
    """How many days, for a country; None where nothing is said of it."""
    return by_country.get(country, by_country.get(OTHER))


def kept_until(by_country: ByCountry, country: str, created: datetime) -> Instant | None:
    """Until when a document of this country is kept by what is said; None: nothing is said."""
    span = days(by_country, country)
    return later(from_stdlib(created), span * _DAY_S) if span is not None else None


def over(
    by_country: ByCountry, documents: Mapping[int, tuple[str, datetime]], now: Instant
) -> list[Due]:
    """Which documents, by their country and their creation, are past their time."""
    ends = (
        (subject, country, kept_until(by_country, country, created))
        for subject, (country, created) in documents.items()
    )
    return [
        Due(subject, country, end)
        for subject, country, end in ends
        if end is not None and seconds_between(end, now) >= 0
    ]
