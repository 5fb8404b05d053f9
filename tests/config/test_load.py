"""A project folder is read whole, or refused with file, line and nearest name."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from counterfoil.config import Several, load, origins
from counterfoil.values.errors import Misconfigured

ESTATE = """\
[estate]
name = "gifts"

[web]
port = 9000

[connections.shop]
system = "shopify"
url = "https://gifts.myshopify.com"
secrets = { access_token = "env:SHOP_TOKEN" }

[connections.back-office]
system = "orderwise"
url = "https://gifts.orderwisecloud.com"
[connections.back-office.secrets]
password = "file:office"

[maps.delivery.values]
"Next day" = "3"
"""

ROUTE = """\
document = "order"
source = "shop"
target = "back-office"
owner = "operations"
cadence_s = 60
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "routes").mkdir()
    (tmp_path / "secrets").mkdir()
    (tmp_path / "counterfoil.toml").write_text(ESTATE)
    (tmp_path / "routes" / "orders.toml").write_text(ROUTE)
    return tmp_path


def edit(folder: Path, old: str, new: str, file: str = "counterfoil.toml") -> None:
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new))


def refusal(folder: Path, environment: dict[str, str] | None = None) -> Misconfigured:
    with pytest.raises(Misconfigured) as caught:
        load(folder, environment or {})
    return caught.value


def test_a_folder_in_order_is_read(folder: Path) -> None:
    config = load(folder, {})
    assert config.file.web.port == 9000
    assert config.routes["orders"].cadence_s == 60.0
    assert config.routes["orders"].switch == "shadow"
    assert config.file.maps["delivery"].values == {"Next day": "3"}


def test_a_folder_without_a_project_file_says_how_to_get_one(tmp_path: Path) -> None:
    error = refusal(tmp_path)
    assert error.code == "no-project"
    assert "init" in error.do


def test_an_unknown_key_is_refused_with_its_line_and_the_nearest_name(folder: Path) -> None:
    edit(folder, "port = 9000", "prot = 9000")
    error = refusal(folder)
    assert error.where == "counterfoil.toml, line 5"
    assert error.said == "There is no key 'prot' in [web]."
    assert error.do == "Did you mean 'port'?"


def test_an_unknown_key_of_a_route_names_the_route_file(folder: Path) -> None:
    edit(folder, "cadence_s", "cadense_s", "routes/orders.toml")
    error = refusal(folder)
    assert error.where == "routes/orders.toml, line 5"
    assert "cadence_s" in error.do


def test_a_wrong_type_is_told_in_plain_words(folder: Path) -> None:
    edit(folder, "port = 9000", 'port = "nine"')
    error = refusal(folder)
    assert error.where == "counterfoil.toml, line 5"
    assert error.said == "web.port must be a whole number, and it is text."


def test_a_number_out_of_range_is_told_in_plain_words(folder: Path) -> None:
    edit(folder, "cadence_s = 60", "cadence_s = 0", "routes/orders.toml")
    assert "must be more than 0" in refusal(folder).said


def test_a_word_that_is_none_of_the_known_ones_gets_the_nearest(folder: Path) -> None:
    edit(folder, 'owner = "operations"', 'owner = "x"\nswitch = "shadwo"', "routes/orders.toml")
    assert "Did you mean 'shadow'?" in refusal(folder).do


def test_what_is_missing_is_named_with_the_line_of_its_table(folder: Path) -> None:
    edit(folder, 'system = "shopify"\n', "")
    error = refusal(folder)
    assert error.said == "connections.shop.system is missing."
    assert error.where == "counterfoil.toml, line 7"


def test_several_misfits_are_counted(folder: Path) -> None:
    edit(folder, "port = 9000", "prot = 9000\nhots = 1")
    assert refusal(folder).do.endswith("1 more after that.")


def test_malformed_toml_names_line_and_column(folder: Path) -> None:
    edit(folder, "port = 9000", "port 9000")
    error = refusal(folder)
    assert error.code == "bad-toml"
    assert error.where == "counterfoil.toml, line 5, column 6"


def test_toml_that_is_not_utf8_is_refused(folder: Path) -> None:
    (folder / "counterfoil.toml").write_bytes(b'[estate]\nname = "\xff"\n')
    assert "UTF-8" in refusal(folder).said


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"env:SHOP_TOKEN"', '"shpat_0123456789"'),
        ('url = "https://gifts.myshopify.com"', 'url = "x"\nsettings = { api_key = "k-77" }'),
        ('"file:office"', '"hunter2"'),
        (
            'password = "file:office"',
            'password = "file:office"\n[[connections.shop.x]]\ntoken = "hunter2"',
        ),
    ],
)
def test_a_secret_in_toml_is_refused_and_never_repeated(folder: Path, old: str, new: str) -> None:
    edit(folder, old, new)
    error = refusal(folder)
    assert "secret" in error.said
    assert "line" in error.where
    for value in ("shpat_0123456789", "k-77", "hunter2"):
        assert value not in str(error)


@pytest.mark.parametrize("name", ["Shop", "9lives", "my_shop", "a" * 41])
def test_names_of_connections_are_checked(folder: Path, name: str) -> None:
    edit(folder, "[connections.shop]", f"[connections.{name}]")
    error = refusal(folder)
    assert "cannot be a name" in error.said
    assert "line 7" in error.where


def test_a_route_to_nowhere_names_the_nearest_connection(folder: Path) -> None:
    edit(folder, 'target = "back-office"', 'target = "back-ofice"', "routes/orders.toml")
    error = refusal(folder)
    assert error.where == "routes/orders.toml, line 3"
    assert error.do == "Did you mean 'back-office'?"


def test_a_route_file_of_comments_only_is_no_route_yet(folder: Path) -> None:
    (folder / "routes" / "later.toml").write_text("# document = 'order'\n")
    assert set(load(folder, {}).routes) == {"orders"}


def test_an_overlay_that_would_not_be_applied_is_refused(folder: Path) -> None:
    (folder / "overlays").mkdir()
    (folder / "overlays" / "shop.toml").write_text("[drop]\n")
    assert refusal(folder).where == "overlays/shop.toml"


def test_the_environment_says_what_is_the_machine_s(folder: Path) -> None:
    environment = {"COUNTERFOIL__WEB__PORT": "7000", "COUNTERFOIL__WORKER__AT_ONCE": "4"}
    config = load(folder, environment)
    assert config.file.web.port == 7000
    assert config.file.worker.at_once == 4


@pytest.mark.parametrize(
    ("name", "key", "file"),
    [
        ("ROUTES__ORDERS__CADENCE_S", "routes.orders.cadence_s", "routes/orders.toml"),
        ("ROUTES__NEW__SOURCE", "routes.new.source", "routes/new.toml"),
        ("CONNECTIONS__BACK_OFFICE__URL", "connections.back-office.url", "counterfoil.toml"),
        ("CONNECTIONS__SHOP", "connections.shop", "counterfoil.toml"),
        ("CONNECTIONS__SHOP__SETTINGS__PAGE", "connections.shop.settings.page", "counterfoil.toml"),
        ("MAPS__DELIVERY__DEFAULT", "maps.delivery.default", "counterfoil.toml"),
        ("ESTATE__NAME", "estate.name", "counterfoil.toml"),
    ],
)
def test_the_environment_may_not_change_what_is_governed(
    folder: Path, name: str, key: str, file: str
) -> None:
    error = refusal(folder, {f"COUNTERFOIL__{name}": "2"})
    assert error.said == (
        f"{key} is the same for every process of the estate, and the environment is this process's"
        " alone."
    )
    assert f"Write it in {file}" in error.do
    assert error.where == f"COUNTERFOIL__{name}"


def test_what_is_governed_is_not_said_by_a_laptop_s_env_file_either(folder: Path) -> None:
    (folder / ".env").write_text("\nCOUNTERFOIL__ESTATE__NAME=other\n")
    assert refusal(folder).where == ".env, line 2"


def test_a_variable_that_fits_nothing_is_named(folder: Path) -> None:
    error = refusal(folder, {"COUNTERFOIL__WEB__PROT": "1"})
    assert error.where == "COUNTERFOIL__WEB__PROT"
    assert "port" in error.do
    error = refusal(folder, {"COUNTERFOIL__WEB__PORT": "many"})
    assert error.where == "COUNTERFOIL__WEB__PORT"


def test_a_secret_in_the_environment_becomes_a_reference_to_it(folder: Path) -> None:
    name = "COUNTERFOIL__CONNECTIONS__SHOP__SECRETS__ACCESS_TOKEN"
    config = load(folder, {name: "shpat_1"})
    assert config.file.connections["shop"].secrets["access_token"] == f"env:{name}"
    assert "shpat_1" not in repr(config.file)


def test_a_flag_lies_over_the_environment(folder: Path) -> None:
    flags = {("web", "port"): 6000, ("web", "host"): None}
    config = load(folder, {"COUNTERFOIL__WEB__PORT": "7000"}, flags=flags)
    assert config.file.web.port == 6000
    assert config.file.web.host == "127.0.0.1"


def test_a_laptops_env_file_lies_under_the_environment(folder: Path) -> None:
    (folder / ".env").write_text(
        "# a laptop\nexport SHOP_TOKEN='from file'\nCOUNTERFOIL__WEB__PORT=5000 # loud\n\n"
    )
    config = load(folder, {"COUNTERFOIL__WEB__PORT": "7000"})
    assert config.environment["SHOP_TOKEN"] == "from file"
    assert config.file.web.port == 7000
    assert load(folder, {}).file.web.port == 5000


def test_a_line_of_env_that_is_no_variable_is_named(folder: Path) -> None:
    (folder / ".env").write_text("A=1\nnot a variable\n")
    assert refusal(folder).where == ".env, line 2"


def test_every_value_knows_who_settled_it(folder: Path) -> None:
    (folder / "secrets" / "office").write_text("s3cret")
    found = {one.key: one for one in origins(load(folder, {"COUNTERFOIL__WORKER__AT_ONCE": "15"}))}
    assert (found["web.port"].layer, found["web.port"].named) == ("toml", "counterfoil.toml")
    assert found["web.port"].line == 5
    assert found["web.host"].layer == "default"
    assert found["worker.at_once"].layer == "environment"
    assert found["routes.orders.owner"].named == "routes/orders.toml"
    assert found['maps.delivery.values."Next day"'].line == 19


def test_origins_say_of_a_secret_only_whether_it_is_there(folder: Path) -> None:
    (folder / "secrets" / "office").write_text("s3cret")
    found = {one.key: one.value for one in origins(load(folder, {}))}
    assert found["connections.back-office.secrets.password"] == "file:office, set"
    assert found["connections.shop.secrets.access_token"] == "env:SHOP_TOKEN, not set"
    assert "s3cret" not in repr(found)


# --- everything that is wrong, at once ---


def every(folder: Path, environment: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(Several) as caught:
        load(folder, environment or {})
    return [f"{one.where}: {one.said}" for one in caught.value.found]


def test_everything_that_is_wrong_is_told_each_with_its_place(folder: Path) -> None:
    edit(folder, "port = 9000", 'port = 70000\nhost = ""')
    edit(folder, "cadence_s = 60", "overlap_s = -1", "routes/orders.toml")
    assert every(folder) == [
        "counterfoil.toml, line 6: web.host must not be empty.",
        "counterfoil.toml, line 5: web.port must be 65535 or less.",
        "routes/orders.toml, line 5: routes.orders.overlap_s must be more than 0.",
    ]


def test_files_that_cannot_be_read_are_all_told(folder: Path) -> None:
    (folder / "routes" / "a.toml").write_text("document = ")
    (folder / "routes" / "B.toml").write_text(ROUTE)
    edit(folder, "[web]", "[web")
    assert [said.split(":")[0] for said in every(folder)] == [
        "counterfoil.toml, line 4, column 5", "routes/B.toml", "routes/a.toml, line 1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("COUNTERFOIL__WEB__PORT", "0", "1 or more"),
        ("COUNTERFOIL__WEB__PORT", "70000", "65535 or less"),
        ("COUNTERFOIL__WORKER__AT_ONCE", "-5", "1 or more"),
    ],
)
def test_what_nothing_can_work_with_is_refused_by_its_shape(
    folder: Path, key: str, value: str, said: str
) -> None:
    assert said in refusal(folder, {key: value}).said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("cadence_s = 60", 'batch_from = "25:99"', "a time of day"),
        ("cadence_s = 60", 'batch_until = "7:00"', "a time of day"),
        ("cadence_s = 60", "overlap_s = -1", "more than 0"),
        ("cadence_s = 60", "sample_from_minor = -1", "0 or more"),
        ('system = "shopify"', 'system = "shopify"\ntimeout_s = 0', "more than 0"),
        ('system = "shopify"', 'system = "shopify"\nlimits.cost.size = 0', "1 or more"),
        ('name = "gifts"', 'name = ""', "not be empty"),
    ],
)  # fmt: skip
def test_what_a_file_says_is_refused_by_its_shape(
    folder: Path, old: str, new: str, said: str
) -> None:
    file = "routes/orders.toml" if old in ROUTE else "counterfoil.toml"
    edit(folder, old, new, file)
    assert said in refusal(folder).said


# --- addresses ---


@pytest.mark.parametrize(
    "url",
    ["", "file://elsewhere/payouts", "file:///", "ftp://gifts.myshopify.com", "http://gifts.myshopify.com",
     "gifts.myshopify.com", "https://", "https://[::1", "https://gifts.myshopify.com:99999",
     "https://u:hunter2@gifts.myshopify.com", "u:hunter2@gifts.myshopify.com",
     "https://gifts.myshopify.com?token=hunter2", "https://gifts.myshopify.com#hunter2",
     "http://169.254.169.254/latest", "https://gifts.myshopify.com/\x1b[2J"],
)  # fmt: skip
def test_an_address_that_cannot_be_called_is_refused_and_no_password_is_repeated(
    folder: Path, url: str
) -> None:
    edit(folder, '"https://gifts.myshopify.com"', msgspec.json.encode(url).decode())
    error = refusal(folder)
    assert error.where == "counterfoil.toml, line 9"
    assert "hunter2" not in str(error)
    assert "\x1b" not in str(error)


# --- origins ---


def test_what_a_laptop_s_env_file_says_is_named_with_its_line(folder: Path) -> None:
    (folder / ".env").write_text("# mine\nCOUNTERFOIL__WEB__PORT=9001\n")
    (web,) = (one for one in origins(load(folder, {})) if one.key == "web.port")
    assert (web.value, web.layer, web.named, web.line) == (9001, "environment", ".env", 2)
    above = {"COUNTERFOIL__WEB__PORT": "9002"}
    (web,) = (one for one in origins(load(folder, above)) if one.key == "web.port")
    assert (web.value, web.named, web.line) == (9002, "COUNTERFOIL__WEB__PORT", 0)
