"""The forms of a cell at Peoplevox, and the sheets of one connection."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from counterfoil.connectors.peoplevox.profile import TITLE, Profile
from counterfoil.kit.api.readback import text
from counterfoil.kit.api.sheet import FORMS, Form, Paired, Sheet, columns
from counterfoil.kit.api.width import Width
from counterfoil.mapping.convert import (
    Converter,
    local_midnight,
    local_moment,
    searchable,
    trimmed,
)
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.values.errors import Hold

KEY: Final = "SalesOrderNumber"
LINE: Final = "Line"
_TABLES: Final = columns(__package__ or "")
_REFERENCE: Final = Width(KEY, 30, r"\x20!#-\[\]-~")  # no sign that ends a text in a search
_SEARCHABLE: Final = searchable(TITLE, '"')
_TIMES: Final = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M")


def paired(profile: Profile, countries: ValueMap | None) -> Paired:
    """The sheets of one connection: an order's head and status, and its lines."""
    local = local_moment(profile.clock)
    forms = {
        **FORMS,
        "reference": Form("code", _reference),
        "line": Form("code", _needed("key of a line")),
        "person": Form("person", trimmed),
        "email": Form("person", _needed("e-mail address")),
        "contact": Form("person", _needed("name of anybody")),
        "country": Form("code", countries.convert if countries is not None else trimmed),
        "moment": Form("text", _spaced(local), moment),
        "midnight": Form("text", _spaced(local_midnight(local, profile.required_days)), moment),
    }
    head, lines, status = (
        Sheet(f"peoplevox.{name}", _TABLES[name], forms) for name in ("order", "lines", "status")
    )
    return Paired(head, status, lines, key=LINE, rows="lines")


def moment(value: object, currency: str = "") -> str:
    """A local time as it is written here; reports have other forms, in apostrophes."""
    stamp = text(value).strip("'")
    for form in _TIMES:
        try:
            return datetime.strptime(stamp, form).isoformat(" ")  # noqa: DTZ007 (the site's clock)
        except ValueError:
            continue
    return stamp


def _reference(value: object, currency: str) -> str:
    return _REFERENCE.fits(_SEARCHABLE(value, currency))


def _spaced(local: Callable[[object, str], str]) -> Converter:
    return lambda value, currency: local(value, currency).replace("T", " ")


def _needed(what: str) -> Converter:
    """A converter of a text that Peoplevox refuses an order without."""

    def converted(value: object, currency: str) -> str:
        cell = trimmed(value, currency)
        if cell:
            return cell
        raise Hold(
            f"The order says no {what}, and {TITLE} takes none without.",
            do="Complete it at the sending system, or enter the order by hand.",
            code="missing-part",
        )

    return converted
