"""`route losses`: what of the documents did not come along, and what was not compared, by field."""

from __future__ import annotations

from counterfoil.surfaces.cli.opening import asker
from counterfoil.surfaces.cli.say import Say, Spoken
from counterfoil.surfaces.desk import losses as asking
from counterfoil.surfaces.desk.losses import Losses
from counterfoil.surfaces.desk.opening import desk


async def losses(name: str, /, *, say: Spoken) -> None:
    """Sum up what the target had no place for, by field, and what was sent and not read back.

    Args:
        name: The route.
    """
    async with desk(asker(say)) as opened:
        answer = await asking.losses(opened, name)
    say.answer("route-losses", answer, lambda: _show(say, answer))


def _show(say: Say, answer: Losses) -> None:
    if not answer.losses:
        say.line("Nothing was lost: everything had a place.")
    else:
        rows = [
            (field.field, field.code, f"{field.count:,}", str(field.money or ""),
             str(field.documents or ""))
            for field in answer.losses
        ]  # fmt: skip
        heads = ("field", "why", "documents", "money in it", "money of these")
        say.table(heads, rows, right=(2, 3, 4))
    for field in answer.not_compared:
        say.line(f"sent and not read back: {field.field}, of {field.count:,} documents")
