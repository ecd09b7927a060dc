"""Outcomes: how an operation ended, as metrics tell it; noted with its request, which counts it."""

import asyncio

from graphql.execution import ExecutionResult
from starlette.types import Scope

from server.graphql.errors import RequestRefused
from server.metrics.instruments import OUTCOME

NOT_RUN = "none"
TOO_MANY_REQUESTS = 429


def note(scope: Scope, kind: str, outcome: str) -> None:
    """Has the request of `scope` counted as an operation that ended like this."""
    scope[OUTCOME] = (kind, outcome)


def of_error(error: BaseException) -> str:
    """The outcome of an operation that has no answer."""
    if isinstance(error, RequestRefused):
        return "limited" if error.status == TOO_MANY_REQUESTS else "refused"
    return "abandoned" if isinstance(error, asyncio.CancelledError) else "failed"


def of_result(result: ExecutionResult) -> str:
    """The outcome of an answer: an error without a code is ours."""
    if not result.errors:
        return "ok"
    is_theirs = all((error.extensions or {}).get("code") for error in result.errors)
    return "errors" if is_theirs else "failed"
