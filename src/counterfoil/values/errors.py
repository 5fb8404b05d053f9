"""Errors, named by what to do next.

CounterfoilError
  Retry          the same attempt may succeed later; carries how long to wait
  Settle         the call left and no answer came: look before anything else is sent
  Hold           a person or a mapping must decide; the record goes to the desk
  Refuse         this content can never be accepted as it is
  Halt           an invariant of ours is broken; stop this route and tell someone
  Misconfigured  found before anything moved
    SignIn       a credential is missing, wrong or dead
"""

from __future__ import annotations

import errno

QUOTA_SPENT = "quota-spent"
"""The code of a `Retry` for a quota of hours or a day that is spent: nothing has left, and nothing
can for so long as it says."""


class CounterfoilError(Exception):
    """What went wrong, where, and what to do about it, each in one sentence.

    `code` is a stable lower-case word for grouping and for `counterfoil explain`;
    `said` tells the reader what happened; `do` tells them what to do now;
    `where` names the place (a file and line, a connection, a field).
    """

    code = "broken"

    def __init__(self, said: str, *, do: str = "", where: str = "", code: str = "") -> None:
        super().__init__(said)
        # A vendor's words may be quoted here, and no database keeps a NUL in a text.
        self.said = said.replace("\0", "\ufffd")
        self.do = do.replace("\0", "\ufffd")
        self.where = where.replace("\0", "\ufffd")
        if code:
            self.code = code

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.said}" + (f" {self.do}" if self.do else "")


class Retry(CounterfoilError):
    """The same attempt may succeed later; `after_s` seconds is the earliest useful moment.

    Raised only where it is certain that nothing landed at the other side.
    """

    code = "try-later"

    def __init__(
        self, said: str, *, after_s: float = 0.0, do: str = "", where: str = "", code: str = ""
    ) -> None:
        super().__init__(said, do=do, where=where, code=code)
        self.after_s = after_s


class Settle(CounterfoilError):
    """A write left this house and no answer came: it may or may not have landed."""

    code = "no-answer"


class Hold(CounterfoilError):
    """A person, or a mapping that a person must complete, has to decide."""

    code = "held"


class Refuse(CounterfoilError):
    """This content can never be accepted as it is."""

    code = "refused"


class Halt(CounterfoilError):
    """An invariant of ours is broken: stop the route, lose nothing, tell someone."""

    code = "halted"


class Misconfigured(CounterfoilError):
    """The configuration is wrong; nothing has moved."""

    code = "misconfigured"


class SignIn(Misconfigured):
    """A credential is missing, wrong or dead."""

    code = "sign-in"


_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS)


def of_system(error: OSError, where: str = "") -> Misconfigured:
    """What the system refused us (a file, a folder, a device), as one of our errors."""
    named = str(error.filename or where)
    reason = error.strerror or type(error).__name__
    sentence = f"The system says: {reason[:1].lower()}{reason[1:]}."
    if error.errno in _NO_ROOM:
        return Misconfigured(
            sentence, do="Make room, then run it again: it is safe.", where=named, code="no-room"
        )
    if error.errno in _CLOSED:
        do = "Let this account read and write there, or name another folder."
        return Misconfigured(sentence, do=do, where=named, code="closed")
    return Misconfigured(sentence, do="Mend that, then run it again.", where=named, code="system")
