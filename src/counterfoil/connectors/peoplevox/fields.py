"""The forms of a cell at Peoplevox, and the sheets of one connection."""

from __future__ import annotations

from typing import Final

from counterfoil.connectors.peoplevox.profile import TITLE, Profile
from counterfoil.kit.api.readback import stamp
from counterfoil.kit.api.sheet import FORMS, Form, Paired, Sheet, columns
from counterfoil.kit.api.width import Width
from counterfoil.mapping.convert import local_midnight, local_moment, needed, searchable, trimmed
from counterfoil.mapping.valuemap import ValueMap

TIMES: Final = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M")
moment: Final = stamp(*TIMES)
TABLES: Final = columns(__package__ or "")
_REFERENCE: Final = Width("SalesOrderNumber", 30, r"\x20!#-\[\]-~")  # nothing that ends a search
_SEARCHABLE: Final = searchable(TITLE, '"')


def paired(profile: Profile, countries: ValueMap | None) -> Paired:
    """The sheets of one connection: an order's head and status, and its lines."""
    local = local_moment(profile.clock, " ")
    forms = {
        **FORMS,
        "reference": Form("code", lambda value, at: _REFERENCE.fits(_SEARCHABLE(value, at))),
        "line": Form("code", needed("key of a line", TITLE)),
        "person": Form("person", trimmed),
        "email": Form("person", needed("e-mail address", TITLE)),
        "contact": Form("person", needed("name of anybody", TITLE)),
        "country": Form("code", countries.convert if countries is not None else trimmed),
        "moment": Form("text", local, moment),
        "midnight": Form("text", local_midnight(local, profile.required_days), moment),
    }
    head, lines, status = (
        Sheet(f"peoplevox.{name}", TABLES[name], forms) for name in ("order", "lines", "status")
    )
    return Paired(head, status, lines, key="Line", rows="lines")
