"""What every target of orders asks: what a thing is called, at which price, paid and sent how."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.mapping.addresses import check_goes_somewhere
from counterfoil.mapping.buyer import Buyers
from counterfoil.mapping.currencies import Currencies, check_currency
from counterfoil.mapping.item_code import ItemCodes
from counterfoil.mapping.items import items
from counterfoil.mapping.one_delivery import OneDelivery
from counterfoil.mapping.one_payment import OnePayment
from counterfoil.mapping.sold import Pricer, Sold
from counterfoil.mapping.tax import Rates
from counterfoil.mapping.unit_price import json_number
from counterfoil.mapping.untold import NOWHERE, Untold, tax_rounded, untold
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.address import Address
from counterfoil.model.line import Charge, Line, LineKind, Payment, Tax
from counterfoil.model.order import Company, Order, Presentment, Terms
from counterfoil.values.errors import Hold

RATES = Rates({"0.2": 1, "0": 2}, where="acme")
AGREED = {"gift_card_item": " GIFT ", "custom_item": "", "extras_item": "EXTRA",
          "rounding_line_item": "PENNY"}  # fmt: skip
CODES = ItemCodes("item", AGREED, ValueMap("codes", {"41": " TEE "}), where="acme")


def order(**changed: Any) -> Order:
    given: dict[str, Any] = {
        "key": "1", "number": "#1", "placed": "", "created": "", "updated": "", "currency": "GBP",
        "tax_included": True, "lines": (), "total_minor": 0, "tax_minor": 0,
    }  # fmt: skip
    return Order(**given | changed)


def line(kind: LineKind = "product", **changed: Any) -> Line:
    given: dict[str, Any] = {"sku": "", "title": "Tee", "quantity": 1, "unit_minor": 1200}
    return Line(key="9", kind=kind, **given | changed)


# --- codes ---


def test_a_line_has_its_sku_or_the_code_of_its_variant_or_the_one_agreed() -> None:
    assert CODES.of_line(order(), line(sku=" MUG ")) == "MUG"
    assert CODES.of_line(order(), line(variant="41")) == "TEE"
    assert CODES.of_line(order(), line("gift-card", sku="GC")) == "GIFT"
    assert CODES.of_line(order(), line("tip")) == "EXTRA"
    assert CODES.of_extra(order(), Charge("Duty", 100)) == "EXTRA"
    assert CODES.of_extra(order(), Charge("", 1, code="rounding")) == "PENNY"


@pytest.mark.parametrize(
    ("codes", "variant", "advice"),
    [
        (CODES, "42", "value map codes (item_map)"),
        (CODES, "", "by hand"),
        (ItemCodes("item", AGREED, None, where="acme"), "41", "in the setting item_map"),
    ],
)
def test_a_line_that_nobody_can_name_is_held(codes: ItemCodes, variant: str, advice: str) -> None:
    with pytest.raises(Hold, match="Line 9 of order #1 has no SKU") as held:
        codes.of_line(order(), line(variant=variant))
    assert (held.value.code, held.value.where) == ("no-sku", "acme")
    assert advice in held.value.do


def test_what_no_item_is_agreed_for_is_held_with_the_setting_that_names_one() -> None:
    with pytest.raises(Hold, match="has no product behind it, and no item is agreed") as held:
        CODES.of_line(order(), line("custom"))
    assert (held.value.code, "custom_item" in held.value.do) == ("no-product", True)
    bare = ItemCodes("item", dict.fromkeys(AGREED, ""), None, where="acme")
    with pytest.raises(Hold, match="Line 'an extra' of order #1 has no place") as held:
        bare.of_extra(order(), Charge("", 100))
    assert (held.value.code, "extras_item" in held.value.do) == ("no-place-for-extra", True)


# --- prices ---


def sold(document: Order, *, net: bool = False) -> Sold:
    return Pricer(RATES, CODES, net=net, where="acme").sold(document)


@given(
    st.lists(st.tuples(st.integers(1, 60), st.integers(0, 9999), st.sampled_from(["A", "B"]))),
    st.booleans(),
    st.booleans(),
)
def test_rows_come_to_what_was_charged(
    charged: list[tuple[int, int, str]], included: bool, net: bool
) -> None:
    lines = tuple(
        line(
            sku=code, quantity=quantity, unit_minor=unit, tax_rate="0.2",
            discount_minor=unit // 3, tax_minor=unit // 7,
        )
        for quantity, unit, code in charged
    )  # fmt: skip
    extras = (Charge("Duty", 500, 90, "0.2"), Charge("Nothing", 0))
    rows = sold(order(lines=lines, extras=extras, tax_included=included), net=net)
    goods = sum(one.total_minor for one in lines) + 500
    tax = sum(one.tax_minor for one in lines) + 90
    gross = goods if included else goods + tax
    assert sum(row.quantity * row.price_minor for row in rows.rows) == gross - tax * net
    assert sum(amount for _, amount, *_ in rows.codes.values()) == gross
    assert sum(pieces for pieces, *_ in rows.codes.values()) == sum(
        row.quantity for row in rows.rows
    )
    assert [row.number for row in rows.rows] == [*range(1, len(rows.rows) + 1)]


def test_tax_of_a_row_that_became_two_is_rounded_twice() -> None:
    part = line(sku="CARD", quantity=2, unit_minor=8, discount_minor=1, tax_minor=3, tax_rate="0.2")
    gross = sold(order(lines=(part,)))
    assert [(row.quantity, row.price_minor) for row in gross.rows] == [(1, 7), (1, 8)]
    assert gross.tax_minor == 2
    whole = line(sku="CARD", quantity=2, unit_minor=8, tax_minor=3, tax_rate="0.2")
    assert sold(order(lines=(whole,))).tax_minor == 3
    net = sold(order(lines=(part,), tax_included=False), net=True)
    assert net.tax_minor == 1 + 2, "0.2 of 7, and of 8"


def test_a_code_at_two_rates_has_both() -> None:
    lines = (line(sku="A", tax_rate="0.2", tax_minor=200), line(sku="A", tax_rate="0"))
    assert sold(order(lines=lines)).codes == {"A": (2, 2400, "1, 2")}


def test_what_is_below_nothing_is_held_and_what_is_gone_is_no_row() -> None:
    for below in (line(sku="A", discount_minor=1300), line(sku="A", quantity=0, discount_minor=1)):
        with pytest.raises(Hold, match="Line 9 of order #1 is discounted below") as held:
            sold(order(lines=(below,)))
        assert held.value.code == "negative-line"
    assert sold(order(lines=(line(quantity=0),))).rows == ()


LINES = st.lists(st.tuples(st.integers(1, 50), st.integers(0, 10**6)), max_size=5)


@given(LINES, st.integers(0, 900))
def test_items_come_to_what_each_line_and_extra_is_charged_with(
    charged: list[tuple[int, int]], extra: int
) -> None:
    lines = tuple(
        Line(str(place), f" SKU{place} ", "", pieces, total, (pieces - 1) * total)
        for place, (pieces, total) in enumerate(charged)
    )
    rows = list(items(order(lines=lines, extras=(Charge("", extra),)), "acme"))
    assert len({row.key for row in rows}) == len(rows)
    for line in lines:
        mine = [row for row in rows if row.key.partition("+")[0] == line.key]
        assert sum(row.quantity for row in mine) == line.quantity
        assert sum(row.quantity * row.price_minor for row in mine) == line.total_minor
        assert {(row.sku, row.name) for row in mine} == {(line.sku.strip(), line.sku)}
    extras = [row for row in rows if row.key.startswith("extra-")]
    assert [(row.name, row.price_minor) for row in extras] == [("Extra", extra)] * bool(extra)


def test_a_line_below_nothing_is_held_and_one_of_nothing_is_no_item() -> None:
    gone = Line("1", "A", "A", 0, 100)
    assert list(items(order(lines=(gone,)), "acme")) == []
    for line in (Line("1", "A", "A", 1, 100, 101), Line("1", "A", "A", 0, 100, -5)):
        with pytest.raises(Hold, match="discounted below nothing") as held:
            list(items(order(lines=(line,)), "acme"))
        assert (held.value.code, held.value.where) == ("negative-line", "acme")


def test_a_store_has_one_currency_and_a_parcel_goes_somewhere() -> None:
    check_currency(order(), "GBP", "acme")
    with pytest.raises(Hold, match="is in GBP; the store has EUR") as held:
        check_currency(order(), "EUR", "acme")
    assert (held.value.code, held.value.where) == ("currency", "acme")
    check_goes_somewhere(order(deliver_to=Address(town="Leeds")), "Acme", "acme")
    with pytest.raises(Hold, match="goes nowhere, and Acme sends parcels") as held:
        check_goes_somewhere(order(), "Acme", "acme")
    assert (held.value.code, held.value.where) == ("no-address", "acme")


def test_a_price_is_a_json_number_with_its_decimals() -> None:
    assert [bytes(json_number(2160, code)) for code in ("GBP", "JPY")] == [b"21.60", b"2160"]
    with pytest.raises(Hold, match="is not an amount in minor units"):
        json_number("21.60", "GBP")


# --- payment ---

CARD = Payment("card", 4000, state="received")
GIFT = Payment("gift", 2000, "gift-card", "received")
BOTH = Payment("card, gift", 6000)
METHODS = ValueMap("methods", {"card": "4", "gift": "6"})


@pytest.mark.parametrize(
    ("payments", "for_all", "by_gateway"),
    [
        ((), (0, []), (0, [])),
        ((CARD,), (9, []), (4, [])),
        ((GIFT,), (9, ["no-member"]), (6, [])),
        ((GIFT, CARD), (9, ["no-member"]), (4, ["no-member"])),
        ((BOTH,), (9, ["not-told"]), (4, ["not-told"])),
        ((Payment("card", 1, state="authorised"),), (0, ["no-member"]), (0, ["no-member"])),
    ],
)
def test_one_method_is_sent_and_the_others_are_named(
    payments: tuple[Payment, ...], for_all: Any, by_gateway: Any
) -> None:
    ways = (OnePayment("Acme", 9, None), for_all), (OnePayment("Acme", 0, METHODS), by_gateway)
    for way, (method, codes) in ways:
        sent, losses = way.of(order(payments=payments))
        assert (sent, [loss.code for loss in losses]) == (method, codes)


def test_a_site_that_names_no_method_loses_the_payment_with_its_money() -> None:
    sent, (loss,) = OnePayment("Acme", 0, None).of(order(payments=(CARD, Payment("", 5))))
    assert (sent, loss.minor, loss.value) == (0, 4005, "card: £40.00; not named: £0.05")


def test_every_gateway_that_is_named_is_known() -> None:
    with pytest.raises(Hold, match="cheque"):
        OnePayment("Acme", 0, METHODS).of(order(payments=(Payment("card, cheque", 1),)))


# --- delivery ---


def deliveries(methods: ValueMap | None) -> OneDelivery:
    return OneDelivery(RATES, methods, 3, target="Acme", where="acme")


def test_one_delivery_has_one_method_and_one_charge() -> None:
    some = deliveries(ValueMap("post", {"DPD": "7", "Van": "7", "Air": "8"}))
    post = (Charge("DPD", 495, 83, "0.2"), Charge("Van", 2, 0, "0.2"))
    assert some.method(order(shipping=post)) == 7
    assert some.charge(order(shipping=post)) == (497, 83)
    assert some.charge(order(shipping=post, tax_included=False)) == (580, 97)
    assert some.charge(order()) == (0, 0)
    assert some.method(order()) == deliveries(None).method(order(shipping=post)) == 3
    with pytest.raises(Hold, match="in 2 ways, Acme takes one") as held:
        some.method(order(shipping=(*post, Charge("Air", 1))))
    assert held.value.code == "several-deliveries"
    with pytest.raises(Hold, match="The postage of order #1 is discounted") as held:
        some.charge(order(shipping=(Charge("DPD", -1),)))
    assert held.value.code == "negative-line"


# --- accounts and currencies ---


@pytest.mark.parametrize(
    ("company", "account"),
    [(Company(), 1), (Company("77"), 2), (Company("77", "NORTH"), 3), (Company("77", "east"), 2)],
)
def test_a_business_has_its_branch_s_account_else_its_own(company: Company, account: int) -> None:
    known = ValueMap("known", {"77": "2", "77/north": "3"}, case=False)
    buyers = Buyers(1, known, target="Acme", where="acme")
    assert buyers.account_of(order(company=company)) == account


def test_the_case_of_a_branch_matters_unless_the_map_says_otherwise() -> None:
    buyers = Buyers(1, ValueMap("known", {"77": "2", "77/N": "3"}), target="Acme", where="acme")
    assert [buyers.account_of(order(company=Company("77", one))) for one in "Nn"] == [3, 2]
    with pytest.raises(Hold, match=r"business \(78\)") as held:
        Buyers(1, None, target="Acme", where="acme").account_of(order(company=Company("78")))
    assert (held.value.code, "company_map" in held.value.do) == ("company-unmapped", True)


def test_a_currency_is_taken_or_held_with_what_can_be_done() -> None:
    taken = Currencies({"EUR": 2, "KWD": 3}, 2, "Acme", "list 1", "acme")
    assert (taken.first, taken.too_fine) == ("EUR", ["KWD"])
    taken.check(order(currency="EUR"))
    for code, advice in (("GBP", "with its id in list 1"), ("BHD", "by hand")):
        with pytest.raises(Hold, match=f"in {code}, which this Acme") as held:
            taken.check(order(currency=code))
        assert (held.value.code, advice in held.value.do) == ("currency", True)


# --- what is not told ---

FIELDS = ("terms", "tags", "attributes", "discount_codes", "location", "presentment",
          "invoice_to", "email", "phone", "lines.properties", "taxes")  # fmt: skip
UNTOLD = Untold({name: f"No {name}." for name in FIELDS}, {})


def test_what_has_no_member_is_named_in_readable_words() -> None:
    full = order(
        terms=Terms("Net 30", "", 30), tags=("a", "b"), attributes=(("Gift", "yes"),),
        discount_codes=("TEN",), location="Bath", presentment=Presentment("EUR", 100),
        invoice_to=Address(name="Ada", town="Ely"), email="a@b", phone="1",
    )  # fmt: skip
    losses = {loss.field: loss.value for loss in UNTOLD.of_order(full, NOWHERE)}
    assert losses == {
        "terms": "Net 30, 30 days", "tags": "a, b", "attributes": "Gift: yes",
        "discount_codes": "TEN", "location": "Bath", "presentment": "€1.00",
        "invoice_to": "Ada, Ely", "email": "a@b", "phone": "1",
    }  # fmt: skip
    plain = order(invoice_to=Address(name="Ada"), terms=Terms("Net"), email="a@b")
    assert [loss.value for loss in UNTOLD.of_order(plain, plain.invoice_to)] == ["Net"]
    assert list(UNTOLD.of_order(order(email="a@b"), Address(name="Ada"))) == []
    assert list(Untold({}, {}).of_order(full, NOWHERE)) == [], "it has a member for all of it"


def test_the_reasons_are_a_file_of_a_package_and_nothing_else_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "acme_reasons"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    text = '[no_member]\ntags = "None."\n[ignored]\ntest = "Not ours."\n'
    (folder / "untold.toml").write_text(text)
    assert untold("acme_reasons") == Untold({"tags": "None."}, {"test": "Not ours."})
    (folder / "untold.toml").write_text(text + "[more]\n")
    with pytest.raises(msgspec.ValidationError, match="more"):
        untold("acme_reasons")


def test_what_lines_say_beyond_a_code_and_a_tax_is_named() -> None:
    taxes = (Tax("GST", 5, "0.05"), Tax("PST", 7, "0.07"))
    lines = (line(properties=(("Engraving", "Ada"),), taxes=taxes), line(quantity=0, properties=()))
    document = order(lines=lines)
    assert [(loss.field, loss.value) for loss in UNTOLD.of_lines(document, plain=False)] == [
        ("lines.properties", "Tee: Engraving: Ada"),
        ("lines.taxes", "GST 0.05 (£0.05) + PST 0.07 (£0.07)"),
    ]
    assert len(list(UNTOLD.of_lines(document, plain=True))) == 1
    assert list(UNTOLD.of_lines(order(lines=(line(),)), plain=False)) == []


def test_tax_that_is_shown_otherwise_has_its_difference() -> None:
    loss = tax_rounded(17, 16, "GBP", "Acme")
    assert (loss.code, loss.minor, Decimal(loss.value.removeprefix("£"))) == (
        "rounded", 1, Decimal("0.17"),
    )  # fmt: skip
    assert "Acme rounds line by line" in loss.why
