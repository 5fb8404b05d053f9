"""The worked tables of docs/algorithms are worked here: each row is computed, and compared."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from counterfoil.connectors.orderwise import CONNECTOR
from counterfoil.flows import confirm, outcome, settle
from counterfoil.flows.item import Item
from counterfoil.flows.oversell import Expected, loss
from counterfoil.flows.posting import PutOff
from counterfoil.flows.route import Plan
from counterfoil.kit.manifest import Carries
from counterfoil.kit.nowhere import NoBook, Nowhere
from counterfoil.kit.setup import Account, Means, open_connection
from counterfoil.ledger.account import State
from counterfoil.ledger.balance import Standing, balance
from counterfoil.mapping.item_code import ItemCodes
from counterfoil.mapping.sold import Pricer
from counterfoil.mapping.tax import Rates
from counterfoil.mapping.unit import Pack, Packs
from counterfoil.mapping.unit_price import per_unit
from counterfoil.model.line import Charge, Line, Tax
from counterfoil.model.order import Order, check
from counterfoil.model.stock import Meaning, Stock, available, pool
from counterfoil.model.words import ANY
from counterfoil.values.clock import SystemClock, instant, seconds_between
from counterfoil.values.errors import Hold
from counterfoil.values.ids import RecordId, Subject
from counterfoil.values.money import allocate, minor, plain, rounded
from tests.connectors.shopify.shapes import Item as Sold
from tests.connectors.shopify.shapes import Postage, Told
from tests.connectors.shopify.test_shapes import listed, pushed
from tests.house import refund_matrix
from tests.house.explained_table import explained

PAGES = Path(__file__).parents[2] / "docs" / "algorithms"
NOW = instant("2026-11-02T09:00:00Z")
TABLE = re.compile(r"<!-- executed: ([a-z-]+) -->\n(.*?)\n<!-- end -->", re.DOTALL)

Row = dict[str, str]


def tables() -> dict[str, list[Row]]:
    """Every executed table of the pages, by its name."""
    found: dict[str, list[Row]] = {}
    for page in PAGES.glob("*.md"):
        for name, text in TABLE.findall(page.read_text("utf-8")):
            heads, _, *rows = (_cells(line) for line in text.splitlines())
            found[name] = [dict(zip(heads, row, strict=True)) for row in rows]
    return found


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def pennies(text: str) -> int:
    return minor(text, "GBP")


def whole(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


# --- stock ---


def available_to_sell(row: Row) -> None:
    promised, quarantined = (
        Decimal(row[name]) if row[name] else None for name in ("allocated", "quarantined")
    )
    meaning: Meaning = "physical" if row["meaning"] == "physical" else "sellable"
    on_hand = Decimal(row["on hand"])
    level = Stock("SKU", "MAIN", str(NOW), on_hand, meaning, promised, quarantined)
    assert available(level) == Decimal(row["available"])


def pooled(row: Row) -> None:
    places = {str(at): Decimal(text) for at, text in enumerate(row["available"].split(", "))}
    assert pool(places, int(row["in our pipe"]), int(row["buffer"])) == int(row["shown"])


def in_units(row: Row) -> None:
    holds, of = map(int, row["a unit holds"].split(" / "))
    packs = Packs("SKU", "1", {"unit": Pack("unit", holds, of)})

    def worked() -> Decimal | int:
        if row["in"] == "pieces":
            return packs.in_pieces(Decimal(row["quantity"]), "unit")
        return packs.whole(int(row["quantity"]), "unit")

    if row["comes to"].startswith("held: "):
        with pytest.raises(Hold) as held:
            worked()
        assert held.value.code == row["comes to"].removeprefix("held: ")
    else:
        assert worked() == Decimal(row["comes to"])


def lost_by_waiting(row: Row) -> None:
    expected = Expected(float(row["orders"]), float(row["usual"]))
    assert loss(int(row["shown"]), int(row["true"]), expected) == float(row["loss"])


# --- splitting ---


def allocated(row: Row) -> None:
    assert allocate(int(row["amount (minor)"]), whole(row["weights"])) == whole(row["parts"])


def halves(row: Row) -> None:
    assert rounded(int(row["numerator"]), int(row["denominator"])) == int(row["result"])


def read(row: Row) -> None:
    if row["minor units"] == "held":
        with pytest.raises(Hold):
            minor(row["text"], row["currency"])
    else:
        assert minor(row["text"], row["currency"]) == int(row["minor units"])


# --- an order's total ---

_TIMES, _LESS = "\u00d7", "\u2212"  # as people write them
_PART = re.compile(rf"(?:(\d+) {_TIMES} )?([\d.]+)(?: {_LESS} (-?[\d.]+))? tax ([\d.]+)")


def checked(row: Row) -> None:
    order = ordered(row)
    if row["outcome"] == "accepted":
        check(order)
        return
    with pytest.raises(Hold) as held:
        check(order)
    assert f"`{held.value.code}`" == row["outcome"]


def ordered(row: Row) -> Order:
    return Order(
        key="1", number="#1", placed="", created="", updated="", currency="GBP",
        tax_included=row["tax in prices"] == "yes",
        lines=tuple(
            Line(str(at), "SKU", "", int(count), pennies(price), pennies(less or "0"), pennies(tax))
            for at, (count, price, less, tax) in enumerate(parts(row["lines"]))
        ),
        shipping=charges(row["postage"]),
        extras=charges(row["extras"]),
        total_minor=pennies(row["total stated"]),
        tax_minor=pennies(row["tax stated"]),
    )  # fmt: skip


def charges(text: str) -> tuple[Charge, ...]:
    return tuple(Charge("", pennies(price), pennies(tax)) for _, price, _, tax in parts(text))


def parts(text: str) -> list[tuple[str, ...]]:
    found = [_PART.fullmatch(part.strip()) for part in text.split(";") if part.strip()]
    assert None not in found, text
    return [match.groups() for match in found if match]


# --- what is left ---


def left(row: Row) -> None:
    """Both shapes of an order of which each line says how many of its units are still there."""
    read = [_line(at, text) for at, text in enumerate(row["ordered"].split(";"))]
    shipping = [
        Postage(pennies(price), taxes=_vat(tax)) for _, price, _, tax in parts(row["postage"])
    ]
    told = Told(
        lines=tuple(read), shipping=tuple(shipping), total=0, tax=0,
        current_total=pennies(row["total now"]), current_tax=pennies(row["tax now"]),
        postage_left=pennies(row["postage now"]), beyond=pennies(row["refunded beside"] or "0"),
    )  # fmt: skip
    for shape in (pushed(told), listed(told)):
        assert shape.document is not None
        assert _said(shape.document) == row["sent"]


def _line(at: int, text: str) -> Sold:
    """A line that begins with how many of it are left."""
    now, _, rest = text.strip().partition(" of ")
    ((count, price, less, tax),) = parts(rest)
    return Sold(
        at + 1, pennies(price), int(count), f"SKU{at + 1}", (pennies(less),) if less else (),
        _vat(tax), now=int(now),
    )  # fmt: skip


def _vat(tax: str) -> tuple[tuple[str, int], ...]:
    return (("0.2", pennies(tax)),)


def _said(order: Order) -> str:
    """What is sent, as the page writes it; where the parts are not the total, the hold's code."""
    try:
        check(order)
    except Hold as problem:
        return f"`{problem.code}`"
    goods = [
        f"{line.quantity} {_TIMES} {plain(line.unit_minor, 'GBP')}"
        + (f" {_LESS} {plain(line.discount_minor, 'GBP')}" if line.discount_minor else "")
        + f" tax {plain(line.tax_minor, 'GBP')}"
        for line in order.lines
    ]
    beside = [
        f"{plain(one.amount_minor, 'GBP')} tax {plain(one.tax_minor, 'GBP')}"
        for one in (*order.shipping, *order.extras)
        if one.amount_minor
    ]
    return "; ".join([*goods, *beside]) or "nothing"


# --- tax and pennies ---


def divided(row: Row) -> None:
    pairs = per_unit(pennies(row["line total"]), int(row["pieces"]))
    sent = [f"{count} {_TIMES} {plain(price, 'GBP')}" for count, price in pairs]
    assert " + ".join(sent) == row["sent as"]


def taxed(row: Row) -> None:
    gross, count, rate = pennies(row["line total"]), int(row["pieces"]), row["rate"]
    tax = pennies(row["the shop's tax"])
    share = Fraction(Decimal(rate))
    assert tax == rounded(*(gross * share / (1 + share)).as_integer_ratio())
    rates = {"0.2": 1, "0.05": 2, "0": 3}
    # A line whose total no price divides: the shop's discount takes it there.
    line = Line("1", "SKU", "", count, gross, gross * (count - 1), tax, rate)
    order = Order(
        key="1", number="#1", placed="", created="", updated="", currency="GBP",
        tax_included=True, lines=(line,), total_minor=gross, tax_minor=tax,
    )  # fmt: skip
    codes = ItemCodes("variant", {}, None, where="ow")
    sold = Pricer(Rates(rates, where="ow"), codes, net=False, where="ow").sold(order)
    assert sold.tax_minor == pennies(row["tax that is expected"])
    assert ("yes" if sold.tax_minor != tax else "no") == row["named as a loss"]


def settled(row: Row) -> None:
    setting = row["setting"] or "hold"
    chosen = {
        "rate_without_tax": setting if setting != "less-tax" else "hold",
        "marketplace_tax": setting if setting == "less-tax" else "hold",
    }
    tax, theirs = pennies(row["tax charged"]), row["collected by"] == "marketplace"
    taxes = (Tax("VAT", tax, row["rate stated"], "channel" if theirs else ""),)
    line = Line("1", "SKU", "", 1, 3800, 0, tax, row["rate stated"] if tax else "0", taxes=taxes)
    included = row["prices have tax in them"] == "yes"
    order = Order(
        key="1", number="#1", placed=PLACED, created="", updated="", currency="GBP",
        tax_included=included, lines=(line,), total_minor=3800 + (0 if included else tax),
        tax_minor=tax,
    )  # fmt: skip
    target = office(**chosen)
    if row["outcome"].startswith("`"):
        with pytest.raises(Hold) as held:
            target.compose(order)
        assert f"`{held.value.code}`" == row["outcome"]
        return
    expect = target.compose(order).expect
    assert f"rate {RATES[expect['lines[SKU].tax_rate']]}" == row["outcome"]
    assert expect["lines[SKU].gross"] == expect["total"] == pennies(row["sent as"])
    assert expect["tax"] == pennies(row["tax expected"])


PLACED = "2026-11-02T09:00:00Z"
RATES = {1: "0.2", 3: "0"}


def office(**changed: str) -> Any:
    """The order target of a site with some settings changed; it is never called."""
    given = {
        **{"session_id": 1, "orders_definition": 1, "lines_definition": 2, "customer_id": 1},
        **{"delivery_map": "", "tax_map": {rate: number for number, rate in RATES.items()}},
    }
    url = "https://ow.orderwisecloud.com"
    account = Account("ow", url, settings=given | changed)
    means = Means(SystemClock(), Nowhere(), NoBook(), "test")
    opened = open_connection(CONNECTOR, account, means, secret=str, maps={})
    return opened.target("order")


# --- the balance ---


def balanced(row: Row) -> None:
    listed = counted(row["listed"])
    standings = [
        Standing(state, "GBP", *counted(row[state.word])) for state in State if row.get(state.word)
    ]
    asked = row["listed"] != "not asked"
    found = balance(
        standings,
        listed=listed[0] if asked else None,
        listed_minor={"GBP": listed[1]} if asked else {},
        missing=row["missing"].split(),
        phantom=row["phantom"].split(),
    )
    assert found.money["GBP"].difference_minor == pennies(row["difference"])
    assert ("yes" if found.balances else "no") == row["balances"]


def counted(text: str) -> tuple[int, int]:
    count, _, money = text.partition(" for ")
    return (int(count), pennies(money)) if money else (0, 0)


# --- backing off and settling ---


class _Chance(random.Random):
    """Always draws the same."""

    def __init__(self, drawn: float) -> None:
        super().__init__()
        self._drawn = drawn

    def random(self) -> float:
        return self._drawn


def engine(drawn: float = 0.5) -> Any:
    clock = SimpleNamespace(now=lambda: NOW)
    return SimpleNamespace(chance=_Chance(drawn), clock=clock, fired=Counter())


def route(kind: Any, settle_s: float) -> Any:
    plan = Plan("order", "shop", "office", "operations", settle_s=settle_s)
    return SimpleNamespace(plan=plan, carries=Carries((), "", in_doubt=kind))


def item(looks: int = 0) -> Item:
    return Item(
        id=RecordId(1), subject=Subject(1), place=0, key="1", number="#1", title=ANY, minor=0,
        currency="GBP", state=State.SENDING, seq=2, attempts=1, looks=looks, sent_at=NOW,
        intent_digest=None, newest=1, flight=1, sent=None, identity=None,
    )  # fmt: skip


def waited(row: Row) -> None:
    attempt = int(row["after attempt"])
    assert outcome.backoff(engine(0.0), attempt) == float(row["shortest wait (s)"])
    assert outcome.backoff(engine(1.0), attempt) == float(row["longest wait (s)"])


def doubted(row: Row) -> None:
    move = outcome.in_doubt(
        engine(), route(row["class"], float(row["settle_s"])), item(), "no answer"
    )
    told = "never" if move.due is None else f"{seconds_between(NOW, move.due):g}"
    assert told == row["first look after (s)"]


def looked_twice(row: Row) -> None:
    again = settle._look_again(engine(), route("C", float(row["settle_s"])), [item()])
    assert put_off(again) == [later_by(row["second look after (s)"])]


def read_back(row: Row) -> None:
    again = confirm._look_again(engine(), [item(int(row["looks so far"]))])
    assert put_off(again) == [later_by(row["next look after (s)"])]


def put_off(decided: Sequence[PutOff]) -> list[Any]:
    """Until when items are put off; each counts as a look that found nothing."""
    several = [one for one in decided if one.items]
    assert all(one.looked for one in several)
    return [one.due for one in several]


def later_by(seconds: str) -> Any:
    return NOW.add(seconds=float(seconds))


WORKED: dict[str, Callable[[Row], Any]] = {
    "explained": explained,
    "allocate": allocated,
    "rounded": halves,
    "minor": read,
    "check": checked,
    "left": left,
    "per-unit": divided,
    "tax": taxed,
    "tax-cases": settled,
    "balance": balanced,
    "backoff": waited,
    "in-doubt": doubted,
    "second-look": looked_twice,
    "read-back": read_back,
    "available": available_to_sell,
    "pool": pooled,
    "units": in_units,
    "expected-loss": lost_by_waiting,
    "refunds": refund_matrix.worked,
}


def test_every_table_is_worked() -> None:
    assert set(tables()) == set(WORKED)


ROWS = [(name, row) for name, rows in tables().items() for row in rows]


@pytest.mark.parametrize(
    ("name", "row"), ROWS, ids=[f"{n}: {' '.join(r.values())}" for n, r in ROWS]
)
async def test_each_row_is_as_the_code_has_it(name: str, row: Row) -> None:
    worked = WORKED[name](row)
    if worked is not None:
        await worked
