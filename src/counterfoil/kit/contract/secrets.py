"""The rule about secrets: they are sent to the vendor, and shown nowhere."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from counterfoil.kit.contract.call import calls, outcome
from counterfoil.kit.contract.case import Case, demand
from counterfoil.kit.contract.rule import about_calls
from counterfoil.kit.transport import recording

_SIGNS = ("auth", "cookie", "key", "secret", "token")  # in the name of a header that signs a call
_SHORTEST = 6  # characters; a shorter secret cannot be told from other text
_BAD_DAYS = (200, 400, 401, 403, 404, 429, 500)


@about_calls
async def no_secret_is_ever_shown(case: Case) -> None:
    """No secret, and no token made of one, stands in an error, on the tape or in a session's
    text."""
    texts: list[str] = []
    with recording() as tape:
        session = case.open()
        texts.append(repr((session, {**session.sources}, {**session.targets})))
        for call in calls(case, session):
            texts += _told(await outcome(call))
        for status in _BAD_DAYS:
            with case.postman.answering(status, b"<html>It is a bad day.</html>"):
                for call in calls(case, session):
                    texts += _told(await outcome(call))
        wrong = case.open({name: secret[::-1] for name, secret in case.stage.secrets.items()})
        for call in calls(case, wrong):
            texts += _told(await outcome(call))
    texts += [repr(exchange) for exchange in tape]
    for name, secret in _credentials(case):
        leak = next((text.replace(secret, "***")[:300] for text in texts if secret in text), "")
        demand(not leak, f"{name} is shown: {leak}")


def _credentials(case: Case) -> Iterator[tuple[str, str]]:
    for name, secret in case.stage.secrets.items():
        long = len(secret) >= _SHORTEST
        demand(long, f"The stage's secret {name} is too short to be told from other text.")
        yield f"The secret {name}", secret
        yield f"The secret {name}, wrong as it was,", secret[::-1]
        yield f"The secret {name} in base64", base64.b64encode(secret.encode()).decode().rstrip("=")
    for sent in case.postman.sent:
        for name, text in sent.headers.items():
            if any(sign in name.lower() for sign in _SIGNS):
                yield f"The header {name}", text.rpartition(" ")[2]


def _told(error: BaseException | None) -> Iterator[str]:
    """Everything that an error says, and what was said before it."""
    while error is not None:
        yield f"{error} {error!r} {vars(error)}"
        error = error.__cause__ or error.__context__
