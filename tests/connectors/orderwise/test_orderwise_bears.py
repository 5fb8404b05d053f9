"""What each setting says that it bears on is what another value of it changes, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
import pytest

from counterfoil.connectors.orderwise import CONNECTOR
from counterfoil.kit.connector import Inputs, Session
from counterfoil.model.customer import Customer
from counterfoil.model.fulfilment import Fulfilment, Parcel, Sent
from counterfoil.model.line import Charge, Line, Payment, Tax
from counterfoil.model.order import Company, Order
from counterfoil.model.refund import Refund
from counterfoil.model.words import Word
from counterfoil.values.errors import CounterfoilError
from tests.connectors.buyers import buyer
from tests.connectors.orderwise.orderwise_stage import repaid, sold

Opened = Callable[..., Session]
MakeOrder = Callable[..., Order]
Values = Mapping[str, object]

DESPATCH: Final = Fulfilment(
    key="DES1",
    number="DES1",
    order="90001",
    order_number="OR1",
    status="shipped",
    created="2026-11-02T14:22:05Z",
    updated="2026-11-02T14:22:05Z",
    holds=(Sent("TEE-RED-M", 1),),
    parcels=(Parcel("DPD", tracking="TT1"),),
)
COMPOSED: Final = {"content", "expectation", "standing"}
"""What composing shows; of the others (where and when calls go) it must show nothing."""
CREDITED: Final = {"credit_path": "/sales/order", "credit_map": "credits"}
BESIDE: Mapping[str, Values] = {
    "account_number": {"customer_id": 0},
    "payment_field": {"payment_method_id": 8},
    "currencies": {"currency_field": "orderHeader.currencyId"},
    "credit_path": {"credit_map": "credits"},
    "credit_prefix": CREDITED,
    "credit_map": CREDITED,
    "restock_map": CREDITED,
    "despatch_fields": {"despatch_path": "/sales/despatch"},
    "despatch_word_map": {"despatch_path": "/sales/despatch"},
    "carrier_map": {"despatch_path": "/sales/despatch"},
    "same_email": {"customer_path": "/customers"},
}
"""Settings without which another one means nothing."""
VALUES: Mapping[str, Sequence[object]] = {
    "auth": ["token", "basic"],
    "token_path": ["/token/gettoken", "/token"],
    "token_ttl_minutes": [50, 5],
    "order_path": ["/sales/order", "/order?session_id={session_id}"],
    "definition_path": ["/system/export-definition/{id}", "/definition/{id}"],
    "value_list_path": ["/value-lists/{id}", "/list/{id}"],
    "tax_list": [2, 3],
    "session_id": [12, 13],
    "orders_definition": [101, 103],
    "lines_definition": [102, 104],
    "release_definition": [0, 110],
    "release_lines_definition": [0, 111],
    "release_map": ["", "others"],
    "release_types": [[1], [1, 6]],
    "orders_per_page": [250, 5],
    "despatch_definition": [0, 103],
    "despatch_lines_definition": [0, 104],
    "despatches_per_page": [250, 5],
    "despatch_map": ["", "others"],
    "despatch_path": ["/sales/despatch", "", "/despatch"],
    "despatch_change_path": ["", "/sales/despatch/{despatch_id}"],
    "despatch_fields": [{}, {"moved": "sentOn"}],
    "despatched_definition": [0, 112],
    "despatch_word_map": ["", "words", "others"],
    "carrier_map": ["", "others", "payments"],
    "stock_definition": [0, 103],
    "customer_path": ["/customers", "", "/accounts"],
    "customer_change_path": ["/customers/{customer_id}", "", "/accounts/{customer_id}"],
    "customers_definition": [0, 113],
    "same_email": ["hold", "beside"],
    "credit_path": ["", "/sales/order?session_id={session_id}", "/credit"],
    "credit_prefix": ["Refund ", "Web refund "],
    "credit_map": ["", "credits", "fees"],
    "restock_map": ["", "restock", "away"],
    "reference_text_most": [3500, 100],
    "external_ref_field": ["orderHeader.eCommerceOrderNumber", "orderHeader.externalReference"],
    "order_type": [1, 2],
    "customer_id": [1044, 1045],
    "account_number": ["WEB", "SHOP"],
    "currencies": [{"GBP": 1}, {"GBP": 3}, {"EUR": 2}],
    "currency_field": ["", "orderHeader.currencyId"],
    "clock": ["Europe/London", "America/New_York"],
    "required_days": [1, 4],
    "instructions_prefix": ["Shop order ", "Web order "],
    "delivery_map": ["delivery", "others"],
    "no_delivery": [9, 11],
    "country_map": ["", "countries", "others"],
    "tax_map": [{"0.2": 1, "0": 2}, {"0.2": 5, "0": 6}, {"0.2": 1}],
    "compare_tax": [True, False],
    "rate_without_tax": ["hold", "taxed", "not-taxed"],
    "marketplace_tax": ["hold", "less-tax"],
    "price_basis": ["gross", "net"],
    "stock_location_id": [3, 4],
    "payment_method_id": [0, 8],
    "payment_map": ["", "payments"],
    "payment_field": ["paymentMethodId", "orderHeader.payment"],
    "company_map": ["", "companies", "others"],
    "variant_map": ["", "variants", "others"],
    "custom_variant": ["", "WRAP", "BOX"],
    "gift_card_variant": ["", "GIFT", "CARD"],
    "rounding_line_variant": ["", "ROUND", "PENNY"],
    "extras_variant": ["", "EXTRA", "MORE"],
    "products_definition": [105, 115],
    "products_created_definition": [106, 116],
    "kits_definition": [107, 117],
    "levels_per_page": [2500, 5],
    "products_per_page": [500, 5],
    "price_list": ["RRP", "TRADE"],
    "price_currency": ["GBP", "EUR"],
    "weight_unit": ["kg", "g"],
}


LOOKS: Final[Mapping[str, bytes]] = {
    buyer(1).key: b'{"id":"","others":[]}',
    buyer(2).key: b'{"id":"4338","others":[]}',
    buyer(3).key: b'{"id":"","others":["A1A001"]}',
}
"""What a look finds of each customer: nobody, the account, or another with the e-mail address."""
Probe = Order | Fulfilment | Refund | Customer


class Outcome(NamedTuple):
    """What came of composing: what is sent, what must be seen, or why it is held."""

    payload: bytes
    expect: str
    cause: str


def test_every_setting_is_tried() -> None:
    assert VALUES.keys() == CONNECTOR.manifest.settings.keys()


@pytest.mark.parametrize("name", VALUES)
def test_a_setting_changes_what_it_says_and_nothing_else(
    opened: Opened, order: MakeOrder, name: str
) -> None:
    told = {*CONNECTOR.manifest.settings[name].bears}
    changed = set(_changes(opened, list(_probes(order)), name))
    assert told & COMPOSED == changed


def _probes(order: MakeOrder) -> Iterator[Probe]:
    """Documents that between them exercise every setting."""
    yield DESPATCH
    yield from (buyer(number) for number in range(1, 4))
    yield from (repaid(number) for number in range(1, 4))
    yield from (sold(number) for number in range(6))
    yield sold(1, post="Nobody")
    plain = order()
    yield plain
    yield order(shipping=())
    yield order(currency="EUR")
    yield order(company=Company("77"))
    yield order(payments=(Payment("card", plain.total_minor),))
    yield order(extras=(Charge("Duty", 2000, 400, "0.2", "duty"),))
    yield order(extras=(Charge("Rounding", 1, 0, "0", "rounding"),))
    line = plain.lines[0]
    yield order(lines=(msgspec.structs.replace(line, sku="", variant="4001"),))
    yield order(lines=(msgspec.structs.replace(line, sku="", kind="custom"),))
    yield order(lines=(msgspec.structs.replace(line, sku="", kind="gift-card"),))
    stated = (Tax("VAT", 0, "0.2"),)
    yield order(lines=(Line("1", "TEE", "Tee", 1, 1200, tax_rate="0", taxes=stated),), shipping=())
    taxes = (Tax("VAT", 200, "0.2", "channel"),)
    yield order(lines=(Line("1", "TEE", "Tee", 1, 1200, 0, 200, "0.2", taxes=taxes),), shipping=())


def _changes(opened: Opened, probes: Sequence[Probe], name: str) -> Iterator[str]:
    """What differs between any two neighbours of a setting's values, over all probes."""
    first, *others = [opened(**{**BESIDE.get(name, {}), name: value}) for value in VALUES[name]]
    for other in others:
        for probe in probes:
            before, after = _outcome(first, probe), _outcome(other, probe)
            if before.cause != after.cause:
                yield "standing"
            elif before.payload != after.payload:
                yield "content"
            elif before.expect != after.expect:
                yield "expectation"
        first = other


def _outcome(session: Session, document: Probe) -> Outcome:
    words: dict[type, Word] = {
        Order: "order", Fulfilment: "fulfilment", Refund: "refund", Customer: "customer",
    }  # fmt: skip
    target: Any = session.target(words[type(document)])
    inputs = [Inputs(dict.fromkeys(document.refs, "90001"))] if document.refs else []
    if isinstance(document, Customer):
        inputs = [Inputs(there=LOOKS[document.key])]
    try:
        intent = target.compose(document, *inputs)
    except CounterfoilError as error:
        return Outcome(b"", "", error.code)
    return Outcome(intent.payload, repr(intent.expect), "")
