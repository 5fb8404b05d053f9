"""Customers into Xero: a contact under our own number, looked up before it is made or changed.

A contact's name is of one active contact only, so that by itself it bears the number too. What is
gone at its source is archived: invoices name it, and Xero deletes no contact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import msgspec

from counterfoil.connectors.xero.client import Client
from counterfoil.connectors.xero.profile import TITLE
from counterfoil.kit.api.compared import Forms, Member, Shown
from counterfoil.kit.api.masked import member
from counterfoil.kit.api.paging import Row
from counterfoil.kit.api.readback import fields, text
from counterfoil.kit.api.row_answers import Kind
from counterfoil.kit.api.width import Width
from counterfoil.kit.connector import ALONE, Answer, Inputs, Intent, Seen
from counterfoil.kit.connector import Kind as Compared
from counterfoil.mapping.account import Account, alone, losses, namesakes
from counterfoil.mapping.field import Const, Field
from counterfoil.mapping.untold import reasons
from counterfoil.model.customer import Customer, email_key
from counterfoil.values.errors import Hold

CONTACTS: Final = Kind("Contacts", "ContactID", "ContactNumber")
ARCHIVED: Final = "ARCHIVED"
_WHY: Final = reasons(__package__ or "", "customer")
_KEY: Final = Width("The key of a customer", 50, r"A-Za-z0-9 ._:/#-")  # quoted in a query
_EMAIL: Final = Width("The e-mail address of a customer", 255, r"!#-\[\]-~")
_NAME: Final = Width("The name of a customer", 255)
_ENCODE: Final = msgspec.json.Encoder().encode
_LISTS: Final = {"Addresses": ("AddressType", "POBOX"), "Phones": ("PhoneType", "DEFAULT")}
"""Lists of a contact, and which of their rows is ours: the member that tells, and its word."""
_TOLD: Final = (
    ("first", "FirstName", "first", "customer.first"),
    ("last", "LastName", "last", "customer.last"),
    ("email", "EmailAddress", "email", "customer.email"),
    ("tax_number", "TaxNumber", "tax_number", "customer.tax_number"),
    ("telephone", "Phones.PhoneNumber", "phone", "customer.phone"),
    ("line1", "Addresses.AddressLine1", "addresses", "main.line1"),
    ("line2", "Addresses.AddressLine2", "addresses", "main.line2"),
    ("town", "Addresses.City", "addresses", "main.town"),
    ("region", "Addresses.Region", "addresses", "main.region"),
    ("postcode", "Addresses.PostalCode", "addresses", "main.postcode"),
    ("country", "Addresses.Country", "addresses", "main.country"),
)
"""What a contact is told: the name of each, its member, the field of a customer that it is of, and
where that stands."""
_SHOWN: Final = (
    Shown("reference", "code", "ContactNumber", text),
    Shown("status", "code", "ContactStatus"),
    Shown("name", "person", "Name"),
    *(Shown(name, "person", column) for name, column, _, _ in _TOLD),
)
_READERS: Final = {field.column: field.reader for field in _SHOWN}
_KINDS: Final[Mapping[str, Compared]] = {field.name: field.kind for field in _SHOWN if field.kind}


class _Held(msgspec.Struct, frozen=True):
    """The contact that is there under our number, how it stands, and by what numbers others have
    its e-mail address."""

    id: str = ""
    status: str = ""
    others: tuple[str, ...] = ()


class _Contact(Account, frozen=True):
    """What the table reads; `numbered`: its name bears the number too."""

    numbered: bool = True

    @property
    def called(self) -> str:
        """The name, which is of one active contact only."""
        return f"{self.name} ({self.key})" if self.numbered else self.name


_FORMS: Final = Forms[_Contact](
    "xero.customer",
    (
        Member("reference", Field("ContactNumber", "key", lambda key, _: _KEY.fits(str(key)))),
        Member(
            "name",
            Field("Name", "called", lambda name, _: _NAME.fits(str(name))),
            lambda contact: contact.may_name,
        ),
        *(member(name, column, source, field) for name, column, field, source in _TOLD),
    ),
    _KINDS,
    reckoned=[Const("status", "ACTIVE")],
)


class CustomerTarget:
    """Customers of one connection, as `kit.connector.LooksFirst` and `Cancels`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def there(
        self, documents: Sequence[Customer], inputs: Sequence[Inputs]
    ) -> Sequence[bytes]:
        """Which contact Xero has of each, and who else has the e-mail address."""
        keys = [_KEY.fits(document.key) for document in documents]
        emails = {_EMAIL.fits(document.email.strip()) for document in documents} - {""}
        spelt = sorted(emails | {*map(email_key, emails)})
        terms = [f'{CONTACTS.reference}=="{key}"' for key in keys]
        rows = await self._contacts([*terms, *(f'EmailAddress=="{email}"' for email in spelt)])
        return [_ENCODE(_held(document, documents, rows)) for document in documents]

    def compose(self, document: Customer, inputs: Inputs = ALONE) -> Intent:
        """The contact of one customer (pure). Raises `Hold` where one is there that is archived, or
        another has the same e-mail address."""
        look, profile = inputs.held(_Held), self._client.profile
        if look.status not in ("", "ACTIVE"):
            raise Hold(
                f"The contact of customer {document.key} is {look.status.lower()} in {TITLE}.",
                do="Restore it there, then send the held record again; or set this one aside.",
                where=self._client.where,
                code="contact-archived",
            )
        alone(document, look.others, TITLE, profile.same_email)
        contact = _Contact(document, inputs.mask, profile.contact_name == "numbered")
        form = _FORMS.of(contact)
        body = form.payload.run(contact, "")
        blanks = dict.fromkeys(form.blanks, "")
        expected = {**blanks, **form.expected(body, contact, "")}
        for name, (apart, word) in _LISTS.items():
            if name in body:
                body[name] = [{apart: word, **body[name]}]
        payload = _ENCODE({**({CONTACTS.id: look.id} if look.id else {}), **body})
        lost = tuple(losses(contact, _WHY))
        return Intent(document.key, payload, expected, lost, _KINDS)

    def cancellation(self, document: Customer, identity: str, inputs: Inputs = ALONE) -> Intent:
        """The end of a contact (pure). Raises `Hold` for somebody who was erased: an archived
        contact still says who it is of."""
        if document.status == "erased":
            raise Hold(
                f"Customer {document.key} was erased at the source, and {TITLE} has a contact"
                f" ({identity}) that only a person can erase.",
                do="Erase it there as its help says, then set this record aside.",
                where=self._client.where,
                code="erase-there",
            )
        status = {CONTACTS.reference: document.key, "ContactStatus": ARCHIVED}
        payload = _ENCODE({CONTACTS.id: identity, **status})
        return Intent(document.key, payload, {"status": ARCHIVED}, kinds=_KINDS)

    async def write(self, intents: Sequence[Intent]) -> Sequence[Answer]:
        """Make, change or archive contacts with one call; one answer each. Raises `Settle` where
        they may have landed."""
        return await self._client.put(CONTACTS, intents, "POST")

    cancel = write

    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        """Every contact under each number, archived ones too."""
        documents = dict[str, list[Seen]]()
        if references:
            terms = [f'{CONTACTS.reference}=="{name}"' for name in references]
            for row in await self._contacts(terms):
                documents.setdefault(text(row.get(CONTACTS.reference)), []).append(_seen(row))
        return documents

    async def _contacts(self, terms: Sequence[str]) -> Sequence[Row]:
        query = {"where": " OR ".join(terms), "includeArchived": "true"}
        return await self._client.listed(CONTACTS, query)


def _held(customer: Customer, beside: Sequence[Customer], rows: Sequence[Row]) -> _Held:
    mine = [row for row in rows if text(row.get(CONTACTS.reference)) == customer.key]
    named = [
        (text(row.get(CONTACTS.reference) or row.get(CONTACTS.id)), text(row.get("EmailAddress")))
        for row in rows
        if row not in mine
    ]
    contact: Row = mine[0] if mine else {}
    identity, status = (text(contact.get(name)) for name in (CONTACTS.id, "ContactStatus"))
    return _Held(identity, status, namesakes(customer, beside, named))


def _seen(row: Row) -> Seen:
    """What a contact shows; a member that says nothing is absent there (recorded)."""
    whole: dict[str, Any] = {**dict.fromkeys(_READERS, ""), **row}
    for name, (apart, word) in _LISTS.items():
        parts = cast("list[Row]", row.get(name) or [])
        for part in parts:
            if part.get(apart) == word:
                whole |= {f"{name}.{inner}": value for inner, value in part.items()}
    identity, reference = (text(row.get(name)) for name in (CONTACTS.id, CONTACTS.reference))
    return Seen(identity, reference, fields(whole, _READERS, ""))
