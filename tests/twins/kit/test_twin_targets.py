"""What every twin of a target has: what is posted, kept, counted, asked for and refused."""

from __future__ import annotations

import random
from pathlib import Path

import msgspec
import pytest
from starlette.requests import Request

from counterfoil.twins.kit.answers import CutShort, Silence, answer, refused, too_many
from counterfoil.twins.kit.bad_day import BadDay
from counterfoil.twins.kit.faults import Fault, Faults, common
from counterfoil.twins.kit.keeping import Keeping, cut, dropped, hour_later, put, replaced
from counterfoil.twins.kit.landed import Duplicate, landed
from counterfoil.twins.kit.login import Login
from counterfoil.twins.kit.posted import Refusal, check_local, decoded, member, minor_units
from counterfoil.twins.kit.sign_in import Tokens, basic
from counterfoil.twins.kit.stored_query import Parameter, UnknownParameter, load, run, spelling
from counterfoil.twins.kit.write_faults import WriteFaults


def always(*names: str) -> dict[str, Fault]:
    return {name: Fault(name, 1.0, 1.0) for name in names}


def faults(memory, *names: str) -> Faults:
    return Faults(always(*names), "normal", random.Random(1), memory)


# --- what is posted ---


class Sale(msgspec.Struct):
    key: str


def test_a_body_is_of_its_shape_or_refused():
    decoder = msgspec.json.Decoder(Sale)
    assert decoded(decoder, b'{"key":"1"}') == Sale("1")
    for wrong in (b"{}", b"\xff", b"[" * 100_000):
        with pytest.raises(Refusal, match="The request is invalid"):
            decoded(decoder, wrong)


def test_an_amount_is_exact_or_refused():
    assert [minor_units(msgspec.Raw(text), "sum", "GBP") for text in (b"1.5", b"null")] == [
        150,
        None,
    ]
    with pytest.raises(Refusal, match=r"sum: 1\.555 is not an amount"):
        minor_units(msgspec.Raw(b"1.555"), "sum", "GBP")


def test_a_member_is_found_at_its_path():
    body = b'{"a":{"b":7},"c":1}'
    assert [member(body, path) for path in ("a.b", "c", "a.x", "c.b")] == [7, 1, None, None]


@pytest.mark.parametrize("wrong", ["soon", "2026-10-05T09:00:00Z"])
def test_a_local_time_has_no_offset(wrong):
    check_local("2026-10-05T09:00:00", "The date")
    with pytest.raises(Refusal, match="The date"):
        check_local(wrong, "The date")


# --- what is kept ---


class Kept(msgspec.Struct):
    name: str = "Augusta Ada"
    town: str = ""
    at: str = "2026-10-05T09:00:00"
    rate: int = 1


def test_a_document_is_altered_in_one_of_its_ways_and_only_where_it_can_be(memory):
    ways = {
        "cut": lambda kept: cut(kept, {"name": 7, "town": 7}),
        "dropped": lambda kept: dropped(kept, ("town",)),
        "late": lambda kept: hour_later(kept, ("at", "town")),
        "other": lambda kept: replaced([kept], "rate", (1, 2)),
        "put": lambda kept: [put(kept, "town", "Ely")],
    }
    altered = {}
    for name in ways:
        keeping = Keeping(faults(memory, name), random.Random(2), ways)
        keeping.alter(kept := Kept())
        altered[name] = kept
    assert altered == {
        "cut": Kept(name="Augusta"),
        "dropped": Kept(),
        "late": Kept(at="2026-10-05T10:00:00"),
        "other": Kept(rate=2),
        "put": Kept(town="Ely"),
    }


def test_a_row_is_kept_in_the_columns_that_its_table_has(memory):
    memory.run("create table thing (id integer primary key, name text, note text)")
    assert memory.keep("thing", {"id": 3, "name": "a", "colour": "red"}) == 3
    assert memory.keep("thing", {"id": 3, "name": "b", "note": "c"}) == 3
    assert memory.rows("select * from thing") == [(3, "b", "c")]


CODES = {"1": "GBP", "2": "EUR"}


def test_what_has_landed_is_counted_by_reference_and_currency(memory):
    memory.run("create table landed (reference text, unit integer, amount integer)")
    rows = [("R1", 1, 100), ("R1", 1, 100), ("R2", 2, 5), ("R3", None, 1)]
    memory.run_many("insert into landed values (?, ?, ?)", rows)
    report = landed(memory, lambda unit: CODES.get(str(unit), ""), {"slow": 1}, {})
    assert (report.orders, report.references, report.duplicates) == (4, 3, 1)
    assert report.totals_minor == {"": 1, "GBP": 200, "EUR": 5}
    assert report.duplicate_references == [Duplicate("R1", 1)]
    assert (report.faults, report.calls) == ({"slow": 1}, 0)


# --- a stored query ---


def test_a_stored_query_gives_what_its_file_says(memory, tmp_path: Path, monkeypatch):
    folder = tmp_path / "acme_queries"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    (folder / "sums.sql").write_text(
        "select id, sum, text, at, done from thing"
        " where id in (select value from string_split(@ids, '~'))"
    )
    (folder / "queries.toml").write_text(
        '[[definitions]]\nnumber = 7\nname = "SUMS"\nsql = "sums.sql"\nparameters = ["@ids"]\n'
        'kinds = { sum = "amount", text = "text", at = "time", done = "flag" }\n'
    )
    (query,) = load("acme_queries", "queries.toml")
    memory.run("create table thing (id text, sum integer, text text, at text, done integer)")
    rows = [(str(key), 250, "" if key == 1 else "a", "2026-10-05T09:00:00", 1) for key in (1, 2, 3)]
    memory.run_many("insert into thing values (?, ?, ?, ?, ?)", rows)
    odd = spelling(pads=True, nulls=True, thousandths=True)
    asked = [Parameter("@ids", "1~2~3"), Parameter("", "")]
    body = run(memory, query, asked, lambda row: row["id"] == "3", odd)
    at = "2026-10-05T09:00:00.000"
    assert msgspec.json.decode(body) == [
        {"id": "1", "sum": 2.5, "text": None, "at": at, "done": True},
        {"id": "2", "sum": 2.5, "text": "a ", "at": at, "done": True},
    ]
    assert b'"sum":2.50' in body
    plain = spelling(pads=False, nulls=False, thousandths=False)
    assert b'"text":""' in run(memory, query, asked, lambda row: False, plain)
    with pytest.raises(UnknownParameter, match="SUMS has no parameter @id"):
        run(memory, query, [Parameter("@id", "1")], lambda row: False, plain)


# --- who may call, and a bad day ---


def request(authorization: str) -> Request:
    headers = [(b"authorization", authorization.encode())]
    return Request({"type": "http", "headers": headers})


def test_a_token_is_for_the_right_password_and_may_be_forgotten(memory, clock):
    tokens = Tokens(memory, clock, 60.0, iter(["one", "two"]).__next__)
    login = Login("ada", "right", tokens, faults(memory, "token_expired"), spared=1)
    assert login.token(request(basic("ada", "wrong")), only=False) == ""
    assert login.token(request(basic("ada", "right")), only=False) == "one"
    assert login.knows(request("Bearer one")), "a new token is spared"
    assert not any(login.knows(request("Bearer one")) for _ in range(25))
    assert not login.knows(request("Basic one"))


def bad_day(memory, clock, *names: str) -> WriteFaults:
    catalogue = {**common("Acme", "too_many", "server_error_before", "timeout_before", "slow"),
                 **common("Acme", "html_page", "timeout_after", "reset_after"),
                 **common("Acme", "server_error_after")}  # fmt: skip
    rates = {name: Fault(name, float(name in names), 0.0) for name in catalogue}
    struck = Faults(rates, "normal", random.Random(1), memory, soon=1)
    day = BadDay("Acme", struck, clock, 5.0)
    return WriteFaults(day, random.Random(1), lambda status, text: refused("text", status, text))


async def test_a_bad_day_begins_before_the_work_or_after_it(memory, clock):
    true = answer({"id": 1})
    good = bad_day(memory, clock)
    assert (await good.before("<p>"), good.after(true)) == (None, true)
    before = [await bad_day(memory, clock, name).before("<p>")
              for name in ("too_many", "server_error_before", "html_page")]  # fmt: skip
    assert [met and met.status_code in (200, 429, 500, 503) for met in before] == [True] * 3
    assert isinstance(await bad_day(memory, clock, "timeout_before").before(""), Silence)
    assert isinstance(bad_day(memory, clock, "timeout_after").after(true), Silence)
    assert isinstance(bad_day(memory, clock, "reset_after").after(true), CutShort)
    assert bad_day(memory, clock, "server_error_after").after(true).status_code == 500
    began_s = clock.elapsed_s
    assert await bad_day(memory, clock, "slow").before("") is None
    assert 0.3 <= clock.elapsed_s - began_s <= 1.0


def test_a_refusal_has_the_shape_of_its_site():
    assert refused("empty", 400, "No.").body == b""
    assert refused("text", 400, "No.").body == b"No."
    assert refused("message", 400, "No.").body == b'{"Message":"No."}'
    assert too_many(0.2).headers["retry-after"] == "1"
