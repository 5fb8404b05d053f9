"""Subject: whom the words mean that name a person, and all that is kept of them."""

from __future__ import annotations

import re

from counterfoil.govern import erasure
from counterfoil.govern.erasure import Chosen, Scope
from counterfoil.govern.person import plain
from counterfoil.model.personal import Identity
from counterfoil.store import connections, search
from counterfoil.surfaces.desk.opening import Desk
from counterfoil.values.errors import Misconfigured

_PHONE = re.compile(r"[+(]?[\d][\d\s()./-]{7,}\d")


async def scope_of(desk: Desk, subject: str) -> Scope:
    """All that is kept of whom `subject` means: an e-mail, a telephone number, CONNECTION:ACCOUNT,
    or the number of a document of theirs."""
    return await all_of(desk, await chosen(desk, subject.strip()))


async def all_of(desk: Desk, choice: Chosen) -> Scope:
    """All that is kept of who was chosen. Raises `Misconfigured` where that is nothing."""
    scope = await erasure.find(desk.database, choice)
    if not scope.versions:
        raise Misconfigured(
            "Nothing is kept of whom you named.",
            do="Give an e-mail, a telephone number, a document's number, or CONNECTION:ACCOUNT, as"
            " the shop numbers whoever buys there.",
        )
    return scope


async def chosen(desk: Desk, subject: str) -> Chosen:
    """Whom the words mean. Raises `Misconfigured` where there are none."""
    if not subject:
        raise Misconfigured("Say who is meant.", do="Give an e-mail, or a document's number.")
    if "@" in subject:
        return Chosen(names={plain(Identity("mail", subject), 0)})
    name, _, account = subject.partition(":")
    numbers = await connections.ids(desk.database)
    if account and name in numbers:
        return Chosen(names={plain(Identity("account", account), numbers[name])})
    documents = await search.by_name(desk.database, [subject, f"#{subject}"], identity=subject)
    if documents:
        return Chosen(subjects={int(document.subject) for document in documents})
    phone = plain(Identity("phone", subject), 0) if _PHONE.fullmatch(subject) else ""
    return Chosen(names={phone} if phone else set())
