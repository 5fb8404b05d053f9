"""All that Shopify tells of a customer and anybody here reads, made a `Customer`."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from counterfoil.connectors.shopify.fields import ADDRESS, legacy
from counterfoil.kit.api.reading import DocumentReader, Head, Row, reading_of
from counterfoil.kit.connector import Listed, Reading
from counterfoil.mapping.convert import currency_code, flag, lower, text, when
from counterfoil.mapping.field import Each, Field, Part
from counterfoil.mapping.mapper import Mapper
from counterfoil.mapping.shape import at, table
from counterfoil.mapping.valuemap import words_of
from counterfoil.mapping.written import labels
from counterfoil.model.address import Address
from counterfoil.model.customer import Channel, Consent, ConsentLevel, ConsentState, Customer
from counterfoil.values.clock import Instant, instant
from counterfoil.values.errors import CounterfoilError, Hold

_NAMELESS: Final = "The answer does not say which customer it is about."


class _Words(msgspec.Struct, frozen=True):
    consents: dict[str, ConsentState]
    levels: dict[str, ConsentLevel]


_WORDS: Final = words_of(__package__ or "", _Words)


class ToldReach(msgspec.Struct, frozen=True, gc=False):
    """An e-mail address or a telephone number, and whether it may be written to."""

    email: Annotated[str, at("emailAddress")] = ""
    phone: Annotated[str, at("phoneNumber")] = ""
    state: Annotated[str, at("marketingState")] = ""
    level: Annotated[str, at("marketingOptInLevel")] = ""
    since: Annotated[str, at("marketingUpdatedAt", when)] = ""
    source: Annotated[str, at("marketingCollectedFrom", lower)] = ""

    def consent(self, channel: Channel) -> Consent:
        """What it says of a channel; a state that nobody knows is unknown."""
        state, level = _WORDS.consents.get(self.state, "unknown"), _WORDS.levels.get(self.level, "")
        return Consent(channel, state, self.since, level if state == "yes" else "", self.source)


class ToldCustomer(msgspec.Struct, frozen=True, gc=False):
    """One customer, with a page of the addresses."""

    key: Annotated[str, at("id", legacy)]
    created: Annotated[str, at("createdAt", when)]
    updated: Annotated[str, at("updatedAt", when)]
    state: Annotated[str, at("state")]
    first: Annotated[str, at("firstName")] = ""
    last: Annotated[str, at("lastName")] = ""
    locale: Annotated[str, at("locale")] = ""
    note: Annotated[str, at("note", text)] = ""
    tags: Annotated[tuple[str, ...], at("tags", labels)] = ()
    tax_exempt: Annotated[bool, at("taxExempt", flag)] = False
    tax_exemptions: Annotated[tuple[str, ...], at("taxExemptions", labels)] = ()
    currency: Annotated[str, at("amountSpent.currencyCode", currency_code)] = ""
    mail: Annotated[ToldReach, "defaultEmailAddress"] = ToldReach()
    calls: Annotated[ToldReach, "defaultPhoneNumber"] = ToldReach()
    main: Annotated[Address, Part("", "defaultAddress", ADDRESS)] = Address()
    addresses: Annotated[tuple[Address, ...], Each("", "addressesV2.nodes", ADDRESS)] = ()
    further: Annotated[bool, at("addressesV2.pageInfo.hasNextPage", flag)] = False


def flat(node: Row) -> Row:
    """The node with the number of its customer beside its own members."""
    return {**node, "number": str(node.get("id", "")).rpartition("/")[2]}


class ReadCustomer(DocumentReader[Customer, Customer]):
    """Reads customers, and the rows of their round."""

    def __init__(self, where: str) -> None:
        self._mapper = Mapper(table("GraphQL customer", ToldCustomer))
        self._where = where
        head = Head(
            key=Field("key", "id", legacy),
            number="number",
            version="updatedAt",
            created="createdAt",
            currency="currency",
            total=lambda row, currency: None,
        )
        super().__init__(head, self._customer, _whole, nameless=_NAMELESS)

    def stump(
        self, row: Row, at: Instant, problem: CounterfoilError, source: bytes = b""
    ) -> Reading[Customer]:
        """What can be known of a customer who could not be read: no money is at stake."""
        stump = super().stump(row, at, problem, source)
        return msgspec.structs.replace(stump, currency="")

    def counted(self, row: Row) -> Listed:
        """The row of a round. Raises `Hold` where it does not say who, or when."""
        key, updated = legacy(row.get("id"), ""), when(row.get("updatedAt"), "")
        return Listed(key, key, instant(updated), instant(when(row.get("createdAt"), "")))

    def _customer(self, row: Row) -> Customer:
        if row.get("gone"):
            return msgspec.convert(row["gone"], Customer)
        account = self._mapper.run(row, "")
        if account.further:
            raise Hold(
                f"Customer {account.key} has more than {len(account.addresses)} addresses.",
                do="Raise addresses_per_customer of this connection; or set the record aside.",
                where=self._where,
                code="too-long",
            )
        reaches: tuple[tuple[Channel, ToldReach], ...] = (
            ("email", account.mail),
            ("sms", account.calls),
        )
        others = [address for address in account.addresses if address != account.main]
        return Customer(
            key=account.key,
            created=account.created,
            updated=account.updated,
            guest=account.state != "ENABLED",
            first=account.first,
            last=account.last,
            company=account.main.company,
            email=account.mail.email,
            phone=account.calls.phone,
            addresses=tuple(each for each in (account.main, *others) if each != Address()),
            tax_exempt=account.tax_exempt,
            tax_exemptions=account.tax_exemptions,
            currency=account.currency,
            locale=account.locale,
            tags=account.tags,
            consents=tuple(reach.consent(name) for name, reach in reaches if reach.state),
            note=account.note,
        )


def _whole(customer: Customer, row: Row, source: bytes) -> Reading[Customer]:
    return reading_of(customer, source)
