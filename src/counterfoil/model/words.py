"""The seven words: what each document is called in code and files, and what people call it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, get_args

import msgspec

Word = Literal["order", "fulfilment", "refund", "stock", "product", "customer", "settlement"]

WORDS: Final[tuple[Word, ...]] = get_args(Word)


class Title(msgspec.Struct, frozen=True):
    """What people call one document of a kind, and several, in the middle of a sentence."""

    one: str
    many: str

    @property
    def first(self) -> str:
        """The title of one document where it begins a sentence."""
        return self.one[:1].upper() + self.one[1:]


TITLES: Final[Mapping[Word, Title]] = {
    "order": Title("order", "orders"),
    "fulfilment": Title("fulfilment", "fulfilments"),
    "refund": Title("refund", "refunds"),
    "stock": Title("stock level", "stock levels"),
    "product": Title("product", "products"),
    "customer": Title("customer", "customers"),
    "settlement": Title("settlement", "settlements"),
}

ANY: Final = Title("document", "documents")
"""What people call a document of which it is not said, or not known, which of the seven it is."""


def title(*words: str) -> Title:
    """The title of documents of these words: `ANY` where they are several, or none of the seven."""
    (only, *others) = {*words} or {""}
    return ANY if others else next((TITLES[word] for word in WORDS if word == only), ANY)
