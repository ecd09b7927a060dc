"""Top-level errors: for the protocol alone, with codes that clients know, and nothing of ours leaked."""

from typing import Any
from uuid import uuid4

import structlog
from graphql import GraphQLError

from models.connections import OUT_OF_REACH
from server.logs import reason

log = structlog.stdlib.get_logger(__name__)

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
BAD_USER_INPUT = "BAD_USER_INPUT"
OPERATION_RESOLUTION_FAILURE = "OPERATION_RESOLUTION_FAILURE"
UNAUTHENTICATED = "UNAUTHENTICATED"
FORBIDDEN = "FORBIDDEN"
INTERNAL_SERVER_ERROR = "INTERNAL_SERVER_ERROR"


DATABASE_UNAVAILABLE = "DATABASE_UNAVAILABLE"
OUT_OF_REACH_MESSAGE = (
    "The database could not be reached just now, so nobody knows whether this was done. Send it "
    "again; a mutation with the same idempotencyKey, and it is done once."
)


class RequestRefused(Exception):
    """A request that isn't executed: its status, the code of its error, and what to do about it.

    `allow` and the like go out as headers. A refusal that is `of_document` is a GraphQL answer,
    so clients that asked for plain JSON get it with status 200.
    """

    def __init__(
        self,
        status: int,
        message: str,
        code: str = BAD_USER_INPUT,
        *,
        reason: str | None = None,
        headers: dict[str, str] | None = None,
        errors: list[dict[str, Any]] | None = None,
        of_document: bool = False,
    ) -> None:
        super().__init__(message)
        extensions = {"code": code} | ({"reason": reason} if reason else {})
        self.status = status
        self.headers = headers or {}
        self.errors = errors or [{"message": message, "extensions": extensions}]
        self.of_document = of_document


def refused_document(errors: list[GraphQLError], code: str) -> RequestRefused:
    """The refusal of a document, or of its variables, for all that is wrong with it."""
    written = [{**plain(error), "extensions": {"code": code}} for error in errors]
    return RequestRefused(400, errors[0].message, code, errors=written, of_document=True)


def written(error: GraphQLError) -> dict[str, Any]:
    """An error of a field as the client sees it; one that we did not mean is masked and logged."""
    if (error.extensions or {}).get("code"):
        return {**plain(error), "extensions": dict(error.extensions or {})}
    number, fault = uuid4().hex, error.original_error or error
    extensions = {"code": INTERNAL_SERVER_ERROR, "id": number}
    if is_out_of_reach(fault):
        # Many fail alike then, and their tracebacks would say nothing more.
        log.error(
            "the database is out of reach", error_id=number, path=error.path, error=reason(fault)
        )
        message = f"{OUT_OF_REACH_MESSAGE} It was logged as {number}."
        extensions["reason"] = DATABASE_UNAVAILABLE
    else:
        log.error("a field failed", error_id=number, path=error.path, exc_info=fault)
        message = f"Something went wrong here; it was logged as {number}."
    return {**plain(error), "message": message, "extensions": extensions}


def is_out_of_reach(error: BaseException | None) -> bool:
    """Whether a fault is that the database is away, and the same request may well do later."""
    return isinstance(error, OUT_OF_REACH)


def masked(error: Exception) -> dict[str, Any]:
    """A fault of ours that is about no field: a number under which it was logged."""
    return written(GraphQLError(str(error), original_error=error))


def plain(error: GraphQLError) -> dict[str, Any]:
    """An error's message, and where in document and answer it stands."""
    made: dict[str, Any] = {"message": error.message}
    if error.locations:
        made["locations"] = [
            {"line": location.line, "column": location.column} for location in error.locations
        ]
    if error.path:
        made["path"] = list(error.path)
    return made
