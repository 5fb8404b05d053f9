"""Pages of a listing: by number (which shifts when rows move), by keyset, by a sealed cursor."""

from __future__ import annotations

import base64
from typing import NamedTuple

import msgspec
from starlette.requests import Request


class Slice(NamedTuple):
    """The rows of one page: how many to leave out, and how many to show at most."""

    offset: int
    limit: int


def numbered(request: Request, default: int, most: int) -> Slice:
    """The slice that `page` (from 1 on) and `limit` ask for. Rows that move between two calls
    shift the pages: that is what such listings do."""
    limit = min(max(1, number(request, "limit", default)), most)
    return Slice((max(1, number(request, "page", 1)) - 1) * limit, limit)


def keyset(request: Request, name: str, default: int, most: int) -> tuple[int, int]:
    """The key after which to go on, as `name` says it, and how many rows to show at most."""
    return number(request, name, 0), min(number(request, "limit", default), most)


def number(request: Request, name: str, default: int) -> int:
    """A whole number in the query; `default` where it is none."""
    text = request.query_params.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 19 else default


class Cursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a page ended. `listing` ties it to the sort key and the query that it was made for."""

    last_id: int
    last_value: int | str = 0
    listing: str = ""


def sealed(cursor: Cursor) -> str:
    """The cursor as callers see it: opaque text."""
    return base64.b64encode(msgspec.json.encode(cursor)).decode()


def opened(text: str) -> Cursor | None:
    """The cursor in an opaque text, or None where it is none of ours."""
    try:
        return msgspec.json.decode(base64.b64decode(text, validate=True), type=Cursor)
    except (ValueError, msgspec.MsgspecError):
        return None
