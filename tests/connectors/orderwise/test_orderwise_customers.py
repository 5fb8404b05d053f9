"""A customer becomes an account: where it is posted, what of it, and who is nobody else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import pytest

from counterfoil.connectors import orderwise
from counterfoil.connectors.orderwise.customer import CF_CUSTOMERS
from counterfoil.kit.connector import Inputs, Intent, Written
from counterfoil.kit.contract import Case, at_stage
from counterfoil.model.customer import Customer
from counterfoil.values.errors import Hold
from tests.connectors.buyers import buyer
from tests.connectors.orderwise.orderwise_stage import stage
from tests.connectors.orderwise.test_orderwise_recorded import needs_cases, recorded


@pytest.fixture
def case() -> Iterator[Case]:
    with at_stage(orderwise.CONNECTOR, stage) as case:
        yield case


async def composed(
    case: Case, *customers: Customer, mask: frozenset[str] | None = None, **settings: Any
) -> list[Intent]:
    case.stage.settings = {**case.stage.settings, **settings}
    target: Any = case.open().target("customer")
    looks = await target.there(customers, [Inputs()] * len(customers))
    return [
        target.compose(customer, Inputs(there=look, mask=mask))
        for customer, look in zip(customers, looks, strict=True)
    ]


async def write(case: Case, intent: Intent) -> str:
    (answer,) = await case.open().target("customer").write([intent])
    assert isinstance(answer, Written), answer
    return answer.identity


async def seen(case: Case, intent: Intent) -> Mapping[str, object]:
    (row,) = (await case.open().target("customer").read([intent.reference]))[intent.reference]
    return row.fields


def call(intent: Intent) -> dict[str, Any]:
    return msgspec.json.decode(intent.payload)


async def test_no_account_leaves_before_a_site_says_where(case: Case) -> None:
    with pytest.raises(Hold) as held:
        await composed(case, buyer(1), customer_path="")
    assert held.value.code == "customers-off"


async def test_one_that_is_there_is_put_and_not_posted_again(case: Case) -> None:
    (first,) = await composed(case, buyer(1))
    assert (call(first)["method"], call(first)["path"]) == ("POST", "/customers")
    key = await write(case, first)
    (second,) = await composed(case, buyer(1, last="King"))
    assert (call(second)["method"], call(second)["path"]) == ("PUT", f"/customers/{key}")
    assert await write(case, second) == key
    assert (await seen(case, second))["name"] == "Ada King"


async def test_another_account_with_the_same_address_is_not_joined_in_silence(case: Case) -> None:
    await write(case, (await composed(case, buyer(1)))[0])
    twin = buyer(2, email=" ada.1@EXAMPLE.com")
    with pytest.raises(Hold) as held:
        await composed(case, twin)
    assert held.value.code == "same-email"
    assert buyer(1).key in held.value.said
    (beside,) = await composed(case, twin, same_email="beside")
    await write(case, beside)
    assert (await seen(case, beside))["email"] == "ada.1@EXAMPLE.com"


async def test_two_of_one_call_are_not_joined_in_silence_either(case: Case) -> None:
    with pytest.raises(Hold) as held:
        await composed(case, buyer(1), buyer(2, email=buyer(1).email))
    assert held.value.code == "same-email"


async def test_somebody_without_an_address_is_like_nobody(case: Case) -> None:
    await write(case, (await composed(case, buyer(1, email="")))[0])
    await write(case, (await composed(case, buyer(2, email="")))[0])


async def test_a_route_writes_its_own_fields_blank_ones_too_and_no_other(case: Case) -> None:
    await write(case, (await composed(case, buyer(1)))[0])
    (intent,) = await composed(case, buyer(1, email="", last="King"), mask=frozenset({"email"}))
    assert call(intent)["body"] == {"accountNumber": buyer(1).key, "statementEmail": ""}
    assert intent.losses == ()
    await write(case, intent)
    fields = await seen(case, intent)
    assert (fields["email"], fields["name"]) == ("", "Ada Byron “1”")


async def test_a_firm_is_called_by_its_name_and_the_person_is_named_as_lost(case: Case) -> None:
    (intent,) = await composed(case, buyer(3))
    assert call(intent)["body"]["statementName"] == "Engines 3 Ltd"
    assert {"first", "last", "consents"} <= {loss.field for loss in intent.losses}


@needs_cases
def test_every_column_that_is_compared_is_a_member_of_a_recorded_row() -> None:
    row = json.loads(recorded("customers/list_rows.json"))[0]
    assert set(CF_CUSTOMERS.needed) - {"customerId"} <= set(row)
