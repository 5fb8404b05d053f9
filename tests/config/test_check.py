"""Everything is checked before anything starts: what `build` refuses, `check` says, all of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from counterfoil import app
from counterfoil.config import Config, Connection, load
from counterfoil.config.shape import Budget
from counterfoil.values.errors import CounterfoilError, Misconfigured, SignIn

ESTATE = """\
[estate]
name = "gifts"

[connections.shop]
system = "shopify"
url = "https://gifts.myshopify.com"
secrets = { access_token = "env:TOKEN" }

[connections.office]
system = "orderwise"
url = "https://gifts.orderwisecloud.com"
[connections.office.secrets]
user = "env:USER_NAME"
password = "file:office"
[connections.office.settings]
session_id = 12
customer_id = 1044
orders_definition = 101
lines_definition = 102
tax_map = { "0.2" = 1, "0" = 2 }

[maps.delivery.values]
"Next day" = "3"
"""
ROUTE = 'document = "order"\nsource = "shop"\ntarget = "office"\nowner = "operations"\n'
JUNK: tuple[Any, ...] = ("", "yesterday", -1, 0, 9999999999999999999, 1.5, True, [], {}, "\x1b[2J")


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "routes").mkdir()
    (tmp_path / "secrets").mkdir()
    (tmp_path / "counterfoil.toml").write_text(ESTATE)
    (tmp_path / "routes" / "orders.toml").write_text(ROUTE)
    (tmp_path / "secrets" / "office").write_text("hunter2")
    return load(tmp_path, {"TOKEN": "t", "USER_NAME": "u"})


def with_connection(config: Config, name: str, **changed: Any) -> Config:
    one: Connection = msgspec.structs.replace(config.file.connections[name], **changed)
    connections = {**config.file.connections, name: one}
    file = msgspec.structs.replace(config.file, connections=connections)
    return msgspec.structs.replace(config, file=file)


def with_route(config: Config, **changed: Any) -> Config:
    plan = msgspec.structs.replace(config.routes["orders"], **changed)
    return msgspec.structs.replace(config, routes={"orders": plan})


def told(config: Config) -> dict[str, list[str]]:
    return {what: [one.said for one in wrong] for what, wrong in app.check(config).items() if wrong}


async def refused(config: Config, monkeypatch: pytest.MonkeyPatch) -> CounterfoilError | None:
    """What `build` refuses; it must do so before it asks for a database."""

    async def reached(config: Config) -> None:
        raise AssertionError("it was allowed")

    monkeypatch.setattr(app, "connect", reached)
    try:
        await app.build(config)
    except CounterfoilError as error:
        return error
    except AssertionError:
        return None
    raise AssertionError


def test_a_project_in_order_has_nothing_against_it(config: Config) -> None:
    assert app.check(config) == {"connection shop": [], "connection office": [], "route orders": []}


@pytest.mark.parametrize(
    ("side", "changed", "what", "said"),
    [
        ("shop", {"settings": {"orders_per_page": 9999}}, "connection shop", "orders_per_page"),
        ("shop", {"settings": {"colour": "red"}}, "connection shop", "no setting 'colour'"),
        ("shop", {"url": "https://evil.example"}, "connection shop", "is not one of"),
        ("shop", {"url": "https://169.254.169.254/latest"}, "connection shop", "is not one of"),
        ("shop", {"url": "https://u:hunter2@gifts.myshopify.com"}, "connection shop", "more than"),
        ("shop", {"system": "shopfy"}, "connection shop", "no connector named"),
        ("shop", {"limits": {"cost": Budget(5)}}, "connection shop", "is no limit"),
        ("shop", {"secrets": {"access_token": "env:NONE"}}, "connection shop", "is not there"),
        ("office", {"settings": {}}, "connection office", "needs the setting"),
        (None, {"begins": "yesterday"}, "route orders", "yesterday"),
        (None, {"document": "product"}, "route orders", "can be listed"),
        (None, {"source": "office", "target": "shop"}, "route orders", "can be written"),
        (None, {"source": "shop", "target": "shop"}, "route orders", "can be written"),
    ],
)
async def test_what_up_would_refuse_is_said_without_a_database(
    config: Config,
    monkeypatch: pytest.MonkeyPatch,
    side: str | None,
    changed: dict[str, Any],
    what: str,
    said: str,
) -> None:
    wrong = with_connection(config, side, **changed) if side else with_route(config, **changed)
    ((found, (first, *_)),) = ((k, v) for k, v in told(wrong).items() if k == what)
    assert said in first
    assert "hunter2" not in first
    error = await refused(wrong, monkeypatch)
    assert isinstance(error, Misconfigured)
    assert error.said == next(iter(told(wrong).values()))[0]
    assert found == what


def test_everything_is_said_at_once_and_in_each_part(config: Config) -> None:
    wrong = with_connection(
        config,
        "shop",
        url="https://evil.example",
        settings={"colour": "red", "size": 3},
        secrets={"access_token": "env:A", "webhook_secret": "env:B"},
        limits={"cost": Budget(5), "calls": Budget(1, 1.0)},
    )
    wrong = with_connection(wrong, "office", secrets={"user": "file:gone", "pass": "env:A"})
    found = told(wrong)
    assert len(found["connection shop"]) == 7
    assert len(found["connection office"]) == 2


def test_a_missing_secret_hides_nothing_else(config: Config) -> None:
    shop = with_connection(
        config, "shop", secrets={"access_token": "env:NO"}, settings={"orders_per_page": 9999}
    )
    wrong = app.check(with_route(shop, begins="yesterday"))
    assert [type(one) for one in wrong["connection shop"]] == [SignIn, Misconfigured]
    no_secret = with_connection(config, "shop", secrets={"access_token": "env:NO"})
    assert app.check(with_route(no_secret, begins="yesterday"))["route orders"]


@pytest.mark.parametrize("side", ["shop", "office"])
@pytest.mark.parametrize("value", JUNK, ids=repr)
def test_no_value_of_any_setting_breaks_the_check(config: Config, side: str, value: Any) -> None:
    one = config.file.connections[side]
    for key in app.registry().get(one.system).manifest.settings:
        app.check(with_connection(config, side, settings={**one.settings, key: value}))


def test_a_secret_s_file_that_cannot_be_read_is_said_so(config: Config) -> None:
    (config.folder / "secrets" / "office").write_bytes(b"\xff\xfe")
    (wrong,) = app.check(config)["connection office"]
    assert isinstance(wrong, SignIn)
    assert "secrets/office" in wrong.said


def two_sources(config: Config, second: Connection, prefix: str) -> Config:
    """The estate with a second source of the same target, and a route of its own for it."""
    connections = {**config.file.connections, "second": second}
    plan = config.routes["orders"]
    more = msgspec.structs.replace(plan, source="second", reference_prefix=prefix)
    file = msgspec.structs.replace(config.file, connections=connections)
    return msgspec.structs.replace(config, file=file, routes={"orders": plan, "more": more})


def test_two_sources_of_one_target_need_references_of_their_own(config: Config) -> None:
    """Each numbers its orders as it likes: the one's could be taken for the other's."""
    store = Connection(
        "bigcommerce", "https://api.bigcommerce.com/stores/abc",
        secrets={"access_token": "file:office", "client_secret": "file:office"},
    )  # fmt: skip
    assert told(two_sources(config, store, "second-")) == {}
    said = told(two_sources(config, store, ""))
    assert list(said) == ["route orders", "route more"]
    assert said["route orders"] == [
        "Orders of shop and of second can come to office under the same reference."
    ]


def test_accounts_of_a_vendor_that_gives_no_identity_twice_need_none(config: Config) -> None:
    shop = config.file.connections["shop"]
    other = msgspec.structs.replace(shop, url="https://other.myshopify.com")
    assert told(two_sources(config, other, "")) == {}
