"""The connector against the twin: what is sent is what is seen, and every bad day has its kind."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from counterfoil.kit.connector import Intent, Seen, Session, Target, Written
from counterfoil.kit.field import family
from counterfoil.kit.transport import Wire
from counterfoil.model.line import Charge, Line
from counterfoil.model.order import Order
from counterfoil.twins.orderwise import OrderWiseTwin
from counterfoil.values.errors import Hold, Retry, Settle, SignIn
from counterfoil.values.money import rounded
from tests.connectors.orderwise.orderwise_stage import ADA

MakeOrder = Callable[..., Order]
Opened = Callable[..., Session]
Twin = Callable[..., OrderWiseTwin]
OverTwin = Callable[[OrderWiseTwin], Wire]

READ_LAG_S = 2.0


def basket(chance: random.Random, at: int) -> dict[str, Any]:
    """A sale with every awkward price: discounts that no number of pieces divides."""
    lines: list[Line] = []
    for line in range(chance.randint(1, 9)):
        quantity, unit = chance.randint(1, 24), chance.randint(29, 9999)
        total = quantity * unit
        discount = chance.choice((0, 0, chance.randint(0, total)))
        rate = chance.choice(("0.2", "0.2", "0"))
        tax = rounded((total - discount) * 2, 12) if rate == "0.2" else 0
        code = f"SKU-{chance.randint(1, 20)}"
        lines.append(Line(str(line), code, "Thing", quantity, unit, discount, tax, rate))
    post = tuple(Charge("DPD", 495, 83, "0.2") for _ in range(chance.randint(0, 2)))
    return {"key": f"ref-{at}", "number": f"#{at}", "lines": tuple(lines), "shipping": post}


def differing(intent: Intent, seen: Seen) -> dict[str, Any]:
    return {
        name: (value, seen.fields.get(name))
        for name, value in intent.expect.items()
        if seen.fields.get(name) != value and family(name) not in seen.unseen
    }


@pytest.mark.parametrize("site", [{}, {"sign_in_body": "object", "one_token": True}])
async def test_what_is_sent_is_what_is_seen(
    opened: Opened, order: MakeOrder, twin: Twin, over_twin: OverTwin, site: dict[str, Any]
) -> None:
    one = twin(**site)
    target = opened(over_twin(one)).target("order")
    chance = random.Random(7)
    intents = [target.compose(order(**basket(chance, at))) for at in range(60)]
    for intent in intents:
        (answer,) = await target.write([intent])
        assert isinstance(answer, Written)
    found = await target.read([intent.reference for intent in intents])
    for intent in intents:
        (seen,) = found[intent.reference]
        assert differing(intent, seen) == {}
    assert sum(one.report().totals_minor.values()) == sum(
        int(str(one.expect["total"])) for one in intents
    )


async def test_everything_that_an_order_may_carry_is_seen(
    opened: Opened, order: MakeOrder, twin: Twin, over_twin: OverTwin
) -> None:
    one = twin()
    target = opened(
        over_twin(one),
        payment_method_id=1,
        country_map="countries",
        extras_variant="EXTRA",
        custom_variant="WRAP",
    ).target("order")
    wrap = Line("3", "", "Gift wrap", 1, 350, 0, 58, "0.2", kind="custom")
    document = order(
        lines=(*order().lines, wrap),
        extras=(Charge("Tip", 300, 0, "0", "tip"),),
        deliver_to=replace(ADA, company="Engines Ltd", line2="Flat 2 ", region="Middlesex"),
        note="By the gate",
        po_number="PO-77",
    )
    intent = target.compose(document)
    (answer,) = await target.write([intent])
    assert isinstance(answer, Written)
    (seen,) = (await target.read([intent.reference]))[intent.reference]
    assert differing(intent, seen) == {}


async def test_the_probe_of_a_site(opened: Opened, twin: Twin, over_twin: OverTwin) -> None:
    assert "3 tax rates" in await opened(over_twin(twin())).probe()


@pytest.mark.parametrize("shape", ["empty", "text", "message"])
async def test_an_unknown_variant_is_held_whatever_the_refusal_looks_like(
    opened: Opened, order: MakeOrder, twin: Twin, over_twin: OverTwin, shape: Any
) -> None:
    one = twin(products=("TEE-RED-M",), error_body=shape)
    target = opened(over_twin(one)).target("order")
    (answer,) = await target.write([target.compose(order())])
    assert isinstance(answer, Hold)
    assert one.report().orders == 0


async def test_a_wrong_password_moves_nothing(
    opened: Opened, order: MakeOrder, twin: Twin, over_twin: OverTwin
) -> None:
    target = opened(over_twin(twin(password="another"))).target("order")
    with pytest.raises(SignIn):
        await target.write([target.compose(order())])


async def test_on_bad_days_every_order_lands_once_or_is_held(
    opened: Opened, order: MakeOrder, twin: Twin, over_twin: OverTwin, clock: Any
) -> None:
    one = twin("hostile", seed=3, read_lag_s=(0.5, READ_LAG_S))
    target = opened(over_twin(one)).target("order")
    chance = random.Random(11)
    held: list[str] = []
    drifted: Counter[str] = Counter()
    for at in range(300):
        intent = target.compose(order(**basket(chance, at)))
        if await landed(target, intent, clock):
            seen = await shown(target, intent.reference, clock)
            drifted.update(differing(intent, seen).keys())
        else:
            held.append(intent.reference)
    report = one.report()
    assert (report.orders, report.duplicates) == (300 - len(held), 0)
    assert len(held) == report.faults["locked_period"]
    assert {name for name, met in report.faults.items() if not met} <= {"truncated"}
    assert drifted.total() >= report.faults["penny"] + report.faults["dropped_field"]


async def landed(target: Target[Order], intent: Intent, clock: Any) -> bool:
    """Write until the order is known to have landed (True) or is held (False)."""
    for _ in range(10):
        try:
            (answer,) = await target.write([intent])
            return isinstance(answer, Written)
        except Retry as later:
            await clock.sleep(later.after_s)
        except Settle:
            await clock.sleep(3 * READ_LAG_S)
            if await patiently(lambda: target.read([intent.reference]), clock):
                return True
    raise AssertionError("an order that never ends")


async def shown(target: Target[Order], reference: str, clock: Any) -> Seen:
    """The one order under the reference, as soon as it can be read back."""
    for _ in range(10):
        found = await patiently(lambda: target.read([reference]), clock)
        if found:
            (seen,) = found[reference]
            return seen
        await clock.sleep(READ_LAG_S / 2)
    raise AssertionError("an order that is never shown")


async def patiently(call: Any, clock: Any) -> Any:
    for _ in range(10):
        try:
            return await call()
        except Retry as later:
            await clock.sleep(max(1.0, later.after_s))
    raise AssertionError("a call that never ends")
