"""Which connectors there are, what each claims, and what is said of one that is not in order."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from counterfoil.app import registry
from counterfoil.kit import registry as registries
from counterfoil.kit.capability import Verb
from counterfoil.kit.connector import Connector
from counterfoil.kit.manifest import Carries, Manifest, load
from counterfoil.kit.registry import Registry
from counterfoil.values.errors import Misconfigured

WHOLE = """
name = "till"
title = "Till"
api = "v1"
rung = "sketched"
rung_source = "nothing was called"
hosts = ["*.till.example"]
[secrets]
[settings]
[limits]
[documents.order]
verbs = ["read", "since"]
source = "a page"
"""


def connector(name: str) -> Connector:
    manifest = Manifest(
        name, name.title(), "v1", "sketched", "", (), {}, {"order": Carries(("since",), "a page")},
        {}, {},
    )  # fmt: skip
    return Connector(manifest, cast(Any, None))


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A connector's folder that can be imported."""
    folder = tmp_path / "till_connector"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "manifest.toml").write_text(WHOLE)
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    sys.modules.pop("till_connector", None)


def test_a_manifest_says_what_a_connector_can_do(package: Path) -> None:
    found = load("till_connector")
    assert found.carries("order", "since")
    assert not found.carries("order", "write")
    assert not found.carries("refund", "since")


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ('name = "till"', ""),
        ('rung = "sketched"', 'rung = "perfect"'),
        ('verbs = ["read", "since"]', 'verbs = ["sing"]'),
        ('source = "a page"', ""),
        ("[documents.order]", "[documents.cake]"),
        ('title = "Till"', 'title = "Till"\ncolour = "red"'),
        ('api = "v1"', "api = 1"),
        ("[limits]", '[limits.x]\nshape = "round"\nsize = 1\nsource = "x"'),
        ("[limits]", '[limits.x]\nshape = "slots"\nsize = "1"\nsource = "x"'),
        ("[secrets]", "[secrets"),
    ],
)
def test_a_manifest_that_is_not_in_order_is_named_with_its_file(
    package: Path, written: str, instead: str
) -> None:
    (package / "manifest.toml").write_text(WHOLE.replace(written, instead, 1))
    with pytest.raises(Misconfigured, match="not in order") as wrong:
        load("till_connector")
    assert wrong.value.where.endswith("manifest.toml")


def test_every_connector_that_is_shipped_is_known_by_its_manifest_s_name() -> None:
    known = registry()
    assert set(known.names()) >= {"shopify", "orderwise"}
    assert all(known.get(name).manifest.name == name for name in known.names())


def test_a_connector_is_found_by_name_or_the_nearest_is_named() -> None:
    known = Registry([connector("shopify"), connector("orderwise")])
    assert known.names() == ["orderwise", "shopify"]
    with pytest.raises(Misconfigured, match="Did you mean 'shopify'") as wrong:
        known.get("shopfy", where="connections.shop.system")
    assert wrong.value.where == "connections.shop.system"
    with pytest.raises(Misconfigured, match="Known: orderwise, shopify"):
        known.get("sap")


def test_other_packages_offer_connectors_and_cannot_replace_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours, theirs, new = connector("shopify"), connector("shopify"), connector("till")
    offered = [Offer("shopify", theirs), Offer("till", new)]
    monkeypatch.setattr(registries, "entry_points", lambda group: offered)
    known = Registry([ours])
    assert known.get("shopify") is ours
    assert known.get("till") is new


class Offer:
    """What another package declares under our group of entry points."""

    def __init__(self, name: str, value: Connector) -> None:
        self.entry = EntryPoint(name, "x:CONNECTOR", registries.GROUP)
        self._value = value

    def load(self) -> Connector:
        return self._value


@pytest.mark.parametrize("verb", ["amend", "cancel"])
def test_a_change_that_nobody_could_see_is_refused(verb: Verb) -> None:
    whole = connector("till")
    documents = {"order": Carries(("write", verb), "a page", "D", "a page")}
    able = msgspec.structs.replace(
        whole, manifest=msgspec.structs.replace(whole.manifest, documents=documents)
    )
    with pytest.raises(Misconfigured, match=rf"Till declares .* \({verb}\), and not that"):
        Registry([able]).get("till", where="connections.till.system")
