"""Outcomes: how an operation ended, as metrics tell it; noted with its request, which counts it."""

from time import perf_counter

from graphql.execution import ExecutionResult
from starlette.types import Scope

from server.graphql.errors import RequestRefused
from server.metrics.instruments import OPERATIONS, OUTCOME

NOT_RUN = "none"
TOO_MANY_REQUESTS = 429


def note(scope: Scope, kind: str, outcome: str) -> None:
    """Has the request of `scope` counted as an operation that ended like this."""
    scope[OUTCOME] = (kind, outcome)


class Once:
    """An operation that begins now and that no request counts: the first outcome is the one."""

    def __init__(self) -> None:
        self._began_s = perf_counter()
        self._is_counted = False

    def count(self, kind: str, outcome: str) -> None:
        """Counts it with the time it took, unless it was counted."""
        if not self._is_counted:
            self._is_counted = True
            OPERATIONS.add(perf_counter() - self._began_s, kind, outcome)


def of_refusal(refusal: RequestRefused) -> str:
    """The outcome of an operation that was not run."""
    return "limited" if refusal.status == TOO_MANY_REQUESTS else "refused"


def of_result(result: ExecutionResult) -> str:
    """The outcome of an answer: an error without a code is ours."""
    if not result.errors:
        return "ok"
    is_theirs = all((error.extensions or {}).get("code") for error in result.errors)
    return "errors" if is_theirs else "failed"
