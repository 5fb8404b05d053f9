"""What Shopify says when it will not answer a query: HTTP 200, and a list of errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_DOCUMENTS = {
    "THROTTLED": "https://shopify.dev/api/usage/rate-limits",
    "MAX_COST_EXCEEDED": "https://shopify.dev/api/usage/rate-limits",
    "ACCESS_DENIED": "https://shopify.dev/api/usage/access-scopes",
}

Json = Mapping[str, object]


class Refused(Exception):
    """A query, or one field of it, is not answered; `code` is the vendor's own word for why.

    `path` is where in the answer, `locations` where in the query (line and column).
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        path: Sequence[str] = (),
        locations: Sequence[tuple[int, int]] = (),
        **more: object,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.path = tuple(path)
        self.locations = tuple(locations)
        self.more = more

    def at(self, key: str) -> Refused:
        """The same refusal, placed at a field of the answer."""
        self.path = self.path or (key,)
        return self

    def as_json(self) -> Json:
        """The refusal as one member of `errors`."""
        said: dict[str, object] = {"message": self.message}
        if self.locations:
            said["locations"] = [
                {"line": line, "column": column} for line, column in self.locations
            ]
        if self.path:
            said["path"] = list(self.path)
        extensions: dict[str, object] = {"code": self.code} if self.code else {}
        extensions |= self.more
        if self.code in _DOCUMENTS:
            extensions["documentation"] = _DOCUMENTS[self.code]
        if extensions:
            said["extensions"] = extensions
        return said
