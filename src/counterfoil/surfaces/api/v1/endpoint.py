"""Endpoints: which address asks which question of the desk, read from the function's own types.

A function is handed the desk and, where it names them, `words` (what stands in the address), `body`
(what was sent) and `tag` (of the state that the caller saw). What it is declared with here and what
it is typed with is all that the description in OpenAPI is made of.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar, get_args, get_type_hints

import msgspec

from counterfoil.surfaces.desk.envelope import Page

T = TypeVar("T")
Method = Literal["GET", "POST", "PUT", "DELETE"]
Answering = Callable[..., Awaitable["Found[Any]"]]


@dataclass(frozen=True)
class Found(Generic[T]):
    """An answer. `tag` stands for the state that it tells of; made of the data where none is given.
    `page` says where a list goes on."""

    data: T
    page: Page | None = None
    tag: str = ""


class Endpoint(msgspec.Struct, frozen=True):
    """One address and method: the act that it does, what it takes, and what it gives.

    `shape` names the answer's envelope; `words` and `body` are the Structs of what it takes.
    """

    method: Method
    path: str
    act: str
    shape: str
    function: Answering
    gives: Any
    words: type[msgspec.Struct]
    body: type[msgspec.Struct] | None = None
    tagged: bool = False

    @property
    def said(self) -> str:
        """What it does, in the first sentence of its docstring."""
        return " ".join((self.function.__doc__ or "").strip().split("\n\n")[0].split())

    @property
    def places(self) -> tuple[str, ...]:
        """The names of what stands in its path."""
        return tuple(re.findall(r"\{(\w+)\}", self.path))


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An address that takes nothing beside itself."""


ENDPOINTS: list[Endpoint] = []
"""Every endpoint whose file has been read; `counterfoil.surfaces.api.v1.registry` reads all."""


def endpoint(
    method: Method, path: str, act: str, shape: str
) -> Callable[[Callable[..., Awaitable[Found[T]]]], Callable[..., Awaitable[Found[T]]]]:
    """Declare the function that answers at an address; its types say what it takes and gives."""

    def declare(function: Callable[..., Awaitable[Found[T]]]) -> Callable[..., Awaitable[Found[T]]]:
        hints = get_type_hints(function)
        (gives,) = get_args(hints["return"])
        ENDPOINTS.append(
            Endpoint(
                method, path, act, shape, function, gives, hints.get("words", Nothing),
                hints.get("body"), "tag" in hints,
            )
        )  # fmt: skip
        return function

    return declare
