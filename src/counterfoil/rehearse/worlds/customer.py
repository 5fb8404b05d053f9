"""Customers in a world: what they do at the shop, and what must then be true of every account.

Asked of the twins' own books: K1 nothing is lost, K2 each has one account and nobody else has any,
K3 what is called an account is as its customer is now, K4 a guest has none, K5 who was never known
there while they were customers has none after they are gone.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import msgspec
from msgspec.structs import replace

from counterfoil.flows.route import Plan
from counterfoil.rehearse.cast.clients import Client
from counterfoil.rehearse.cast.estate import CUSTOMERS, SOURCE, TARGET, WEBHOOKS, Counters
from counterfoil.rehearse.worlds.plans import hastened
from counterfoil.rehearse.worlds.recipe import Recipe
from counterfoil.rehearse.worlds.snapshot import Snapshot
from counterfoil.rehearse.worlds.verdict import Verdict

PREFIX: Final = "W"
"""Stands before a customer's key at the office."""
_AT_TARGET: Final = (4, 5)  # delivered, confirmed
_RATE: Final = 0.25
HAPPENINGS: Final = ("opened_account", "consented", "joined", "removed", "erased", "same_address")


def peopled(recipe: Recipe) -> Recipe:
    """The same world where the shop's customers have accounts at the office; more befalls them
    where anything goes wrong at all."""
    names = HAPPENINGS if recipe.rates else ()
    rates = {f"clients.{name}": _RATE for name in names}
    return replace(recipe, customers=3 + recipe.seed % 5, rates={**rates, **recipe.rates})


def plans(recipe: Recipe) -> dict[str, Plan]:
    """The route of a world with customers, beside its orders'."""
    if not recipe.customers:
        return {}
    plan = Plan(
        "customer", SOURCE, TARGET, "service", reference_prefix=PREFIX, mode="schedule",
        cadence_s=recipe.cadence_s, window_s=recipe.window_s,
    )  # fmt: skip
    return {CUSTOMERS: hastened(recipe, plan)}


class Clientele:
    """Who comes to the shop while the world goes on; and what of `Recipe.rates` befalls them beside
    it, counted in `reached`."""

    def __init__(self, recipe: Recipe, counters: Counters, reached: Counter[str]) -> None:
        self._chance = random.Random(f"clients|{recipe.seed}")
        self._doors, self.desk = counters
        self._reached = reached
        self._rates = recipe.rates_of("clients")
        self._mean_s = (recipe.spread_s + recipe.linger_s) / max(1, 8 * recipe.customers)
        self._count = 0
        ways: Mapping[str, Callable[[Client], None]] = {
            "opened_account": lambda client: self._doors.admit(client.key),
            "consented": lambda client: self._doors.consent(
                client.key, given=self._chance.random() < 0.5
            ),
            "joined": self._join,
            "removed": lambda client: self._doors.remove(client.key, erased=False),
            "erased": lambda client: self._doors.remove(client.key, erased=True),
            "same_address": self._same_address,
        }
        self._ways = {name: way for name, way in ways.items() if name in self._rates}
        if recipe.listening:
            self._doors.listen(WEBHOOKS)
        for _ in range(recipe.customers):
            self._enrol()

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            await asyncio.sleep(self._chance.expovariate(1 / self._mean_s))
            clients = self.clients()
            befalls = [name for name in self._ways if self._chance.random() < self._rates[name]]
            if len(clients) < 2 or self._chance.random() < 0.3:
                self._enrol()
            elif befalls:
                name = self._chance.choice(befalls)
                self._reached[f"clients.{name}"] += 1
                self._ways[name](self._chance.choice(clients))
            else:
                self._edit(self._chance.choice(clients))

    def clients(self) -> Sequence[Client]:
        """Everybody who is a customer now."""
        return self._doors.clients()

    def books(self) -> Books:
        """What is judged at the end."""
        accounts = self.desk.accounts()
        keyed = [replace(account, key=account.key.removeprefix(PREFIX)) for account in accounts]
        return Books(self.clients(), keyed)

    def _enrol(self) -> None:
        self._count += 1
        guest = self._chance.random() < 0.2
        self._doors.enrol(f"Client {self._count}", f"c{self._count}@example.com", guest=guest)

    def _edit(self, client: Client) -> None:
        self._count += 1
        fields = {"name": f"Client {self._count}", "phone": f"+4477009{self._count:05d}"}
        name = self._chance.choice(sorted(fields))
        self._doors.amend(client.key, **{name: fields[name]})

    def _join(self, client: Client) -> None:
        others = [other.key for other in self.clients() if other.key != client.key]
        self._doors.join(client.key, self._chance.choice(others))

    def _same_address(self, client: Client) -> None:
        self._count += 1
        self._doors.enrol(f"Client {self._count}", client.email, guest=False)


# --- what must be true ---


class Books(msgspec.Struct):
    """What is judged: who is a customer of the shop, and the accounts at the office by their code
    without its prefix."""

    clients: Sequence[Client]
    accounts: Sequence[Client]


def judged(books: Books, snapshot: Snapshot, verdict: Verdict) -> None:
    """Say what is wrong with the accounts, and with what is known of customers here."""
    for law in LAWS:
        name = law.__name__.lstrip("_")
        verdict.wrong += [f"{name}: {fault}" for fault in law(books, snapshot, verdict)]


def _k1_nothing_lost(books: Books, snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    """Every customer of the shop is here, in the newest version."""
    newest = snapshot.newest()
    for client in books.clients:
        row = newest.get(client.key)
        if row is None or int(row["version"].timestamp()) < client.changed_s:
            verdict.losses += 1
            yield f"customer {client.key} is {'nowhere' if row is None else 'here as of before'}"


def _k2_once(books: Books, snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    """Each has one account, unless a person is told of more; and nobody has one who was never a
    customer."""
    newest = snapshot.newest()
    waiting = {row["record"] for row in snapshot.tables["hold"] if row["closed_at"] is None}
    for key, count in Counter(account.key for account in books.accounts).items():
        if key not in newest:
            verdict.undetected += 1
            yield f"the office has an account for {key}, and the shop knew nobody of that number"
        elif count > 1 and newest[key]["id"] not in waiting and not snapshot.recipe.lag_beyond:
            verdict.undetected += count - 1
            yield f"the office has {count} accounts for {key}, and nobody is told"


def _k3_as_they_are(books: Books, snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    """What is called an account is as its customer is now."""
    accounts: dict[str, list[Client]] = {}
    for account in books.accounts:
        accounts.setdefault(account.key, []).append(account)
    deciding = snapshot.deciding()
    for client in books.clients:
        row = deciding.get(client.key)
        if row is None or row["state"] not in _AT_TARGET:
            continue
        same = [
            account
            for account in accounts.get(client.key, ())
            if (account.name, account.email) == (client.name, client.email)
            and account.phone in ("", client.phone)
        ]
        if not same:
            verdict.undetected += 1
            yield f"customer {client.key} is called an account, and there is none like that"


def _k4_guests(books: Books, snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    """A guest has no account."""
    opened = {account.key for account in books.accounts}
    for client in books.clients:
        if client.guest and client.key in opened:
            verdict.undetected += 1
            yield f"customer {client.key} is a guest, and has an account"


def _k5_the_gone(books: Books, snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    """Who is gone, as far as it was heard, is called no account any more."""
    here = {client.key for client in books.clients}
    gone = {
        key for key, rows in snapshot.versions().items()
        if key not in here and len({row["created"] for row in rows}) > 1
    }  # fmt: skip
    newest = snapshot.newest()
    for key in sorted(gone):
        if newest[key]["state"] in _AT_TARGET:
            verdict.undetected += 1
            yield f"customer {key} is gone, and called an account"


LAWS: Final = (_k1_nothing_lost, _k2_once, _k3_as_they_are, _k4_guests, _k5_the_gone)
