"""One customer's OrderWise: everything that differs from site to site, or is published nowhere.

OrderWise publishes no API reference; each default here was seen in public connector code or is
the harsher of two readings, and a test may choose the other.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Literal, TypeVar

import msgspec

from counterfoil.twins.kit.stored_query import Definition, load
from counterfoil.values.clock import Clock, wall_clock

T = TypeVar("T")


class Named(msgspec.Struct, frozen=True):
    """A row of a value list."""

    id: int
    name: str


class TaxRate(Named, frozen=True):
    """A VAT rate; `basis_points` is the rate in hundredths of a per cent (20 % is 2000)."""

    basis_points: int


class DeliveryMethod(Named, frozen=True):
    """A delivery method; its own rate taxes the delivery charge, as no order says which does."""

    tax_rate_id: int
    courier_id: int | None = None


class Courier(Named, frozen=True):
    """A courier, and what stands around a consignment's number in its address."""

    prefix: str = ""
    suffix: str = ""


class Customer(msgspec.Struct, frozen=True, rename="camel"):
    """A customer account, as `GET /customers` lists it (a part of the members observed)."""

    id: int
    account_number: str
    statement_name: str
    statement_town: str = ""
    statement_country_code: str = "GB"
    statement_email: str = ""
    currency_id: int = 1
    default_tax_code_id: int = 1
    price_list_id: int = 2
    default_stock_location_id: int = 3
    account_customer: bool = False
    on_hold: bool = False
    credit_limit: int = 0
    balance: int = 0
    last_amended_date_time: str = "2026-10-05T09:58:11"


_LISTS = tomllib.loads((files(__package__ or "") / "site.toml").read_text("utf-8"))


def _listed(name: str, shape: type[T]) -> tuple[T, ...]:
    return msgspec.convert(_LISTS[name], tuple[shape, ...])


class Site(msgspec.Struct, frozen=True):
    """The settings of one instance.

    `user` and `password` sign in; a token lives `token_ttl_s` seconds. `calls_per_s`, `burst` and
    `slots` are the limits of the account; none is published. `read_lag_s`: the shortest and the
    longest read lag, in seconds. `patience_s`: how long a caller waits for an answer, in seconds,
    so that silence lasts longer. `products`: the variant codes that exist; None accepts any code
    but the empty one.
    `error_body`: what a refusal carries: nothing, plain text, or {"Message": text}.
    `sign_in_body`: a JSON string, or {"token": text}.
    `one_token`: whether signing in again ends the user's earlier token.
    `reprices_unless_told`: whether a line that does not say `calculateLineSystemPrice` is
    repriced, as one that says true is.
    `locked_before`: orders dated earlier (ISO local date) lie in a locked period; "" for none.
    `zone`: the server's time zone; its data carry local times without an offset.
    `base_path`: where the API lies ("" or such as "/owapi").
    `unique_references`: whether a second order under one reference is answered with the first; no
    OrderWise is known to do so, and other targets are.
    `payment_field`, `currency_field`: the members that name the payment method and the currency;
    their names are published nowhere.
    `pads_texts`: texts come back with a blank at their end; `blank_is_null`: an empty text comes
    back as null; `thousandths`: times come back with three decimals (all recorded of other rows).
    `unique_for_s`: for how long after the first one it is so.
    `despatches`: whether what landed is despatched by itself, each step after `pick_s` (the
    shortest and the longest, in seconds).
    """

    user: str = ""
    password: str = ""
    token_ttl_s: float = 3600.0
    calls_per_s: float = 4.0
    burst: int = 4
    slots: int = 2
    read_lag_s: tuple[float, float] = (0.5, 2.0)
    patience_s: float = 30.0
    products: tuple[str, ...] | None = None
    base_path: str = ""
    unique_references: bool = False
    unique_for_s: float = math.inf
    sessions: frozenset[int] = frozenset({12})
    error_body: Literal["empty", "text", "message"] = "text"
    sign_in_body: Literal["string", "object"] = "string"
    one_token: bool = False
    reprices_unless_told: bool = True
    locked_before: str = ""
    zone: str = "Europe/London"
    payment_field: str = "paymentMethodId"
    currency_field: str = "orderHeader.currencyId"
    pads_texts: bool = False
    blank_is_null: bool = False
    thousandths: bool = False
    despatches: bool = False
    pick_s: tuple[float, float] = (60.0, 600.0)
    customers: tuple[Customer, ...] = _listed("customers", Customer)
    tax_rates: tuple[TaxRate, ...] = _listed("tax_rates", TaxRate)
    delivery_methods: tuple[DeliveryMethod, ...] = _listed("delivery_methods", DeliveryMethod)
    currencies: tuple[Named, ...] = _listed("currencies", Named)
    stock_locations: tuple[Named, ...] = _listed("stock_locations", Named)
    payment_methods: tuple[Named, ...] = _listed("payment_methods", Named)
    price_lists: tuple[Named, ...] = _listed("price_lists", Named)
    order_types: tuple[Named, ...] = _listed("order_types", Named)
    statuses: tuple[Named, ...] = _listed("statuses", Named)
    couriers: tuple[Courier, ...] = _listed("couriers", Courier)
    despatch_statuses: tuple[Named, ...] = _listed("despatch_statuses", Named)
    widths: Mapping[str, int] = msgspec.field(default_factory=lambda: _LISTS["widths"])
    definitions: tuple[Definition, ...] = load(__package__ or "", "exports.toml")

    def value_list(self, number: int) -> list[Named] | None:
        """The rows of `/value-lists/{number}`, or None where the number is not one observed."""
        name = _LISTS["value_lists"].get(str(number))
        return name and [Named(row.id, row.name) for row in getattr(self, name)]


def local_time(clock: Clock, zone: str) -> str:
    """What the server's own clock shows."""
    return wall_clock(clock.now(), zone)
