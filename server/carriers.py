"""Carriers: each does the work of one kind of job."""

from collections.abc import Awaitable, Callable

from resolvers.callers import Caller
from resolvers.jobs import Claimed

DONE = "done"
LATER = "later"

Carry = Callable[[Caller, Claimed], Awaitable[str | None]]
"""Does a job's work; answers what became of the job (DONE, LATER) where that was kept with it.

None leaves that to the worker. Raises NotYet where the job is to be put off, and whatever is to be
kept as its error.
"""
