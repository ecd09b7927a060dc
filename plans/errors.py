"""What a read refuses: protocol errors that a client sees as `extensions.code` and `extensions.reason`."""

from typing import Any

from graphql import GraphQLError


class ReadRefused(GraphQLError):
    """A read that isn't run, with a code from the set that clients know."""

    code = "BAD_USER_INPUT"
    reason: str | None = None

    def __init__(self, message: str, **facts: Any) -> None:
        extensions = {"code": self.code, **facts}
        if self.reason:
            extensions["reason"] = self.reason
        super().__init__(message, extensions=extensions)


class CursorInvalid(ReadRefused):
    """A cursor of another list, ordering, filter or server."""

    reason = "CURSOR_INVALID"

    def __init__(self) -> None:
        super().__init__(
            "This cursor doesn't belong to this list with this ordering and filter: "
            "start again without `after` and `before`."
        )


class PageInvalid(ReadRefused):
    """A page size that isn't one."""

    reason = "PAGE_INVALID"


class TtlInvalid(ReadRefused):
    """A lifetime that a link can't have."""

    reason = "TTL_INVALID"


class RangeInvalid(ReadRefused):
    """Days that are the wrong way round."""

    reason = "RANGE_INVALID"


class AskerRefused(ReadRefused):
    """A read by someone who may not ask any more, such as with a key that was revoked meanwhile."""

    code = "UNAUTHENTICATED"

    def __init__(self) -> None:
        super().__init__("Your key is of no use any more.")


class TooSlow(ReadRefused):
    """A read that PostgreSQL could not answer in time."""

    reason = "QUERY_TOO_SLOW"

    def __init__(self, limit_s: float) -> None:
        super().__init__(f"This took longer than {limit_s:g} s. Ask for less, or filter by more.")


class TooCostly(ReadRefused):
    """A read whose answer may hold more rows than one request may ask for."""

    reason = "QUERY_TOO_COMPLEX"

    def __init__(self, rows: int, at_most: int) -> None:
        super().__init__(
            f"This may answer {rows} rows; one request may ask for {at_most}. Ask for smaller pages.",
            cost={"rows": rows, "limit": at_most},
        )


class TextInvalid(ReadRefused):
    """A text that no database holds."""

    reason = "TEXT_INVALID"

    def __init__(self) -> None:
        super().__init__("A text holds a null character: remove it.")


class ScopeMissing(ReadRefused):
    """A read of something that the caller's key or token may not see."""

    code = "FORBIDDEN"
    reason = "SCOPE_MISSING"
