"""What is posted to a twin, read as a strict vendor reads it: taken, or refused with a reason."""

from __future__ import annotations

from datetime import datetime
from typing import Final, TypeVar, cast

import msgspec

from counterfoil.values.errors import Hold
from counterfoil.values.money import minor

T = TypeVar("T")

ABSENT: Final = msgspec.Raw(b"null")
"""An amount that was not said."""


class Refusal(Exception):
    """The vendor will not take the document, for the reason in the text."""


def decoded(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    """A body as JSON of a shape. Raises `Refusal`."""
    try:
        return decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal(f"The request is invalid: {error}") from None


def minor_units(raw: msgspec.Raw, member: str, currency: str) -> int | None:
    """An amount as it was written, in minor units; None for null. Raises `Refusal`."""
    text = bytes(raw).decode()
    if text == "null":
        return None
    try:
        return minor(text, currency)
    except Hold:
        raise Refusal(f"{member}: {text[:40]} is not an amount with two decimals") from None


def member(body: bytes, path: str) -> object:
    """What stands at a path of a JSON object, its names joined by dots; None where nothing does."""
    value: object = msgspec.json.decode(body)
    for name in path.split("."):
        inside = cast("dict[str, object]", value) if isinstance(value, dict) else {}
        value = inside.get(name)
    return value


def check_local(text: str, what: str) -> None:
    """Raise `Refusal` for what is no date and time of the server's own clock."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(f"{what} {text[:40]} is not a date and time") from None
    if moment.tzinfo is not None:
        raise Refusal(f"{what} must be the server's local time, without an offset")
