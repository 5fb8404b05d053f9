"""The gate of a vendor that knows a fixed token in a header, and counts calls in windows that its
answers tell of.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from counterfoil.twins.kit.gate import Front
from counterfoil.twins.kit.limits import Window
from counterfoil.twins.kit.read_faults import ReadFaults
from counterfoil.twins.kit.sign_in import same

_BARE: Final = "bare"  # of a call: the platform refuses it before anything counts it
_TOO_MANY: Final = "Too Many Requests"


class WindowHeaders(NamedTuple):
    """What the headers are called that tell of the window; times are milliseconds."""

    left: str
    quota: str
    resets_ms: str
    length_ms: str

    def of(self, window: Window) -> Mapping[str, str]:
        """What they say now."""
        return {
            self.left: str(window.left),
            self.quota: str(window.most),
            self.resets_ms: str(int(window.resets_s * 1000)),
            self.length_ms: str(int(window.length_s * 1000)),
        }


def token_gate(
    header: str, token: str, window: Window, headers: WindowHeaders, reads: ReadFaults
) -> Front:
    """Who may call, how often, and what a caller meets on a bad day: of the faults "too_many" and
    "overload" before any other."""

    async def before(request: Request) -> Response | None:
        def used_up() -> Response:
            window.drain()
            return reads.refusal(429, _TOO_MANY)

        def overloaded() -> Response:
            # Without any header, or with calls left that are worth nothing (both reported).
            request.scope[_BARE] = bool(reads.day.faults.pick(0, 1))
            return Response(status_code=429)

        return await reads.before({"too_many": used_up, "overload": overloaded})

    def told(scope: Scope) -> Mapping[str, str]:
        return {} if scope.get(_BARE) else headers.of(window)

    return Front(
        known=lambda request: same(request.headers.get(header, ""), token),
        stranger=lambda request: reads.refusal(401, "Unauthorized"),
        too_many=lambda wait_s: reads.refusal(429, _TOO_MANY),
        before=before,
        headers=told,
    )
