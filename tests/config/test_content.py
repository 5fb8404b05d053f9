"""A configuration is content: texts by name from anywhere, and two of them in one process."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from counterfoil.app import check
from counterfoil.config import Content, Several, from_content, load
from counterfoil.config.content import changes, governed, rules
from counterfoil.values.errors import Misconfigured

PROJECT = """\
[estate]
name = "Gifts Ltd"
[web]
port = 9000
[connections.shop]
system = "shopify"
url = "https://gifts.myshopify.com"
secrets = { access_token = "env:SHOP_TOKEN" }
[connections.office]
system = "orderwise"
url = "https://gifts.orderwisecloud.com"
[maps.delivery.values]
"Next day" = "3"
"""
ROUTE = """\
document = "order"
source = "shop"
target = "office"
owner = "operations"
"""
CONTENT: Content = {"counterfoil.toml": PROJECT, "routes/orders.toml": ROUTE}


def with_(name: str, old: str, new: str) -> Content:
    """The content with one text changed."""
    assert old in CONTENT[name]
    return {**CONTENT, name: CONTENT[name].replace(old, new)}


def test_texts_by_name_are_the_configuration_that_a_folder_of_them_is(tmp_path: Path) -> None:
    (tmp_path / "routes").mkdir()
    for name, text in CONTENT.items():
        (tmp_path / name).write_text(text)
    assert from_content(CONTENT, tmp_path, {}) == load(tmp_path, {})


def test_what_is_wrong_is_told_with_name_and_line(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as caught:
        from_content(with_("routes/orders.toml", '"shop"', '"shpo"'), tmp_path, {})
    assert caught.value.where == "routes/orders.toml, line 2"


@pytest.mark.parametrize("name", ["orders.toml", "routes/orders.json", "rules/orders.toml"])
def test_a_text_that_has_no_place_is_refused_and_not_ignored(tmp_path: Path, name: str) -> None:
    with pytest.raises(Several) as caught:
        from_content({**CONTENT, name: ""}, tmp_path, {})
    assert caught.value.where == name


def test_content_without_its_project_file_is_no_project(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as caught:
        from_content({"routes/orders.toml": ROUTE}, tmp_path, {})
    assert caught.value.code == "no-project"


def test_two_configurations_stand_side_by_side_in_one_process(tmp_path: Path) -> None:
    changed = {**CONTENT, "routes/orders.toml": ROUTE + "cadence_s = 60\n"}
    environment = {"SHOP_TOKEN": "shpat_content"}
    live = from_content(CONTENT, tmp_path, environment)
    proposed = from_content(changed, tmp_path, environment)
    assert (live.routes["orders"].cadence_s, proposed.routes["orders"].cadence_s) == (300.0, 60.0)
    # Both are wired as `counterfoil up` would, each by itself: only OrderWise lacks its password.
    assert check(live).keys() == check(proposed).keys()
    assert [error.code for error in check(proposed)["route orders"]] == []


# --- what is governed ---


def test_the_machine_s_part_is_no_change_of_the_rules(tmp_path: Path) -> None:
    before = rules(from_content(CONTENT, tmp_path, {}))
    for old, new in [
        ("port = 9000", "port = 9001"),
        ("[web]", "[worker]\nat_once = 3\n[web]"),
        ("env:SHOP_TOKEN", "file:shop"),
        ("[estate]", "# a comment\n[estate]"),
        ("[web]\n", "[rehearsal]\nseed = 4\n[web]\n"),
    ]:
        after = rules(from_content(with_("counterfoil.toml", old, new), tmp_path, {}))
        assert (new, changes(before, after)) == (new, [])
        assert after == before


@pytest.mark.parametrize(
    ("name", "old", "new", "places"),
    [
        ("counterfoil.toml", '"3"', '"4"', ['maps.delivery.values."Next day"']),
        ("counterfoil.toml", "gifts.my", "g.my", ["connections.shop.url"]),
        ("routes/orders.toml", '"operations"', '"sales"', ["routes.orders.owner"]),
        (
            "counterfoil.toml", "[connections.office]",
            '[connections.shop.settings]\nmode = "x"\n[connections.office]',
            ["connections.shop.settings", "connections.shop.settings.mode"],
        ),
    ],
)  # fmt: skip
def test_a_change_of_the_rules_is_named_by_its_places(
    tmp_path: Path, name: str, old: str, new: str, places: list[str]
) -> None:
    before = rules(from_content(CONTENT, tmp_path, {}))
    after = rules(from_content(with_(name, old, new), tmp_path, {}))
    assert changes(before, after) == places


def test_a_key_that_is_written_as_its_default_changes_nothing(tmp_path: Path) -> None:
    written = {**CONTENT, "routes/orders.toml": ROUTE + "cadence_s = 300\n"}
    before, after = (rules(from_content(one, tmp_path, {})) for one in (CONTENT, written))
    assert before == after


def test_no_secret_and_no_reference_to_one_is_in_what_is_governed(tmp_path: Path) -> None:
    content = rules(from_content(CONTENT, tmp_path, {"SHOP_TOKEN": "shpat_content"}))
    assert b"shpat_content" not in content
    assert b"SHOP_TOKEN" not in content
    assert msgspec.json.decode(content)["connections"]["shop"]["system"] == "shopify"


@pytest.mark.parametrize(
    ("place", "answer"),
    [
        (("web", "port"), False),
        (("worker", "at_once"), False),
        (("connections", "shop", "secrets", "access_token"), False),
        (("connections", "shop", "url"), True),
        (("connections", "shop"), True),
        (("routes", "secrets", "secrets"), True),
        (("maps", "delivery", "values", "web"), True),
    ],
)
def test_which_places_are_governed(place: tuple[str, ...], answer: bool) -> None:
    assert governed(place) is answer
