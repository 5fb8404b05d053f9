"""A change of what is governed is told: by number in `config releases`, `trace` and `doctor`."""

from __future__ import annotations

from pathlib import Path

import pytest
from filled import fill
from journeys_environment import SECRETS


@pytest.fixture
async def shop(folder: Path, database: str, project, monkeypatch):
    """A project with which the house has begun, and moved two orders."""
    monkeypatch.setenv("DATABASE_URL", database)
    await fill(folder, {"DATABASE_URL": database, **SECRETS})
    return project


def edit(folder: Path, old: str, new: str, file: str = "counterfoil.toml") -> None:
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new))


def releases(project) -> list[dict]:
    return project("config", "releases", "--json").data


async def test_what_the_house_began_with_is_a_release_and_so_is_each_change(
    shop, folder: Path
) -> None:
    (first,) = releases(shop)
    assert (first["number"], first["why"], first["routes"], first["of_folder"]) == (
        1, "first start", ["orders"], True,
    )  # fmt: skip
    edit(folder, "port = 8471", "port = 8472")  # the machine's part
    assert [release["of_folder"] for release in releases(shop)] == [True], (
        "the machine's part is none"
    )
    edit(folder, '"Next day" = "3"', '"Next day" = "4"')
    assert [release["of_folder"] for release in releases(shop)] == [False]
    found = {finding["what"]: finding for finding in shop("doctor", "--offline", "--json").data}
    assert "release 1" in found["configuration"]["said"]
    shop("hold", "resend", "--all", "--yes")
    both = releases(shop)
    assert [(row["number"], row["of_folder"]) for row in both] == [
        (1, False),
        (2, True),
    ]
    assert both[1]["why"] == 'maps.delivery.values."Next day"'
    assert [release["routes"] for release in both] == [[], ["orders"]]


async def test_config_show_says_by_which_digest_its_release_is_known(shop) -> None:
    (release,) = releases(shop)
    assert release["digest"][:12] in shop("config", "show").err
    assert release["digest"][:12] in shop("config", "releases").out


async def test_a_story_says_under_which_releases_it_was_moved(shop, folder: Path) -> None:
    assert "under release 1)" in shop("trace", "1001").out
    (story,) = shop("trace", "1001", "--json").data["stories"]
    assert {sentence["release"] for sentence in story["sentences"][:-1]} == {1}
