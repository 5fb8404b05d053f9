"""Contacts: made under a name that is of one active contact only, changed, and archived."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from counterfoil.twins.kit.filing import Row
from counterfoil.twins.kit.posted import Refusal
from counterfoil.twins.xero.books import Books, Kind

_PARTS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "Addresses": ("AddressType", ("STREET", "POBOX")),
    "Phones": ("PhoneType", ("DEFAULT", "DDI", "FAX", "MOBILE")),
}
"""Lists of a contact, which always has every one of these rows, with the member that tells them
apart (recorded)."""
_MEMBERS: Final = (
    "ContactNumber AccountNumber Name FirstName LastName EmailAddress TaxNumber DefaultCurrency"
).split()
_MOST: Final = {"ContactNumber": 50, "AccountNumber": 50, "TaxNumber": 50}
_STATUSES: Final = ("ACTIVE", "ARCHIVED")


def _contact(books: Books, posted: Row, before: Row | None, places: int) -> dict[str, Any]:
    whole = {**(before or {}), **posted}
    name, status = str(whole.get("Name", "")).strip(), whole.get("ContactStatus", "ACTIVE")
    if not name:
        raise Refusal("The contact name must be specified.")
    for member in _MEMBERS:
        if len(str(whole.get(member, ""))) > _MOST.get(member, 255):
            raise Refusal(f"The {member} field is too long.")
    if status not in _STATUSES:
        raise Refusal(f"Contact status {status} is not valid")
    _alone(books, name, whole, status)
    members = {member: str(whole[member]).strip() for member in _MEMBERS if whole.get(member)}
    shown = {
        "ContactStatus": status,
        **members,
        **{member: _rows(member, posted, before) for member in _PARTS},
        "ContactGroups": [],
        "IsSupplier": False,
        "IsCustomer": False,
        "ContactPersons": [],
        "HasAttachments": False,
        "HasValidationErrors": False,
    }
    return {**shown, "Name": name}


def _alone(books: Books, name: str, whole: Row, status: str) -> None:
    """Raise `Refusal` where another active contact is called so (the vendor's own example)."""
    for other in books.all(CONTACTS):
        same = other["Name"].casefold() == name.casefold() and other["ContactStatus"] == "ACTIVE"
        if same and status == "ACTIVE" and other["ContactID"] != whole.get("ContactID"):
            raise Refusal(
                f"The contact name {name} is already assigned to another contact. The contact name"
                " must be unique across all active contacts."
            )


def _rows(member: str, posted: Row, before: Row | None) -> list[dict[str, Any]]:
    """Every row of a list: those that are posted over those before; what says nothing is absent."""
    apart, words = _PARTS[member]
    rows: dict[str, dict[str, Any]] = {word: {apart: word} for word in words}
    for source in (before or {}, posted):
        for row in source.get(member) or ():
            rows[str(row.get(apart))] |= row
    return [{name: value for name, value in row.items() if value} for row in rows.values()]


def _numbered(posted: Row) -> bool:
    return bool(posted.get("ContactNumber"))


CONTACTS: Final = Kind("Contacts", "ContactID", "ContactNumber", _numbered, _contact)
