"""What an answer of OrderWise means, where HTTP's own words are not enough.

The vendor publishes no error shape, so an error's text is kept as it came and never parsed.
"""

from __future__ import annotations

from typing import Final

from counterfoil.kit.api.faults import Fault, Faults

_REFUSED = "OrderWise refused {call}: {quoted}"
FAULTS: Final = Faults(
    statuses={
        400: Fault(
            "misconfigured",
            _REFUSED,
            "Check the connection's definition numbers, and the definition in OrderWise.",
            written=Fault(
                "hold",
                _REFUSED,
                "Correct the cause in OrderWise or at the source, then send the held record again.",
                "orderwise-refused",
            ),
        ),
        401: Fault(
            "sign-in",
            "OrderWise does not accept the user name and password ({call} answered 401).",
            "Check the secrets `user` and `password`, and that the user is not locked.",
        ),
        403: Fault(
            "misconfigured",
            "The OrderWise user may not do {call}.",
            "Give the user's group this API permission (System > Security > Users).",
        ),
        404: Fault(
            "misconfigured",
            "OrderWise has nothing at {call}.",
            "Check the connection's address, its path settings and its definition numbers.",
        ),
    },
    doubt="the order may have landed",
)
