"""What a GraphQL API says when it will not answer a query: HTTP 200, and a list of errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Json = Mapping[str, object]


class Refused(Exception):
    """A query, or one field of it, is not answered; `code` is the vendor's own word for why.

    `path` is where in the answer, `locations` where in the query (line and column); `more` stands
    beside the code.
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
        error: dict[str, object] = {"message": self.message}
        if self.locations:
            error["locations"] = [
                {"line": line, "column": column} for line, column in self.locations
            ]
        if self.path:
            error["path"] = list(self.path)
        extensions = {"code": self.code} if self.code else {}
        if extensions or self.more:
            error["extensions"] = {**extensions, **self.more}
        return error


def refusal(*problems: Refused) -> dict[str, object]:
    """The whole answer to a query that is not answered at all."""
    return {"errors": [problem.as_json() for problem in problems]}
