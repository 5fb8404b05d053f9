"""One call that changes products and variants: what is asked of the shop, and what it answers."""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from counterfoil.kit.connector import Answer, Written
from counterfoil.values.errors import Hold, Retry, Settle

_CORRECT: Final = "Correct it at the shop or at the source, then send the held record again."


class Change(msgspec.Struct, frozen=True):
    """A payload: the key, the fields, and of a variant the product that it is one of, and what sets
    it apart there: nobody can make one without."""

    kind: Literal["product", "variant"]
    key: str
    input: dict[str, Any]
    of: str = ""
    option: str = ""


class _Complaint(msgspec.Struct, frozen=True):
    message: str
    field: list[str] | None = None
    code: str | None = None


class Payload(msgspec.Struct, frozen=True):
    """What a mutation answers: what it made, and why not."""

    userErrors: list[_Complaint]
    product: dict[str, Any] | None = None
    productVariants: list[dict[str, Any]] | None = None

    def answers(self, kind: str, count: int) -> list[str | Answer]:
        """For each of the documents its id ("" where it keeps its own), or why it was refused.

        Of an update the others land; of anything else none does where one is refused.
        """
        refused = dict(reversed([(_index(each), each) for each in self.userErrors]))
        if refused:
            whole = refused.get(-1)
            beside = Retry(
                "Another variant of the same call was refused, so that none of them landed.",
                after_s=0.0,
                code="refused-beside",
            )
            lasting: str | Answer = "" if kind == "update" and whole is None else beside
            return [
                _refused(complaint) if (complaint := refused.get(place) or whole) else lasting
                for place in range(count)
            ]
        made = [self.product] if kind == "set" else self.productVariants or []
        ids: list[str | Answer] = [str(node["id"]) if node else "" for node in made]
        return [*([] if kind == "update" else ids), *[""] * count][:count]


def _index(complaint: _Complaint) -> int:
    """Which variant of the call a complaint is about; -1: the call."""
    field = complaint.field or []
    return int(field[1]) if len(field) > 1 and field[1].isdecimal() else -1


def _refused(complaint: _Complaint) -> Answer:
    exists = complaint.code == "VARIANT_ALREADY_EXISTS"
    return Hold(
        f"Shopify refused it: {complaint.message[:200]}",
        do="The product has a variant with this option that does not bear our key: give it the key,"
        " or take it away, then send the held record again."
        if exists
        else _CORRECT,
        code="variant-exists" if exists else "product-refused",
    )


def said(answer: str | Answer) -> Answer | None:
    """The answer to a document that the shop did not have; None where it told no id."""
    return (Written(answer) if answer else None) if isinstance(answer, str) else answer


def elsewhere(change: Change, where: str) -> Answer:
    """The answer of a variant that is no more, or is one of another product."""
    if not change.of:
        return Hold(
            "The variant is not at the shop any more.", do=_CORRECT, where=where, code="not-there"
        )
    return Hold(
        f"The shop has {change.key} under another product than the source.",
        do="A variant cannot be moved: delete it at the shop, then send the held record again.",
        where=where,
        code="other-product",
    )


def unanswered(where: str) -> Answer:
    """The answer of what the shop said nothing about: it may have landed."""
    return Settle(
        "Shopify took the call and did not say what it made.",
        do="It is looked up before anything is sent again.",
        where=where,
    )
