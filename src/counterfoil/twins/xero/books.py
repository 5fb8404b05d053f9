"""The books of one organisation: documents by collection, contacts, and what every one of them has.

A document is kept as it is shown. One collection more is one function that makes what is kept of
what is posted.
"""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from counterfoil.twins.kit.book import Fact
from counterfoil.twins.kit.filing import Filing, Row
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.kit.moments import unix_s
from counterfoil.twins.kit.posted import Refusal
from counterfoil.twins.xero import sums
from counterfoil.twins.xero.site import Site
from counterfoil.values.clock import Clock

DEAD: Final = ("DELETED", "VOIDED")
_NEW: Final = ("DRAFT", "SUBMITTED", "AUTHORISED")


class Kind(NamedTuple):
    """A collection: the members with a document's id and with what it is called, whether that is
    of one document only, and what is kept of one that is posted over what was there before."""

    collection: str
    id: str
    reference: str
    unique: Callable[[Row], bool]
    make: Callable[[Books, Row, Row | None, int], dict[str, Any]]


class Books(Filing):
    """What the organisation remembers."""

    def __init__(self, memory: Memory, clock: Clock, chance: random.Random, site: Site) -> None:
        super().__init__(memory, clock)
        self.site = site
        self._chance = chance
        memory.lay(__package__ or "", "tables.sql")

    def drawn(self) -> str:
        """A new id."""
        return str(uuid.UUID(int=self._chance.getrandbits(128), version=4))

    def write(self, kind: Kind, posted: Row, *, put: bool, places: int) -> dict[str, Any]:
        """Make a document, or change the one that is meant where it was posted (`put` only makes).
        Raises `Refusal`, and then nothing is changed."""
        reference, identity = str(posted.get(kind.reference, "")), str(posted.get(kind.id, ""))
        before = self.get(kind, identity) if identity and not put else None
        if kind.unique(posted) and (namesakes := self.found(kind, reference)):
            if put:
                raise Refusal(f"{kind.collection[:-1]} # must be unique.")
            before = before or namesakes[0]
        with self.memory.transaction():
            document = kind.make(self, posted, before, places)
            identity = str(before[kind.id]) if before else self.drawn()
            return self.keep(kind, {**document, kind.id: identity})

    def keep(self, kind: Kind, shown: Row) -> dict[str, Any]:
        """A document as it is now."""
        document = {**shown, "UpdatedDateUTC": stamp(unix_s(self.clock.now()))}
        paid = shown.get("Invoice") or shown.get("CreditNote") or shown
        total = Decimal(shown.get("Total", shown.get("Amount", 0)))
        self.file(kind, document, total, str(paid.get("CurrencyCode", "")))
        return document

    def facts(self, document: Row) -> dict[str, Fact]:
        units, lines = Counter[str](), document.get("LineItems", ())
        for line in lines:
            units[str(line["Description"]).partition(" ")[0]] += int(line["Quantity"])
        names = ("Name", "EmailAddress") if "ContactStatus" in document else ()
        status = document.get("Status", document.get("ContactStatus", ""))
        members: dict[str, Fact] = {name: str(document.get(name, "")) for name in names}
        return {
            "status": str(status),
            "lines": len(lines),
            "units": units,
            **_moved(document),
            **members,
        }

    def contact(self, posted: Row) -> dict[str, Any]:
        """The contact that is meant, made where only its name is given. Raises `Refusal`."""
        name = str(posted.get("Name", ""))
        if not name and "ContactID" in posted:
            row = self.memory.row("select name from contact where uuid = ?", posted["ContactID"])
            name = str(row[0]) if row else ""
        if not name:
            raise Refusal("A Contact must be specified for this type of transaction")
        self.memory.run("insert or ignore into contact values (?, ?)", name, self.drawn())
        row = self.memory.row("select uuid from contact where name = ?", name)
        assert row is not None
        named = {"ContactID": row[0], "ContactStatus": "ACTIVE", "Name": name}
        empty = ("Addresses", "Phones", "ContactGroups", "ContactPersons")
        return {**named, **{member: [] for member in empty}, "HasValidationErrors": False}

    def head(self, posted: Row, before: Row | None, places: int) -> dict[str, Any]:
        """What invoices, credit notes and bank transactions share. Raises `Refusal`."""
        whole = {**(before or {}), **posted}
        currency = whole.get("CurrencyCode", self.site.currencies[0])
        if currency not in self.site.currencies:
            raise Refusal(f"Organisation is not subscribed to currency {currency}")
        status = whole.get("Status", "DRAFT")
        if before is None and status not in _NEW:
            raise Refusal("Invoice not of valid status for creation")
        amounts = whole.get("LineAmountTypes", "Exclusive")
        rows = whole.get("LineItems", ())
        lines = sums.lines(rows, amounts, self.site, places) if "LineItems" in posted else [*rows]
        for row in lines:
            row.setdefault("LineItemID", self.drawn())
        return {
            "Type": whole.get("Type", ""),
            "Reference": whole.get("Reference", ""),
            "HasErrors": False,
            "HasAttachments": False,
            "CurrencyRate": Decimal(whole.get("CurrencyRate", 1)),
            "Contact": self.contact(whole.get("Contact", {})),
            **self.dated("Date", whole),
            "Status": status,
            "LineAmountTypes": amounts,
            "LineItems": lines,
            **sums.totals(lines, amounts),
            "CurrencyCode": currency,
        }

    def dated(self, member: str, posted: Row, *, locks: bool = True) -> dict[str, str]:
        """A date in its two shapes; today where none is told. Raises `Refusal` for one in a period
        that is closed."""
        text = str(posted.get(member, ""))
        text = moment(text) if text.startswith("/Date(") else text[:10]
        today = datetime.fromtimestamp(unix_s(self.clock.now()), UTC).date().isoformat()
        try:
            day = date.fromisoformat(text or today)
        except ValueError:
            raise Refusal(f"{member} {text[:20]} is not a date") from None
        if locks and day.isoformat() < self.site.locked_until:
            until = date.fromisoformat(self.site.locked_until).strftime("%d-%b-%Y")
            raise Refusal(
                "The document date cannot be before the end of year lock date, currently set at"
                f" {until}"
            )
        midnight_s = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
        return {f"{member}String": f"{day.isoformat()}T00:00:00", member: stamp(midnight_s)}


def _moved(document: Row) -> dict[str, str]:
    """From which account money goes, or to which, by its code; and what a payment is of."""
    source, target = (document.get(name) for name in ("FromBankAccount", "ToBankAccount"))
    if source and target:  # shown by their names, which end with their codes
        return {"from": source["Name"].rpartition(" ")[2], "to": target["Name"].rpartition(" ")[2]}
    if bank := document.get("BankAccount"):
        return {"to" if document["Type"] == "RECEIVE" else "from": bank["Code"]}
    if not (account := document.get("Account")):
        return {}
    if invoice := document.get("Invoice"):
        return {"to": account["Code"], "of": invoice["InvoiceNumber"]}
    return {"from": account["Code"], "of": document["CreditNote"]["CreditNoteNumber"]}


def stamp(at_s: float, zone: str = "+0000") -> str:
    """A moment as Xero writes it."""
    return f"/Date({int(at_s * 1000)}{zone})/"


def moment(written: str) -> str:
    """The date of a moment as Xero writes it; empty where it is none."""
    digits = written.removeprefix("/Date(").partition("+")[0].partition(")")[0]
    return datetime.fromtimestamp(int(digits) / 1000, UTC).date().isoformat() if digits else ""
