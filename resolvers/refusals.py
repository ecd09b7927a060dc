"""Refusals on their way out, under the path by which the caller knows the field."""

from collections.abc import Iterator
from contextlib import contextmanager

from domain.errors import NotFound, Refusal, Refusals, Refused


@contextmanager
def under(*prefix: str) -> Iterator[None]:
    """Puts `prefix` in front of the field path of whatever is refused inside."""
    try:
        yield
    except Refused as refused:
        raise Refusals([refusal.under(*prefix) for refusal in refused.refusals]) from None


@contextmanager
def at(*path: str) -> Iterator[None]:
    """Gives refusals about a field that the caller did not send the path of one that they did."""
    try:
        yield
    except Refused as refused:
        raise Refusals([moved(refusal, path) for refusal in refused.refusals]) from None


def moved(refusal: Refusal, path: tuple[str, ...]) -> Refusal:
    """The same refusal about another field."""
    return type(refusal)(refusal.message, field=path, meta=refusal.meta)


def not_found(*path: str) -> NotFound:
    """What every id is answered that the caller may not see, whether it exists or not."""
    return NotFound("There is nothing with this id.", field=path)
