"""Detached: tasks that belong to no request, though one of them happened to begin them."""

import asyncio
from collections.abc import Coroutine
from contextvars import Context
from typing import Any, TypeVar

Result = TypeVar("Result")


def detached(work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
    """A task that is of nobody's transaction, trace or log lines, and sees no workspace."""
    return asyncio.get_running_loop().create_task(work, context=Context())
