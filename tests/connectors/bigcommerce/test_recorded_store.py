"""Every recorded order, message and error of real stores: what must come of it, and why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from counterfoil.connectors.bigcommerce import CONNECTOR
from counterfoil.connectors.bigcommerce.client import FAULTS
from counterfoil.connectors.bigcommerce.order import ORDERS
from counterfoil.kit.api.call import Call
from counterfoil.kit.connector import Hint
from counterfoil.kit.transport import Answer
from counterfoil.kit.webhook import verify
from counterfoil.model.order import check
from counterfoil.values.errors import CounterfoilError, Misconfigured, Refuse, Retry
from tests.connectors.bigcommerce.rows import CASES, NOW, SHARED, Row, line, order, read, recorded

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="the recordings are not beside us")

EXAMPLES = SHARED / "specs" / "bigcommerce" / "examples" / "constructed"
KEPT = {"products": "order_products/live-v2-products.json"}
KEPT |= {"shipping_addresses": "order_shipping_addresses/live-v2-shipping-addresses.json"}


def whole(row: Row) -> Row:
    """An order with its recorded lines and address, which are those of order 100."""
    return {**row, "taxes": [], **{name: recorded(file) for name, file in KEPT.items()}}


def lined(row: Row, **told: Any) -> Row:
    """An order whose lines were not recorded, with one made to its own subtotal."""
    sides = {f"{name}_{side}_tax": row[f"subtotal_{side}_tax"] for name in ("price", "total")
             for side in ("ex", "inc")}  # fmt: skip
    one = line(**sides, base_price=row["subtotal_ex_tax"], total_tax=row["subtotal_tax"],
               discounted_total_inc_tax=row["subtotal_inc_tax"])  # fmt: skip
    return {**row, "products": [{**one, **told}], "taxes": [], "shipping_addresses": []}


@pytest.mark.parametrize("name", ["get", "update", "create"])
def test_an_order_by_hand_without_any_tax(name: str) -> None:
    found = order(whole(recorded(f"orders/live-v2-{name}.json")))
    check(found)
    assert (found.total_minor, found.currency, found.tax_minor) == (10900, "KES", 0)
    assert [(one.sku, one.quantity, one.total_minor) for one in found.lines] == [("OTL", 1, 10900)]
    assert found.shipping == ()  # "None" is no shipping method
    assert found.deliver_to.name == "Ben Brook"
    # Awaiting Fulfillment without a word about payment is paid elsewhere; Pending is not paid.
    assert found.paid == ("pending" if name == "create" else "paid")
    assert found.channel == "external"
    # An API order has null where a web order has an empty text: both are no note.
    assert found.note == ("Hello from Nango 7" if name == "update" else "")


def test_a_listing_has_heads_and_no_lines() -> None:
    row, *others = recorded("orders/live-v2-list.json")
    for one in (row, *others):
        problem = read(one).problem
        assert problem is not None
        stake = (f"{read(one).minor / 100:.4f}", read(one).currency)
        assert (problem.code, *stake) == ("missing-field", one["total_inc_tax"], "KES")
    assert [loss.field for loss in read(whole(row)).losses] == ["staff_notes"]


def test_paid_outside_and_never_said() -> None:
    """Paid at another gateway: payment_status stays empty; a discount of 5.55 beside the lines; the
    tax only in the products' own fields, so that none is told; read before 2026."""
    row = recorded("orders/live-2022-paid-outside-bigcommerce.json")
    manual = [{"id": "manual-discount", "amount": "5.5500", "target": "order"}]
    found = order(lined(row, quantity=18, price_ex_tax="3.3500", price_inc_tax="3.3500",
                        applied_discounts=manual, discounted_total_inc_tax="54.7500"))  # fmt: skip
    check(found)
    assert (found.total_minor, found.tax_minor, found.currency) == (5475, 0, "CAD")
    assert (found.lines[0].unit_minor, found.lines[0].discount_minor) == (335, 555)
    assert (found.paid, found.payments[0].gateway) == ("paid", "credit_card")
    assert found.attributes[0][0] == "Other Info"


def test_cash_on_delivery_of_a_guest_before_orders_told_their_side_of_tax() -> None:
    """No is_tax_inclusive_pricing in 2024: the base prices are those without tax."""
    row = recorded("orders/live-v2-web-guest-cod-2024.json")
    assert "is_tax_inclusive_pricing" not in row
    found = order(lined(row))
    check(found)
    assert (found.tax_included, found.total_minor, found.tax_minor) == (False, 13365, 370)
    assert (found.shipping[0].amount_minor, found.shipping[0].tax_minor) == (1000, 10)
    assert (found.paid, found.payments, found.channel) == ("pending", (), "web")
    assert (found.note, found.customer) == ("Please ring the bell", "")


def test_shipped_by_hand_with_a_discount_that_is_beside_the_lines() -> None:
    """Lines come to 2500.00 and 2369.6667 without tax, their tax is 125.12: after a discount of
    100.00. Never is the one the other and the tax."""
    row = recorded("orders/live-v2-put-shipped-manual-discount-2026.json")
    found = order(lined(row, quantity=10, base_price="250.0000", price_inc_tax="250.0000",
                        price_ex_tax="236.9667", discounted_total_inc_tax="2400.0000"))  # fmt: skip
    check(found)
    assert (found.tax_included, found.total_minor, found.tax_minor) == (True, 240000, 12512)
    assert (found.lines[0].unit_minor, found.lines[0].discount_minor) == (25000, 10000)
    assert found.lines[0].fulfilled  # as its status says, though no piece is counted
    assert found.paid == "pending"


def test_the_vendors_own_figures_settle_to_the_penny() -> None:
    example = json.loads((EXAMPLES / "order.json").read_text())
    row = example["GET /v2/orders/218"]
    row |= {"products": example["GET /v2/orders/218/products"], "shipping_addresses": []}
    row |= {"taxes": example["GET /v2/orders/218/taxes?details=true"]}
    row |= {"coupons": example["GET /v2/orders/218/coupons"]}
    found = order(row)
    check(found)
    assert (found.total_minor, found.tax_minor, found.discount_codes) == (5940, 991, ("WELCOME10",))
    lines = [(one.total_minor, one.tax_minor, one.tax_rate) for one in found.lines]
    assert lines == [(4320, 720, "0.2"), (1125, 188, "0.2")]
    assert found.payments[0].reference == "pi_3abc"


MESSAGES = {
    "live-order-created.json": "112",
    "sample-store-order-refund-created.json": "250",
    "live-cart-created.json": None,
    "live-customer-created.json": None,
    "live-customer-address-created.json": None,  # of type customer, and its id is an address
    "live-2026-category-updated.json": None,
    "live-2026-product-updated-with-headers.json": None,
    "live-2026-sku-updated.json": None,
    "live-2024-hook-create-answer.json": None,  # the answer to a subscription
    "live-2026-duplicate-delivery.json": None,  # a protocol of two deliveries
    "live-2026-silent-changes.json": None,  # a protocol of calls
}


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_a_message_names_its_order_or_is_not_for_us(name: str) -> None:
    message = recorded(f"webhooks/{name}")
    key, hook = MESSAGES[name], CONNECTOR.manifest.webhook
    assert hook is not None
    if key is None:
        assert message.get("scope") not in hook.topics
        with pytest.raises(Refuse) as refused:
            ORDERS.named.hints(json.dumps(message).encode())
        assert refused.value.code == "no-identity"
    else:
        assert hook.topics[message["scope"]] == "order"
        assert ORDERS.named.hints(json.dumps(message).encode()) == (Hint((key,)),)


def test_every_recorded_file_is_told_of() -> None:
    assert {path.name for path in (CASES / "webhooks").iterdir()} == {*MESSAGES}
    assert {path.name for path in (CASES / "errors").iterdir()} == {*ERRORS}


def test_the_vendors_example_of_a_signature_is_right() -> None:
    example = json.loads((EXAMPLES / "webhook_signed.json").read_text())
    hook = CONNECTOR.manifest.webhook
    assert hook is not None
    body = example["raw_body"].encode()
    delivery = verify(hook, [example["client_secret"]], example["headers"], body)
    assert (delivery.document, delivery.topic) == ("order", "store/order/statusUpdated")
    assert delivery.number == example["headers"]["webhook-id"]
    with pytest.raises(Refuse):
        verify(hook, [example["client_secret"]], example["headers"], body + b" ")


def failed(status: int, body: object, headers: Mapping[str, str] | None = None) -> CounterfoilError:
    call = Call("store", "BigCommerce", "GET", "/v2/orders", "https://x/v2/orders", False, NOW)
    return FAULTS.judge(Answer(status, headers or {}, json.dumps(body).encode()), call)


ERRORS: dict[str, type[CounterfoilError]] = {
    "v2-array-400.json": Refuse,
    "v3-405.json": Refuse,
    "live-2019-batch-size.json": Refuse,
    "live-2019-filter-not-valid.json": Refuse,
    "live-2019-payment-500.json": Retry,
    "live-2026-variant-sku-empty.json": Refuse,
    "live-missing-fields-422.json": Refuse,
    "b2b-422.json": Refuse,
    "b2b-404-says-success.json": Misconfigured,  # whatever its text says
    "limit-429-no-headers.json": Retry,
}


@pytest.mark.parametrize("name", sorted(ERRORS.keys() - {"limit-429-no-headers.json"}))
def test_each_form_of_error_is_judged_by_its_status(name: str) -> None:
    told = recorded(f"errors/{name}")
    row = told[0] if isinstance(told, list) else told
    assert type(failed(row.get("status", row.get("code")), told)) is ERRORS[name]


def test_a_refusal_for_load_waits_by_its_headers_or_longer_without_any() -> None:
    bare, told = recorded("errors/limit-429-no-headers.json")["seen"]
    headers = {name.lower(): text for name, text in told["headers"].items()}
    waits = [failed(429, "", {}), failed(429, "", headers)]
    assert bare["x-retry-after"] is None
    assert [one.after_s for one in waits if isinstance(one, Retry)] == [30.0, 15.0]
