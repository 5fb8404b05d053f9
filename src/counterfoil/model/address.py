"""Where something goes, and to whom."""

from __future__ import annotations

from typing import ClassVar

import msgspec


class Address(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A postal address; an absent part is an empty text. `country` is ISO 3166 alpha-2.

    `region` is the name of a county, state or province as a label shows it, `region_code` the
    short code that the source has for one ("ENG", "D", "NY").
    """

    name: str = ""
    company: str = ""
    line1: str = ""
    line2: str = ""
    town: str = ""
    region: str = ""
    postcode: str = ""
    country: str = ""
    phone: str = ""
    region_code: str = ""

    PERSONAL: ClassVar = (
        "name", "company", "line1", "line2", "town", "region", "postcode", "phone", "region_code",
    )  # fmt: skip
    KNOWN_BY: ClassVar = {"phone": "phone"}
