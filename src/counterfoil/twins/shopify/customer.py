"""Customers of a shop: who has an account, what people do with it, and what a message says of it.

As recorded: tags come sorted and once, a blank text is null, of two that are merged the second one
stays, and a message knows neither consents nor tags.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

import msgspec

from counterfoil.twins.kit.book import Entry, Fact, Measure
from counterfoil.twins.kit.graphql.answer import Page, page_size
from counterfoil.twins.kit.graphql.problem import Json, Refused
from counterfoil.twins.kit.graphql.selection import Selected
from counterfoil.twins.kit.memory import Memory, blob, number
from counterfoil.twins.kit.paging import Cursor, opened, sealed
from counterfoil.twins.kit.webhooks import Webhooks
from counterfoil.twins.shopify.profile import Profile
from counterfoil.twins.shopify.search import continued, search
from counterfoil.twins.shopify.spelling import gid, local, number_in, utc
from counterfoil.values.clock import Clock

SCOPE: Final = "read_customers"
_FIRST: Final = 10_841_260_523_001
_PLAIN: Final = {
    "first": "", "last": "", "email": "", "phone": "", "note": "", "state": "DISABLED",
    "tags": (), "tax_exempt": False, "tax_exemptions": (), "addresses": (), "locale": "en",
    "email_consent": ("NOT_SUBSCRIBED", None), "sms_consent": ("NOT_SUBSCRIBED", None),
}  # fmt: skip
"""What an account says where nothing else is said; a consent is a state and since when."""
_ADDRESS: Final = (
    "firstName lastName company address1 address2 city province provinceCode zip countryCodeV2"
    " phone"
).split()

Account = dict[str, Any]


class Customers:
    """The accounts of one shop."""

    def __init__(self, memory: Memory, clock: Clock, webhooks: Webhooks, profile: Profile) -> None:
        memory.lay(__package__ or "", "customers.sql")
        self._memory, self._clock = memory, clock
        self._webhooks, self._profile = webhooks, profile

    # --- what people do ---

    def enter(self, **said: object) -> int:
        """Somebody makes an account, or gives an address; the number."""
        key = int(self._memory.fact("account_next", _FIRST))
        self._memory.learn("account_next", key + 32)  # no number is given twice
        self._put(key, {**_PLAIN, **said}, self._now_s(), "customers/create")
        return key

    def change(self, key: int, **said: object) -> None:
        """Something of an account changes."""
        row = self._row(key)
        self._put(key, {**row, **said}, int(row["created_s"]), "customers/update")

    def consent(self, key: int, channel: str, state: str) -> None:
        """Somebody says whether to be written to ("email", "sms")."""
        row = self._row(key)
        topic = f"customers_{'email_' if channel == 'email' else ''}marketing_consent/update"
        fields = {f"{channel}_consent": (state, self._now_s())}
        self._put(key, {**row, **fields}, int(row["created_s"]), topic)

    def merge(self, gone: int, kept: int) -> None:
        """Two become one."""
        names = {"kept": gid("Customer", kept), "deleted": gid("Customer", gone)}
        message = {f"admin_graphql_api_customer_{word}_id": name for word, name in names.items()}
        self._end(
            gone,
            "customers/merge",
            {**message, "admin_graphql_api_job_id": None, "status": "completed", "errors": []},
        )
        self.change(kept)

    def delete(self, key: int) -> None:
        """An account is taken away."""
        named: Json = {"id": key, "phone": None, "addresses": [], "tax_exemptions": []}
        self._end(key, "customers/delete", named)

    def erase(self, key: int) -> None:
        """Somebody wants to be forgotten."""
        row = self._row(key)
        who = {"id": key, "email": row["email"], "phone": row["phone"]}
        shop = {"shop_id": 954_889, "shop_domain": self._profile.domain}
        self._end(key, "customers/redact", {**shop, "customer": who, "orders_to_redact": []})

    # --- what is told ---

    def answers(self) -> Mapping[str, Callable[[Selected, str], object]]:
        """What answers the root fields."""
        return {
            "customer": self._customer,
            "customers": self._customers,
            "customersCount": self._count,
        }

    def book(self, after: int = 0) -> Iterator[Entry]:
        """Every account beyond the number `after`."""
        sql = "select * from account where id > ? order by id"
        for row in self._memory.records(sql, (after,)):
            account = _account(row)
            facts: dict[str, Fact] = {
                name: account[name] for name in ("first", "last", "email", "phone", "state")
            }
            facts["consents"] = (account["email_consent"][0], account["sms_consent"][0])
            key, born_s = str(row["id"]), int(number(row["created_s"]))
            yield Entry(key, key, born_s, int(number(row["indexed_s"])), Measure(0, ""), facts)

    def body(self, key: int) -> bytes:
        """What a message says of an account."""
        row = self._row(key)
        at = partial(local, offset_minutes=self._profile.offset_minutes)
        members = {"first": "first_name", "last": "last_name", "email": "email", "phone": "phone"}
        plain = {name: row[member] or None for member, name in members.items()}
        return msgspec.json.encode(
            {
                "id": key,
                "created_at": at(int(row["created_s"])),
                "updated_at": at(int(row["indexed_s"])),
                **plain,
                "state": str(row["state"]).lower(),
                "note": row["note"] or None,
                "verified_email": True,
                "tax_exempt": row["tax_exempt"],
                "currency": self._profile.currency,
                "addresses": [],
                "tax_exemptions": [],
                "admin_graphql_api_id": gid("Customer", key),
            }
        )

    # --- inside ---

    def _customer(self, root: Selected, base_url: str) -> Json | None:
        key = number_in(str(root.arguments["id"]), "Customer")
        if key is None:
            raise Refused(f"Invalid global id '{root.arguments['id']}'", code="BAD_REQUEST")
        rows = self._memory.records("select * from account where id = ?", (key,))
        return next((self._shown(_account(row)) for row in rows), None)

    def _customers(self, root: Selected, base_url: str) -> Page:
        size, asked, after = page_size(root), root.arguments, root.arguments.get("after")
        key, query = str(asked.get("sortKey") or "ID"), str(asked.get("query") or "")
        listing = search(query, self._clock.now(), sort_key=key, reverse=bool(asked.get("reverse")))
        if after is not None:
            listing = continued(listing, opened(after))
        where, values = listing.where()
        order = f"{listing.column} {listing.direction}, id {listing.direction}"
        sql = f"select * from account where {where} order by {order} limit ?"  # noqa: S608
        rows = [*self._memory.records(sql, (*values, size + 1))]

        def cursor(place: int) -> str:
            row = rows[place]
            value = int(number(row[listing.column]))
            return sealed(Cursor(int(number(row["id"])), value, listing.listing))

        items = [self._shown(_account(row)) for row in rows[:size]]
        return Page(items, cursor, len(rows) > size, after is not None)

    def _count(self, root: Selected, base_url: str) -> Json:
        where, values = search(str(root.arguments.get("query") or ""), self._clock.now()).where()
        sql = f"select count(*) from account where {where}"  # noqa: S608
        return {"count": int(self._memory.number(sql, *values)), "precision": "EXACT"}

    def _shown(self, row: Account) -> Json:
        key = int(row["id"])
        places = [_place(key, at, place) for at, place in enumerate(row["addresses"])]
        email, phone = row["email"], row["phone"]
        mail = {"emailAddress": email, **_consent(row["email_consent"])}
        call = {"phoneNumber": phone, **_consent(row["sms_consent"])}
        return {
            "id": gid("Customer", key),
            "legacyResourceId": str(key),
            "createdAt": utc(int(row["created_s"])),
            "updatedAt": utc(int(row["indexed_s"])),
            "state": row["state"],
            "firstName": row["first"] or None,
            "lastName": row["last"] or None,
            "displayName": f"{row['first']} {row['last']}".strip() or email,
            "locale": row["locale"],
            "note": row["note"] or None,
            "tags": sorted({*row["tags"]}),
            "taxExempt": row["tax_exempt"],
            "taxExemptions": [*row["tax_exemptions"]],
            "amountSpent": (0, self._profile.currency),
            "defaultEmailAddress": mail if email else None,
            "defaultPhoneNumber": {**call, "marketingCollectedFrom": "OTHER"} if phone else None,
            "defaultAddress": next(iter(places), None),
            "addressesV2": places,
        }

    def _row(self, key: int) -> Account:
        (row,) = self._memory.records("select * from account where id = ?", (key,))
        return _account(row)

    def _put(self, key: int, row: Account, created_s: int, topic: str) -> None:
        shown = {name: row[name] for name in _PLAIN}
        columns = {"id": key, "created_s": created_s, "indexed_s": self._now_s()}
        with self._memory.transaction():
            self._memory.keep("account", {**columns, "shown": msgspec.json.encode(shown)})
            self._webhooks.promise(topic, partial(self.body, key), self._clock.now())

    def _end(self, key: int, topic: str, told: Json) -> None:
        with self._memory.transaction():
            self._memory.run("delete from account where id = ?", key)
            self._webhooks.promise(topic, partial(msgspec.json.encode, told), self._clock.now())

    def _now_s(self) -> int:
        return int(self._clock.now().timestamp())


class _Item(dict[str, Any]):
    """An address as it is answered; pages are cut by its number."""

    id = 0


def _account(row: Mapping[str, object]) -> Account:
    return {**row, **msgspec.json.decode(blob(row["shown"]))}


def _consent(told: tuple[str, int | None]) -> Json:
    state, since_s = told
    since = None if since_s is None else utc(since_s)
    level = {"marketingOptInLevel": "SINGLE_OPT_IN", "marketingUpdatedAt": since}
    return {"marketingState": state, **level}


def _place(customer: int, at: int, told: Mapping[str, str]) -> _Item:
    place = _Item({name: told.get(name) or None for name in _ADDRESS})
    place.id = customer * 100 + at
    place["id"] = f"{gid('MailingAddress', place.id)}?model_name=CustomerAddress"
    place["name"] = " ".join(filter(None, (told.get("firstName"), told.get("lastName")))) or None
    place["country"] = told.get("countryCodeV2")
    return place
