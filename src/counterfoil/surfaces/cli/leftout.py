"""`route left-out`: what a rule or a person left out of a route, in counts and money, and why."""

from __future__ import annotations

from counterfoil.model.words import Title, title
from counterfoil.surfaces.cli.flags import Limit
from counterfoil.surfaces.cli.opening import asker, record_number
from counterfoil.surfaces.cli.say import Say, Spoken
from counterfoil.surfaces.desk import left_out as asking
from counterfoil.surfaces.desk.figures import amount, counted, iso
from counterfoil.surfaces.desk.left_out import LeftOut, LeftOutAsked
from counterfoil.surfaces.desk.opening import desk


async def left_out(
    name: str,
    /,
    *,
    rule: str | None = None,
    limit: Limit = 50,
    cursor: str = "0",
    say: Spoken,
) -> None:
    """List what was left out of a route, by which rule, and why; with --jsonl a document a line.

    Args:
        name: The route.
        rule: Only what this rule left out.
        limit: At most so many.
        cursor: Where to go on, as the list before said.
    """
    start = int(record_number(cursor))
    operator = asker(say)
    async with desk(operator) as opened:
        answer = await asking.left_out(opened, LeftOutAsked(name, rule, limit, start))
    page = answer.page(start)
    data = answer.records if say.flags.jsonl else answer
    plan = operator.config.routes.get(name)
    noun = title(*([plan.document] if plan else []))
    say.answer("route-left-out", data, lambda: _show(say, answer, noun), page=page)
    if page.next and not say.flags.json:
        say.note(f"There are more: --cursor {page.next}.")


def _show(say: Say, answer: LeftOut, noun: Title) -> None:
    if not answer.total:
        say.line(f"Nothing was left out of {answer.route}.")
        return
    documents = counted(answer.total, noun.one, noun.many)
    money = amount(total for rule in answer.rules for total in rule.money)
    say.heading(f"{documents} left out of {answer.route}, {money}.")
    rules = [(f"{rule.count:,}", amount(rule.money), rule.rule) for rule in answer.rules]
    say.table((noun.many, "money", "rule"), rules, right=(0, 1))
    lines = [
        (record.number or record.key, str(record.record), str(record.money or ""),
         iso(record.created)[:10], iso(record.at)[:10], record.by, record.why or record.rule)
        for record in answer.records
    ]  # fmt: skip
    heads = (noun.one, "record", "money", "created", "left out", "by", "why")
    say.table(heads, lines, right=(2,))
