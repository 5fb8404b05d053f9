"""Customer: a person or a firm that buys, as the system that has the account states it."""

from __future__ import annotations

import re
from typing import ClassVar, Final, Literal

import msgspec

from counterfoil.model.address import Address
from counterfoil.model.document import Measure, Ref
from counterfoil.values.clock import Instant, instant
from counterfoil.values.errors import Hold

CustomerStatus = Literal["active", "merged", "deleted", "erased"]
Channel = Literal["email", "sms", "post"]
ConsentState = Literal["yes", "pending", "no", "unknown"]
ConsentLevel = Literal["", "single", "confirmed"]

_NARROWER: Final[tuple[ConsentState, ...]] = ("yes", "pending", "unknown", "no")
"""The states of a consent, each allowing less than the one before it."""
_NOT_IN_A_NUMBER: Final = re.compile(r"[^+\d]")


class Consent(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whether somebody may be written to by a channel: since when (`at`, ISO 8601 in UTC, "" where
    it is not said), and where the consent was taken (`source`). `level` says of a consent whether
    it was given once, or confirmed by an answer; "" where that is not known."""

    channel: Channel
    state: ConsentState
    at: str = ""
    level: ConsentLevel = ""
    source: str = ""


class Loyalty(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a customer stands in a loyalty programme; None points: they are not said."""

    programme: str
    tier: str = ""
    points: int | None = None


class Customer(msgspec.Struct, frozen=True, omit_defaults=True):
    """One customer as its source states it now.

    `guest`: somebody bought, or gave an address, and has no account. `email` and `phone` are as
    they were sent: `email_key` and `phone_key` compare them. The first of the `addresses` is the
    one that is used where none is chosen. `merged_into` is the key of the customer that lives on.
    `currency` is ISO 4217 ("" where none is said), `locale` such as "en-GB". Times are ISO 8601 in
    UTC. What is gone says no more than its key.
    """

    key: str
    created: str
    updated: str
    status: CustomerStatus = "active"
    merged_into: str = ""
    guest: bool = False
    first: str = ""
    last: str = ""
    company: str = ""
    email: str = ""
    phone: str = ""
    addresses: tuple[Address, ...] = ()
    tax_number: str = ""
    tax_exempt: bool = False
    tax_exemptions: tuple[str, ...] = ()
    currency: str = ""
    locale: str = ""
    tags: tuple[str, ...] = ()
    consents: tuple[Consent, ...] = ()
    loyalty: tuple[Loyalty, ...] = ()
    note: str = ""

    PERSONAL: ClassVar = (
        "first", "last", "company", "email", "phone", "tax_number", "tags", "loyalty", "note",
    )  # fmt: skip
    KNOWN_BY: ClassVar = {"email": "mail", "phone": "phone", "key": "account"}

    @property
    def number(self) -> str:
        """What people read: a customer's name is nobody's but the customer's."""
        return self.key

    @property
    def name(self) -> str:
        """Both names, else the firm's, else the e-mail address, else the telephone number."""
        names = f"{self.first.strip()} {self.last.strip()}".strip()
        return names or self.company.strip() or self.email.strip() or self.phone.strip()

    @property
    def version(self) -> Instant:
        """The moment of the source's last change."""
        return instant(self.updated)

    @property
    def born(self) -> Instant:
        """When it was created at its source."""
        return instant(self.created)

    @property
    def measure(self) -> Measure:
        """It is counted, and carries neither money nor pieces."""
        return Measure()

    @property
    def gone(self) -> bool:
        """Whether its source has it no more, under this key."""
        return self.status != "active"

    @property
    def refs(self) -> tuple[Ref, ...]:
        """The customer that it lives on as."""
        return (Ref("customer", self.merged_into),) if self.merged_into else ()

    @property
    def turn(self) -> Ref | None:
        """It follows nothing but its own earlier versions."""
        return None


def email_key(email: str) -> str:
    """What an e-mail address is compared by: its signs' cases and blanks around it say nothing."""
    return email.strip().casefold()


def phone_key(phone: str) -> str:
    """What a telephone number is compared by: its digits, with a + where it is international."""
    digits = _NOT_IN_A_NUMBER.sub("", phone)
    return f"+{digits[2:]}" if digits.startswith("00") else digits


def prevails(one: Consent, other: Consent) -> Consent:
    """Which of two consents by one channel holds: the later one by its own moment; where a moment
    is not said, or they have the same, the one that allows less."""
    if one.at and other.at and instant(one.at) != instant(other.at):
        return max(one, other, key=lambda consent: instant(consent.at))
    return max(one, other, key=lambda consent: _NARROWER.index(consent.state))


def wider(now: Consent, before: Consent) -> bool:
    """Whether a consent allows more than another one."""
    return _NARROWER.index(now.state) < _NARROWER.index(before.state)


def check(customer: Customer) -> None:
    """Raise `Hold` where it lives on nowhere or as itself, or nobody can say what was consented to.

    Codes: "lives-on-nowhere", "consent-twice", "consent-unknown".
    """
    if (customer.status == "merged") != bool(customer.merged_into) or (
        customer.merged_into == customer.key
    ):
        lives_on = customer.merged_into or "nobody"
        sentence = f"Customer {customer.key} is {customer.status} and lives on as {lives_on}."
        raise Hold(sentence, do=_DO, code="lives-on-nowhere")
    channels = [consent.channel for consent in customer.consents]
    if len(channels) > len({*channels}):
        sentence = f"Customer {customer.key} has two consents by one channel."
        raise Hold(sentence, do=_DO, code="consent-twice")
    unknown = [consent.channel for consent in customer.consents if consent.state == "unknown"]
    if unknown:
        sentence = f"Nobody knows whether customer {customer.key} consents to {unknown[0]}."
        raise Hold(sentence, do=_DO, code="consent-unknown")


_DO: Final = "Correct the customer at the system that has it: it arrives again by itself."
