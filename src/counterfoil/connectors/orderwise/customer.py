"""Customers into OrderWise: an account under our own code, looked up before it is made or changed.

OrderWise publishes no way to write one, so that where accounts are posted and put is the site's to
say. The members are those that `GET /customers` shows of each (recorded).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from counterfoil.connectors.orderwise.client import Client
from counterfoil.connectors.orderwise.fields import BETWEEN, columns_of
from counterfoil.connectors.orderwise.profile import TITLE, Profile
from counterfoil.kit.api.called_target import Call, CalledTarget
from counterfoil.kit.api.compared import Forms, Member, Shown
from counterfoil.kit.api.masked import member
from counterfoil.kit.api.queried import Ask
from counterfoil.kit.api.readback import Row, fields, runs, text, unseen
from counterfoil.kit.connector import ALONE, Inputs, Intent, Kind, Seen
from counterfoil.mapping.account import Account, alone, losses, namesakes
from counterfoil.mapping.convert import needed, searchable
from counterfoil.mapping.field import Field
from counterfoil.mapping.untold import reasons
from counterfoil.model.customer import Customer, email_key
from counterfoil.values.errors import Hold

CF_CUSTOMERS: Final = columns_of("definitions/CF_CUSTOMERS.sql")
_WHY: Final = reasons(__package__ or "", "customer")
_KEY: Final = searchable(TITLE, BETWEEN)
_TOLD: Final = (
    ("email", "statementEmail", "email", "customer.email"),
    ("telephone", "statementTelephone", "phone", "customer.phone"),
    ("vat_number", "vatNumber", "tax_number", "customer.tax_number"),
    ("address1", "statementAddress1", "addresses", "main.line1"),
    ("address2", "statementAddress2", "addresses", "main.line2"),
    ("town", "statementTown", "addresses", "main.town"),
    ("county", "statementCounty", "addresses", "main.region"),
    ("postcode", "statementPostcode", "addresses", "main.postcode"),
    ("country", "statementCountryCode", "addresses", "main.country"),
)
"""What an account is told: the name of each, its member and column, the field of a customer that it
is of, and where that stands."""
_SHOWN: Final = (
    Shown("reference", "code", "accountNumber", text),
    Shown("name", "person", "statementName"),
    *(Shown(name, "person", column) for name, column, _, _ in _TOLD),
)
_READERS: Final = {field.column: field.reader for field in _SHOWN}
_KINDS: Final[Mapping[str, Kind]] = {field.name: field.kind for field in _SHOWN if field.kind}
_FORMS: Final = Forms[Account](
    "orderwise.customer",
    (
        Member("reference", Field("accountNumber", "key", _KEY)),
        Member(
            "name",
            Field("statementName", "name", needed("name", TITLE)),
            lambda account: account.may_name,
        ),
        *(member(name, column, source, field) for name, column, field, source in _TOLD),
    ),
    _KINDS,
)


class _Held(msgspec.Struct, frozen=True):
    """The account that is there under our code, and the codes of others with its e-mail address."""

    id: str = ""
    others: tuple[str, ...] = ()


class _Accounts(NamedTuple):
    """The accounts of a site, by their codes or by an e-mail address."""

    ask: Ask
    most: int

    async def found(self, keys: Sequence[str], emails: Sequence[str]) -> list[Row]:
        """Every account that has one of these codes or addresses."""
        rows: dict[str, Row] = {}
        for name, words in {"@refs": keys, "@emails": emails}.items():
            for run in runs(words, self.most, BETWEEN):
                asked = {"@refs": "", "@emails": "", name: BETWEEN.join(run)}
                rows |= {str(row["customerId"]): row for row in await self.ask(asked)}
        return list(rows.values())

    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        """Every account under each code."""
        documents = dict[str, list[Seen]]()
        for row in await self.found(references, ()):
            reference = text(row["accountNumber"])
            if reference in references:
                identity, hidden = str(row["customerId"]), frozenset(unseen(row, _READERS))
                account = Seen(identity, reference, fields(row, _READERS, ""), hidden)
                documents.setdefault(reference, []).append(account)
        return documents


class CustomerTarget(CalledTarget):
    """Customers of one connection, as `kit.connector.LooksFirst`."""

    def __init__(self, profile: Profile, client: Client) -> None:
        ask = client.query(CF_CUSTOMERS, "customers_definition")
        self._accounts = _Accounts(ask, profile.reference_text_most)
        names = ("id", "accountNumber")
        super().__init__(client.told, self._accounts, names, TITLE, client.where)
        self._profile = profile

    async def there(
        self, documents: Sequence[Customer], inputs: Sequence[Inputs]
    ) -> Sequence[bytes]:
        """Which account OrderWise has of each, and who else has the e-mail address."""
        emails = [email_key(document.email) for document in documents]
        keys = [_KEY(document.key, "") for document in documents]
        rows = await self._accounts.found(
            keys, sorted({_KEY(email, "") for email in emails if email})
        )
        looks = list[bytes]()
        for document, key in zip(documents, keys, strict=True):
            mine = [row for row in rows if text(row["accountNumber"]) == key]
            accounts = [
                (text(row["accountNumber"]), text(row["statementEmail"]))
                for row in rows
                if row not in mine
            ]
            identity = str(mine[0]["customerId"]) if mine else ""
            others = namesakes(document, documents, accounts)
            looks.append(msgspec.json.encode(_Held(identity, others)))
        return looks

    def compose(self, document: Customer, inputs: Inputs = ALONE) -> Intent:
        """The post of one account, or the put of what is there (pure). Raises `Hold` where nobody
        has said where to, or another account has the same e-mail address."""
        look, account = inputs.held(_Held), Account(document, inputs.mask)
        profile = self._profile
        path = profile.customer_change_path if look.id else profile.customer_path
        if not path:
            raise Hold(
                f"Nobody has said where this {TITLE} takes customers.",
                do="Set customer_path and customer_change_path by the site's own /owapi/docs, then"
                " send the held records again; or enter the account there by hand.",
                where=self._where,
                code="customers-off",
            )
        alone(document, look.others, TITLE, profile.same_email)
        form = _FORMS.of(account)
        body = form.payload.run(account, "")
        expected = {**dict.fromkeys(form.blanks, ""), **form.expected(body, account, "")}
        whole = path.replace("{customer_id}", look.id)
        call = Call("PUT" if look.id else "POST", whole, body, look.id)
        return call.intent(document.key, expected, _KINDS, [*losses(account, _WHY)])
