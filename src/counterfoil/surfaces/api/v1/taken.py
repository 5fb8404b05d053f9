"""Taken: what a request brings, read into the Struct that its endpoint asks for, or refused."""

from __future__ import annotations

from typing import Any

import msgspec
import msgspec.inspect
from starlette.requests import Request

from counterfoil.surfaces.api.v1.endpoint import Endpoint
from counterfoil.values.clock import Instant, instant
from counterfoil.values.errors import CounterfoilError, Misconfigured, Refuse

LONGEST = 1024 * 1024
"""How many bytes of a body are read: ten thousand records fit."""


def words(request: Request, shape: type[msgspec.Struct]) -> msgspec.Struct:
    """What stands in the address. Raises `Misconfigured` where it is not what is asked for."""
    several = {
        field.encode_name
        for field in msgspec.structs.fields(shape)
        if isinstance(msgspec.inspect.type_info(field.type), msgspec.inspect.VarTupleType)
    }
    fields: dict[str, Any] = {}
    for name, word in request.query_params.multi_items():
        if name in several:
            fields.setdefault(name, []).append(word)
        elif name in fields:
            raise Misconfigured(f"{name[:40]!r} is given twice.", do="Give it once.", where=name)
        else:
            fields[name] = word
    fields |= request.path_params
    if "\0" in "".join((*request.path_params.values(), *request.query_params.values())):
        raise Misconfigured("A NUL stands in it (in the address).", do="Take it out.")
    return _read(fields, shape, "in the address", strict=False)


async def body(request: Request, shape: type[msgspec.Struct]) -> msgspec.Struct:
    """What was sent. Raises `Refuse` where it is no JSON or too large, and `Misconfigured` where it
    is not what is asked for."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if kind != "application/json":
        raise Refuse("A body is JSON.", do="Send it as application/json.", code="undeclared-json")
    whole = bytearray()
    async for part in request.stream():
        whole += part
        if len(whole) > LONGEST:
            raise Refuse(f"A body has at most {LONGEST:,} bytes.", code="too-large")
    try:
        fields = msgspec.json.decode(whole)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise Misconfigured("The body is no JSON.", do="Send one object.", where="body") from None
    if b"\\u0000" in whole:
        raise Misconfigured("A NUL stands in it (in the body).", do="Take it out.")
    return _read(fields, shape, "in the body", strict=True)


def tag(request: Request, endpoint: Endpoint) -> str:
    """The tag of the state that the caller saw. Raises `Refuse` (code "no-tag") without one."""
    named = request.headers.get("if-match", "").strip()
    if len(named) < 2 or not (named[0] == named[-1] == '"'):
        raise Refuse(
            "This is done only by somebody who says what they saw.",
            do=f"GET {endpoint.path} first, and send its ETag as If-Match.",
            code="no-tag",
        )
    return named[1:-1]


def _read(
    fields: object, shape: type[msgspec.Struct], where: str, *, strict: bool
) -> msgspec.Struct:
    try:
        return msgspec.convert(fields, shape, strict=strict, dec_hook=_moment)
    except msgspec.ValidationError as error:
        raise Misconfigured(
            f"{str(error).rstrip('.')} ({where}).",
            do="See /api/v1/openapi.json for what is taken here.",
            where=where,
        ) from None


def _moment(kind: type, value: object) -> object:
    if kind is Instant and isinstance(value, str):
        try:
            return instant(value)
        except CounterfoilError as error:
            raise ValueError(error.said) from None
    raise TypeError(kind.__name__)
