"""Assets: the style sheet and the script, from this package alone, each under its digest."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response

from counterfoil.values.digest import digest, short

_KINDS = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


@cache
def _assets() -> Mapping[str, tuple[str, bytes]]:
    """The content of each file by its address, with what it is."""
    assets: dict[str, tuple[str, bytes]] = {}
    for file in (files("counterfoil.surfaces.web") / "static").iterdir():
        stem, _, ending = file.name.rpartition(".")
        if ending in _KINDS:
            body = file.read_bytes()
            assets[f"{stem}-{short(digest(body))}.{ending}"] = (_KINDS[ending], body)
    return assets


def address(name: str) -> str:
    """Where the file of this name is: its address changes with its content."""
    stem, _, ending = name.rpartition(".")
    return next(
        f"/static/{path}" for path in _assets()
        if path.startswith(f"{stem}-") and path.endswith(f".{ending}")
    )  # fmt: skip


async def asset(request: Request) -> Response:
    """One file; it may be kept for a year."""
    file = _assets().get(request.path_params["name"])
    if file is None:
        return Response("There is no such file.", 404, media_type="text/plain")
    kind, body = file
    headers = {"cache-control": "public, max-age=31536000, immutable"}
    return Response(body, media_type=kind, headers=headers)
