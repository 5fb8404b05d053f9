"""Where something goes, and to whom."""

from __future__ import annotations

import msgspec


class Address(msgspec.Struct, frozen=True, omit_defaults=True):
    """A postal address; an absent part is an empty text. `country` is ISO 3166 alpha-2."""

    name: str = ""
    company: str = ""
    line1: str = ""
    line2: str = ""
    town: str = ""
    region: str = ""
    postcode: str = ""
    country: str = ""
    phone: str = ""
