"""Role by address by class of field: who may ask what with which token, and what is masked then."""

from __future__ import annotations

import pytest
from program import Program, program

from counterfoil.govern import gate
from counterfoil.govern.gate import ROLES, SCOPES, SHOWN, Role, Scope
from counterfoil.govern.redact import FieldClass
from counterfoil.surfaces.api.v1.endpoint import Endpoint
from counterfoil.surfaces.api.v1.registry import endpoints
from counterfoil.surfaces.desk.acts import ACTS
from tests.surfaces.web.counter import Counter

OPERATOR = {"POST /causes/{cause}/{deed}", "PUT /routes/{route}/switch"}
ADMIN = {"GET /users"}
SCOPED: dict[str, Scope] = {
    **dict.fromkeys(OPERATOR, "act"), **dict.fromkeys(ADMIN, "admin"),
    "DELETE /tokens/{number}": "admin",
}  # fmt: skip
"""Which addresses are for whom, and for which tokens; every other is for everybody who reads."""
CLASSES: tuple[FieldClass, ...] = ("secret", "personal", "commercial", "public")


def named(each: Endpoint) -> str:
    return f"{each.method} {each.path}"


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("each", endpoints(), ids=named)
def test_an_address_is_for_those_whose_role_and_token_reach_to_it(
    each: Endpoint, role: Role
) -> None:
    reads = ACTS[each.act].kind == "reads"
    least = "operator" if named(each) in OPERATOR else "admin" if named(each) in ADMIN else "viewer"
    reaches = ROLES.index(role) >= ROLES.index(least)
    assert gate.may(role, each.act, reads=reads) == reaches
    for scope in SCOPES:
        allowed = reaches and scope == SCOPED.get(named(each), "read")
        assert gate.may(role, each.act, reads=reads, scopes=(scope,)) == allowed
    assert not gate.may(role, each.act, reads=reads, scopes=())


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("field_class", CLASSES)
def test_a_class_of_fields_is_shown_to_a_role_by_one_table(
    field_class: FieldClass, role: Role
) -> None:
    seen = field_class in ("public", "commercial") or (
        field_class == "personal" and role != "viewer"
    )
    assert (field_class in SHOWN[role]) == seen
    assert gate.shows(role, field_class) == seen
    without: tuple[tuple[Scope, ...], ...] = ((), ("read",), ("act", "admin"))
    for scopes in without:
        masked = field_class == "personal"
        assert gate.shows(role, field_class, scopes) == (seen and not masked)
    assert gate.shows(role, field_class, ("people",)) == seen


async def test_every_address_refuses_who_may_not_before_it_reads_anything(shop: Counter) -> None:
    asking: list[tuple[Role, tuple[Scope, ...]]] = [
        ("viewer", SCOPES), ("admin", ("read",)), ("admin", ("metrics",)),
    ]  # fmt: skip
    programs = {each: await program(shop, *each) for each in asking}
    stranger = Program(shop.base, programs[asking[0]].client, "cfl_guessed")
    for each in endpoints():
        path = each.path
        for place in each.places:
            path = path.replace(f"{{{place}}}", "send" if place == "deed" else "999")
        for (role, scopes), mine in programs.items():
            answer = await mine.ask(each.method, path)
            reads = ACTS[each.act].kind == "reads"
            allowed = gate.may(role, each.act, reads=reads, scopes=scopes)
            assert (answer.status != 403) == allowed, (named(each), role, scopes)
            assert allowed or answer.body["code"] == "not-allowed"
        answer = await stranger.ask(each.method, path)
        assert (answer.status, answer.headers["www-authenticate"][:6]) == (401, "Bearer")


async def test_who_may_not_see_people_sees_none_at_any_address(shop: Counter) -> None:
    mail = "ann.smith@example.org"
    async with shop.desk.database._pool.acquire() as connection:
        await connection.execute(
            "update hold set said = 'Nobody named ' || $1 || ' is known there.'"
            " where cause = 'unmapped-value'",
            mail,
        )
    sees = await program(shop, "operator")
    cause = (await sees.get("/causes")).data[0]["id"]
    record = (await sees.get(f"/causes/{cause}/holds")).data[0]["record"]
    aside = await sees.get(f"/causes/{cause}/aside?record={record}")
    body = {"record": [record], "why": f"{mail} was called"}
    done = await sees.ask("POST", f"/causes/{cause}/aside", body, {"if-match": aside.tag})
    assert done.status == 200
    record = (await sees.get(f"/causes/{cause}/holds")).data[0]["record"]
    paths = [
        "/today", "/holds", f"/holds/{record}", "/causes", f"/causes/{cause}",
        f"/causes/{cause}/holds", f"/causes/{cause}/example", f"/causes/{cause}/send", "/receipts",
        "/receipts/1", "/trace?identity=1003&evidence=true", "/trace?identity=1004",
    ]  # fmt: skip
    for scopes, role in ((SCOPES, "viewer"), (("read", "act"), "operator")):
        blind = await program(shop, role, scopes)
        for path in paths:
            answer = await blind.get(path)
            assert answer.status == 200, (path, answer.body)
            assert mail not in str(answer.body), (path, role)
    told = [path for path in paths if mail in str((await sees.get(path)).body)]
    assert told == paths[:-1], "so that the test can fail"
