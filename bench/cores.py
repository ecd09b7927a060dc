"""Which core does what, as far as this machine has cores to spare."""

import os
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager

SERVER = {0}
# With fewer, PostgreSQL alone on what is left would be the slowest part of every contender: then
# all would look alike. It may use every core there, also the time that a server leaves of its own.
ENOUGH = 4


def count() -> int:
    """How many cores there are to use."""
    return os.cpu_count() or 1


def can_pin() -> bool:
    """Whether processes can be held to cores here: Linux, with two cores at least."""
    return hasattr(os, "sched_setaffinity") and count() > 1


def arrangement() -> str:
    """In words."""
    if not can_pin():
        return f"{count()} cores, nothing held to any"
    database = "the others" if count() >= ENOUGH else "all"
    return f"{count()} cores: server on one, clients on the others, PostgreSQL on {database}"


def of_the_server() -> AbstractSet[int]:
    """The one core that a server may use."""
    return SERVER


def of_the_clients() -> AbstractSet[int]:
    """The cores of this process."""
    return set(range(count())) - SERVER


def of_the_database() -> AbstractSet[int]:
    """The cores of PostgreSQL."""
    return of_the_clients() if count() >= ENOUGH else set(range(count()))


@contextmanager
def held_to(cores: AbstractSet[int]) -> Iterator[None]:
    """This process and what it starts run on these cores alone."""
    if not can_pin():
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
