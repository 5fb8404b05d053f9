"""Products move from the office into the shop: parents first, kits last; renamed ones stay one."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import msgspec
import pytest
from catalogue import PLAN, Catalogue, catalogue

from counterfoil.flows.census import Window, census
from counterfoil.store import aliases, holds
from counterfoil.store.bindings import Namespace
from counterfoil.surfaces.desk.edits import edits
from counterfoil.surfaces.desk.holds import resend
from counterfoil.surfaces.desk.opening import StaffedDesk
from counterfoil.values.clock import later


@pytest.fixture
async def house(
    migrated_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Catalogue]:
    monkeypatch.setenv("DATABASE_URL", migrated_database)
    async with catalogue(migrated_database, tmp_path) as made:
        yield made


async def test_a_product_its_variants_and_a_kit_of_them_arrive(house: Catalogue) -> None:
    products = house.office.products
    tee = products.product("TEE", "A tee", "<p>Cotton</p>")
    red = products.variant(tee, "TEE-RED", "Red", vad_rsp_inc_vat=1999, vad_weight=0.21)
    blue = products.variant(tee, "TEE-BLUE", "Blue")
    pair = products.variant(tee, "TEE-PAIR", "Both")
    products.kit(pair, {red: 1, blue: 1})
    assert await house.moved() == 4
    assert await house.states() == dict.fromkeys((tee, red, blue, pair), "confirmed")
    shop = house.at_shop()
    assert shop[tee]["title"] == "A tee"
    assert (shop[red]["sku"], shop[red]["price"]) == ("TEE-RED", "19.99")


async def test_a_variant_waits_for_its_product_and_a_kit_for_its_parts(house: Catalogue) -> None:
    products = house.office.products
    tee = products.product("TEE", "")  # the shop refuses a blank title
    red = products.variant(tee, "TEE-RED", "Red")
    pair = products.variant(tee, "TEE-PAIR", "Pair")
    products.kit(pair, {red: 2})
    await house.moved()
    assert await house.states() == {tee: "held", red: "waiting", pair: "waiting"}
    products.change(tee, pd_description="A tee")
    await house.moved()
    assert await house.states() == dict.fromkeys((tee, red, pair), "confirmed")


async def test_what_did_not_change_is_not_sent_again(house: Catalogue) -> None:
    products = house.office.products
    tee = products.product("TEE", "A tee")
    red = products.variant(tee, "TEE-RED", "Red")
    await house.moved()
    mark = len(house.wires.sent)
    products.change(red)  # saved again, with nothing new
    await house.moved()
    assert (await house.states())[red] == "merged"
    assert not [body for host, body in house.wires.sent[mark:] if b"mutation" in body]


async def test_a_renamed_sku_is_the_same_variant_and_its_old_name_still_finds_it(
    house: Catalogue,
) -> None:
    products = house.office.products
    tee = products.product("TEE", "A tee")
    red = products.variant(tee, "TEE-RED", "Red")
    await house.moved()
    house.clock.move(3600.0)
    products.rename(red, "TEE-SCARLET")
    await house.moved()
    assert house.at_shop()[red]["sku"] == "TEE-SCARLET"
    assert sum(key == red for key in house.at_shop()) == 1
    database, namespace = house.house.engine.database, Namespace(1, "product")
    assert await aliases.keys(database, namespace, ["TEE-RED", "TEE-SCARLET"]) == {
        "TEE-RED": red,
        "TEE-SCARLET": red,
    }
    history = await aliases.history(database, "product", ["TEE-SCARLET"])
    assert [(row.name, row.why, row.until is None) for row in history] == [
        ("TEE-RED", "renamed", False),
        ("TEE-SCARLET", "", True),
    ]


async def test_a_kit_of_an_old_sku_finds_the_renamed_part(house: Catalogue) -> None:
    products = house.office.products
    tee = products.product("TEE", "A tee")
    red = products.variant(tee, "TEE-RED", "Red")
    await house.moved()
    products.rename(red, "TEE-SCARLET")
    await house.moved()
    # Another variant bears the old code now: who bears it today is meant.
    other = products.variant(tee, "TEE-RED", "Really red")
    pair = products.variant(tee, "TEE-PAIR", "Pair")
    products.kit(pair, {other: 1})
    await house.moved()
    keys = await aliases.keys(house.house.engine.database, Namespace(1, "product"), ["TEE-RED"])
    assert keys == {"TEE-RED": other}
    assert (await house.states())[pair] == "confirmed"


async def test_what_is_archived_is_ended_at_the_shop_and_found_by_its_name(
    house: Catalogue,
) -> None:
    products = house.office.products
    tee = products.product("TEE", "A tee")
    red = products.variant(tee, "TEE-RED", "Red")
    await house.moved()
    products.discontinue(red)
    await house.moved()
    shop = house.at_shop()
    assert (shop[tee]["status"], shop[red]["inventoryPolicy"]) == ("ARCHIVED", "DENY")
    assert await house.states() == dict.fromkeys((tee, red), "confirmed")
    keys = await aliases.keys(house.house.engine.database, Namespace(1, "product"), ["TEE-RED"])
    assert keys == {"TEE-RED": red}


async def test_a_merged_sku_lives_on_as_the_other(house: Catalogue) -> None:
    products = house.office.products
    tee = products.product("TEE", "A tee")
    red = products.variant(tee, "TEE-RED", "Red")
    blue = products.variant(tee, "TEE-BLUE", "Blue")
    await house.moved()
    products.merge(red, blue)
    await house.moved()
    database, namespace = house.house.engine.database, Namespace(1, "product")
    assert await aliases.keys(database, namespace, ["TEE-RED"]) == {"TEE-RED": blue}
    (row,) = [r for r in await aliases.history(database, "product", ["TEE-RED"]) if r.key == red]
    assert (row.why, row.lives_on) == ("merged", "TEE-BLUE")


async def test_what_was_archived_before_it_was_ever_sent_is_left_out(house: Catalogue) -> None:
    products = house.office.products
    tee = products.product("TEE", "A tee")
    red = products.variant(tee, "TEE-RED", "Red")
    products.variant(tee, "TEE-BLUE", "Blue")
    products.discontinue(red)
    await house.moved()
    assert (await house.states())[red] == "excluded"
    assert red not in house.at_shop()


async def test_a_shop_that_loses_a_part_of_a_kit_in_time_is_told_of(house: Catalogue) -> None:
    products = house.office.products
    tee = products.product("TEE", "A tee")
    part = products.variant(tee, "PART", "Part", vad_rsp_inc_vat=-1)  # the shop refuses it
    pair = products.variant(tee, "PAIR", "Pair")
    products.kit(pair, {part: 2})
    await house.moved()
    assert (await house.states())[pair] == "waiting"
    house.clock.move(86_401.0)
    await house.work()
    assert (await house.causes())[pair] == ("no-product", "merchandising")


async def test_a_kit_whose_part_was_left_out_waits_for_it_and_is_told_of(house: Catalogue) -> None:
    """The part may be sold once more; and the kit that the shop has already is not let go of."""
    products = house.office.products
    tee = products.product("TEE", "A tee")
    part = products.variant(tee, "PART", "Part")
    pair = products.variant(tee, "PAIR", "Pair")
    products.discontinue(part)
    await house.moved()
    assert (await house.states())[part] == "excluded"
    products.kit(pair, {part: 2})
    await house.moved()
    assert (await house.states())[pair] == "waiting"
    house.clock.move(86_401.0)
    await house.work()
    assert (await house.causes())[pair] == ("no-product", "merchandising")


async def test_what_is_blanked_at_its_master_is_blank_at_the_shop_or_held(
    migrated_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", migrated_database)
    owners = {"product": {"default": "office"}}
    async with catalogue(migrated_database, tmp_path, ownership=owners) as house:
        products = house.office.products
        tee = products.product("TEE", "A tee", "<p>Cotton</p>")
        red = products.variant(
            tee, "TEE-RED", "Red", vad_ean_code="5012345678900", vad_commodity_code="6109.10",
            vad_country_code_of_origin="GB",
        )  # fmt: skip
        await house.moved()
        codes = ("barcode", "harmonizedSystemCode", "countryCodeOfOrigin")
        assert all(house.at_shop()[red][code] for code in codes)
        products.change(red, vad_ean_code="", vad_commodity_code="", vad_country_code_of_origin="")
        products.change(tee, pd_long_description="")
        await house.moved()
        assert not any(house.at_shop()[red][code] for code in codes)
        assert house.at_shop()[tee]["descriptionHtml"] == ""
        products.change(tee, pd_description="")
        await house.moved()
        assert await house.causes() == {tee: ("product-refused", "merchandising")}


async def test_the_offices_own_count_agrees(house: Catalogue) -> None:
    products = house.office.products
    start = house.clock.now()
    for number in range(25):
        tee = products.product(f"TEE-{number}", f"Tee {number}")
        products.variant(tee, f"TEE-{number}-M", "M")
        house.clock.move(1.0)
    await house.moved()
    sums = await census(
        house.house.engine, house.route, Window(start, later(house.clock.now(), 1.0))
    )
    assert (sums.listed, sums.unaccounted, sums.balances) == (50, 0, True)


async def test_what_the_shop_masters_is_never_written_over(
    migrated_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", migrated_database)
    owners = {"product": {"default": "office", "prices": "shop", "description": "shop"}}
    async with catalogue(migrated_database, tmp_path, ownership=owners) as house:
        products = house.office.products
        tee = products.product("TEE", "A tee", "<p>The office's words</p>")
        red = products.variant(tee, "TEE-RED", "Red", vad_rsp_inc_vat=1999)
        await house.moved()
        assert await house.states() == dict.fromkeys((tee, red), "confirmed"), await house.causes()
        house.shop.catalogue.edit(red, price_minor=2499)
        house.shop.catalogue.edit(tee, descriptionHtml="<p>The shop's words</p>")
        products.change(tee, pd_description="Another title")
        products.rename(red, "TEE-SCARLET")
        await house.moved()
        shop = house.at_shop()
    assert (shop[tee]["title"], shop[tee]["descriptionHtml"]) == (
        "Another title",
        "<p>The shop's words</p>",
    )
    assert (shop[red]["sku"], shop[red]["price"]) == ("TEE-SCARLET", "24.99")


async def test_what_somebody_edits_at_the_shop_is_found_and_written_over_by_the_next_version(
    house: Catalogue,
) -> None:
    products = house.office.products
    tee = products.product("TEE", "A tee")
    red = products.variant(tee, "TEE-RED", "Red", vad_rsp_inc_vat=1999)
    await house.moved()
    desk = StaffedDesk(
        house.house.config, house.clock, "ada", house.house.engine.database, house.house
    )
    assert (await edits(desk, "products")).edits == ()
    house.shop.catalogue.edit(red, price_minor=1)
    (edit,) = (await edits(desk, "products")).edits
    assert (edit.number, edit.fields["differs"]) == ("TEE-RED", {"price": [1999, 1]})
    products.rename(red, "TEE-SCARLET")
    await house.moved()
    assert house.at_shop()[red]["price"] == "19.99"
    assert (await edits(desk, "products")).edits == ()


@pytest.fixture
async def strict(
    migrated_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Catalogue]:
    """A route that refuses to write over a price, and flags everything else."""
    monkeypatch.setenv("DATABASE_URL", migrated_database)
    plan = msgspec.structs.replace(PLAN, on_edit={"default": "flag", "price": "refuse"})
    async with catalogue(migrated_database, tmp_path, plan) as made:
        yield made


async def edited(house: Catalogue) -> tuple[str, StaffedDesk]:
    """A product with a variant that has arrived, and the desk."""
    products = house.office.products
    tee = products.product("TEE", "A tee")
    red = products.variant(tee, "TEE-RED", "Red", vad_rsp_inc_vat=1999)
    await house.moved()
    inside = house.house
    return red, StaffedDesk(inside.config, house.clock, "ada", inside.engine.database, inside)


async def test_an_edit_that_the_route_refuses_to_write_over_is_held_before_it_is_sent(
    strict: Catalogue,
) -> None:
    red, desk = await edited(strict)
    strict.shop.catalogue.edit(red, price_minor=2499)
    strict.office.products.rename(red, "TEE-SCARLET")
    mark = len(strict.wires.sent)
    await strict.moved()
    assert await strict.causes() == {red: ("edited-there", "merchandising")}
    assert not [body for _, body in strict.wires.sent[mark:] if b"mutation" in body]
    assert strict.at_shop()[red]["price"] == "24.99"
    ((_, hold),) = [(row.record, row) for row in await holds.open_now(desk.database, None, None, 9)]
    assert "price was sent as 1999 and is 2499" in hold.said
    strict.shop.catalogue.edit(red, price_minor=1999)  # somebody puts it back
    await resend(desk, [hold.record])
    await strict.work()
    assert (await strict.states())[red] == "confirmed"
    assert strict.at_shop()[red]["sku"] == "TEE-SCARLET"


async def test_an_edit_that_the_route_flags_is_written_over_and_listed(strict: Catalogue) -> None:
    red, desk = await edited(strict)
    strict.shop.catalogue.edit(red, sku="SHOP-RED")
    strict.office.products.rename(red, "TEE-SCARLET")
    await strict.moved()
    assert strict.at_shop()[red]["sku"] == "TEE-SCARLET"
    answer = await edits(desk, "products")
    assert (answer.edits, answer.owner) == ((), "merchandising")
    (flag,) = answer.flagged
    assert (flag.number, flag.fields["differs"]) == (
        "TEE-SCARLET",
        {"sku": ["TEE-RED", "SHOP-RED"]},
    )


async def test_who_edits_what_the_newer_version_says_too_has_edited_nothing(
    strict: Catalogue,
) -> None:
    red, desk = await edited(strict)
    strict.shop.catalogue.edit(red, price_minor=2499)
    strict.office.products.change(red, vad_rsp_inc_vat=2499)
    await strict.moved()
    assert (await strict.states())[red] == "confirmed"
    assert (await edits(desk, "products")).flagged == ()


async def test_what_the_shop_masters_is_no_edit(
    migrated_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", migrated_database)
    owners = {"product": {"default": "office", "prices": "shop"}}
    async with catalogue(migrated_database, tmp_path, ownership=owners) as house:
        tee = house.office.products.product("TEE", "A tee")
        red = house.office.products.variant(tee, "TEE-RED", "Red", vad_rsp_inc_vat=1999)
        await house.moved()
        house.shop.catalogue.edit(red, price_minor=1)
        inside = house.house
        desk = StaffedDesk(inside.config, house.clock, "ada", inside.engine.database, inside)
        assert (await edits(desk, "products")).edits == ()
