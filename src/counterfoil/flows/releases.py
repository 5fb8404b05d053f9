"""Releases: under which content of the configuration a page is worked on, and its routes there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec

from counterfoil.flows.route import Route
from counterfoil.store.pages import Page


class Release(msgspec.Struct, frozen=True):
    """A release that is open: its number (0: none was given), and its routes by theirs."""

    number: int
    routes: Mapping[int, Route]


class Releases(Protocol):
    """Opens releases by their numbers."""

    def open(self, number: int) -> Release:
        """The release under which a page is worked on whose route stands at `number`: another one,
        by its own number, where the process cannot open that."""
        ...


def route_of(releases: Releases, page: Page) -> Route | None:
    """The route of a page under the release that it is worked on under, which the page is told, so
    that its postings name it; None where that has no such route."""
    release = releases.open(page.release)
    page.release = release.number
    return release.routes.get(page.route)
