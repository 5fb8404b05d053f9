"""From an empty folder to a project: written, checked, explained, and never overwritten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from counterfoil.rehearse.cast.estates import E1


def test_init_writes_a_folder_that_is_in_order_as_it_stands(run, tmp_path: Path) -> None:
    ended = run("init", "gift-shop", "--json")
    assert ended.code == 0
    assert ended.data["estate"] == "gift-shop"
    made = tmp_path / "gift-shop"
    assert ".env" in (made / ".gitignore").read_text()
    assert (made / "secrets").stat().st_mode & 0o077 == 0
    shown = run("config", "show", "--project", str(made))
    assert shown.code == 0
    assert 'estate.name = "gift-shop"' in shown.out


def test_init_of_a_whole_estate_lacks_its_secrets_and_nothing_else(run, tmp_path: Path) -> None:
    ended = run("init", ".", "--estate", "E1", "--json")
    assert ended.code == 0, ended.err
    written = {*ended.data["written"]}
    assert {f"routes/{name}.toml" for name in E1.ways} <= written
    assert "ownership.toml" in written
    assert "CF_STOCK.sql" in (tmp_path / "counterfoil.toml").read_text()
    found = run("doctor", "--offline", "--json").data
    assert {row["do"] for row in found if row["state"] == "wrong"} == {
        f"Write it to secrets/{name}."
        for part in E1.parts
        for name in (*part.secret_files, *part.user_files)
    }


def test_an_estate_that_nobody_knows_is_not_begun(run) -> None:
    ended = run("init", ".", "--estate", "E9", "--json")
    assert ended.code == 2
    assert "E1" in json.loads(ended.err)["do"]


def test_init_overwrites_nothing(run, folder: Path) -> None:
    before = (folder / "counterfoil.toml").read_text()
    found = run("init", "--json").data
    assert "counterfoil.toml" in found["kept"]
    assert "routes/orders.toml" in found["kept"]
    assert (folder / "counterfoil.toml").read_text() == before


def test_every_commented_example_of_init_is_configuration_that_loads(run, tmp_path: Path) -> None:
    run("init")
    for file in (tmp_path / "counterfoil.toml", tmp_path / "routes" / "orders.toml"):
        lines = file.read_text().splitlines()
        opened = [
            line.removeprefix("# ") if "=" in line or line.startswith("# [") else line
            for line in lines
        ]
        file.write_text("\n".join(opened) + "\n")
    ended = run("connection", "list", "--json")
    assert ended.code == 0, ended.err
    names = {connection["name"] for connection in ended.data}
    assert names == {
        "shop", "office", "store", "warehouse", "parcels", "books", "provider-files",
    }  # fmt: skip
    assert run("config", "show").code == 0


def test_without_a_project_the_way_to_one_is_said(run) -> None:
    ended = run("config", "show")
    assert ended.code == 2
    assert "counterfoil init" in ended.err


def test_an_unknown_key_is_one_sentence_with_line_and_nearest_name(run, folder: Path) -> None:
    file = folder / "counterfoil.toml"
    file.write_text(file.read_text().replace("port = 8471", "prot = 8471"))
    ended = run("doctor")
    assert ended.code == 2
    assert "counterfoil.toml, line 5: There is no key 'prot' in [web]." in ended.out
    assert "Did you mean 'port'?" in ended.out


def test_malformed_toml_is_one_sentence_with_line_and_column(run, folder: Path) -> None:
    (folder / "routes" / "orders.toml").write_text('document = "order\n')
    ended = run("route", "list", "--json")
    assert ended.code == 2
    error = json.loads(ended.err)
    assert error["code"] == "bad-toml"
    assert error["where"].startswith("routes/orders.toml, line 1")


def test_a_secret_in_toml_is_refused_and_not_repeated(run, folder: Path) -> None:
    file = folder / "counterfoil.toml"
    file.write_text(file.read_text().replace("env:SHOP_TOKEN", "shpat_oops"))
    ended = run("config", "show")
    assert ended.code == 2
    assert "shpat_oops" not in ended.out + ended.err


def test_config_show_names_layer_file_and_line(run, folder: Path) -> None:
    ended = run("config", "show", "--origin", COUNTERFOIL__WEB__HOST="0.0.0.0")
    assert "web.port = 8471  # toml: counterfoil.toml, line 5" in ended.out
    assert 'web.host = "0.0.0.0"  # environment: COUNTERFOIL__WEB__HOST' in ended.out
    assert "hunter2" not in ended.out


def test_the_schema_is_json_schema(run) -> None:
    estate = json.loads(run("config", "schema").out)
    route = json.loads(run("config", "schema", "route").out)
    assert "$defs" in estate
    assert "cadence_s" in route["$defs"]["Plan"]["properties"]


def test_connection_add_writes_and_keeps_the_comments(run, folder: Path) -> None:
    file = folder / "counterfoil.toml"
    file.write_text("# ours\n" + file.read_text())
    ended = run(
        "connection", "add", "second", "--system", "shopify", "--url",
        "https://second.myshopify.com", "--secret", "access_token=env:SECOND",
        "--setting", "orders_per_page=20", "--setting", "sign_in=token",
    )  # fmt: skip
    assert ended.code == 0, ended.err
    assert file.read_text().startswith("# ours\n")
    found = {one["name"]: one for one in run("connection", "list", "--json").data}
    assert found["second"]["url"] == "https://second.myshopify.com"


def test_connection_add_writes_nothing_that_is_not_in_order(run, folder: Path) -> None:
    before = (folder / "counterfoil.toml").read_text()
    for words in (
        ("second", "--system", "shopfy", "--url", "https://x.myshopify.com"),
        ("Second", "--system", "shopify", "--url", "https://x.myshopify.com"),
        ("shop", "--system", "shopify", "--url", "https://x.myshopify.com"),
        ("second", "--system", "shopify", "--url", "x", "--secret", "access_token=shpat_1"),
        ("second", "--system", "shopify", "--url", "x", "--setting", "colour=red"),
        ("second", "--system", "shopify", "--url", "x", "--secret", "pass=env:X"),
    ):
        ended = run("connection", "add", *words)
        assert ended.code == 2, words
        assert ended.err.count("\n") <= 2
    assert (folder / "counterfoil.toml").read_text() == before


def test_a_missing_secret_is_a_sign_in_that_says_where_to_put_it(project) -> None:
    ended = project("connection", "test", "shop", SHOP_TOKEN="")
    assert ended.code == 4
    assert "Set SHOP_TOKEN in the environment." in ended.err
    ended = project("doctor", "--offline", SHOP_TOKEN="")
    assert ended.code == 4
    assert "SHOP_TOKEN" in ended.out


def test_two_routes_that_carry_the_same_are_refused_where_they_would_run(
    project, folder: Path
) -> None:
    text = (folder / "routes" / "orders.toml").read_text()
    (folder / "routes" / "orders-old.toml").write_text(text.replace('"on"', '"off"'))
    # What is written can be shown; which account each route reads is known where it is wired.
    for words in (("up",), ("doctor", "--offline")):
        ended = project(*words)
        assert ended.code == 2, words
        assert "routes/orders-old.toml and routes/orders.toml" in ended.out + ended.err


def test_doctor_says_everything_that_up_would_refuse_at_once(project, folder: Path) -> None:
    file = folder / "counterfoil.toml"
    shop = "[connections.shop.settings]\norders_per_page = 9999\ncolour = 1\n[connections.office]"
    file.write_text(file.read_text().replace("[connections.office]", shop))
    (folder / "secrets" / "office-password").unlink()
    found = project("doctor", "--offline", "--json", SHOP_TOKEN="", SHOP_SECRET="")
    wrong = [one["said"] for one in found.data if one["state"] == "wrong"]
    assert len(wrong) == 5
    for word in ("colour", "orders_per_page cannot be 9999", "env:SHOP_TOKEN", "env:SHOP_SECRET",
                 "file:office-password"):  # fmt: skip
        assert any(word in said for said in wrong), word
    file.write_text(file.read_text().replace("colour = 1\n", ""))
    route = folder / "routes" / "orders.toml"
    file.write_text(file.read_text().replace("orders_per_page = 9999\n", ""))
    route.write_text(route.read_text() + 'begins = "yesterday"\n')
    assert "begins" in project("doctor", "--offline").out
    (folder / "secrets" / "office-password").write_text("hunter2")
    ended = project("up")
    assert ended.code == 2
    assert "begins" in ended.err


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "", "https://169.254.169.254/", "http://second.myshopify.com",
     "https://u:hunter3@second.myshopify.com", "https://second.myshopify.com?token=hunter3",
     "https://elsewhere.example"],
)  # fmt: skip
def test_connection_add_refuses_an_address_that_cannot_be(run, folder: Path, url: str) -> None:
    before = (folder / "counterfoil.toml").read_text()
    ended = run("connection", "add", "second", "--system", "shopify", f"--url={url}")
    assert ended.code == 2
    assert "hunter3" not in ended.err
    assert (folder / "counterfoil.toml").read_text() == before


def test_an_address_with_a_password_is_printed_by_nothing(project, folder: Path) -> None:
    file = folder / "counterfoil.toml"
    file.write_text(file.read_text().replace("http://127.0.0.1:9", "https://u:hunter3@a.example"))
    for words in (("connection", "list"), ("config", "show"), ("doctor",), ("up",)):
        ended = project(*words, "--verbose")
        assert ended.code == 2
        assert "hunter3" not in ended.out + ended.err


def test_what_is_asked_once_is_not_said_to_be_tried_again(project) -> None:
    ended = project("connection", "test", "shop")
    assert ended.code == 5
    assert "again by itself" not in ended.err
    assert "again by itself" not in project("doctor").out
