"""Connections to PostgreSQL that count their statements, and the pool as it is when looked at."""

import asyncio
from collections.abc import Awaitable, Iterator
from time import perf_counter
from typing import Any
from weakref import WeakSet

import asyncpg
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from models.connections import Client
from models.transactions import CONFLICTS
from server.metrics.instruments import STATEMENTS

ENDED = (asyncio.CancelledError, TimeoutError, asyncpg.QueryCanceledError)


class CountingConnection(asyncpg.Connection):
    """Counts and times each statement that is sent."""

    async def execute(self, query: str, *values: Any, **options: Any) -> str:
        """As asyncpg's; one with values goes the way of all others."""
        if values:
            return await super().execute(query, *values, **options)
        return await _timed(super().execute(query, **options))

    async def _execute(self, *given: Any, **options: Any) -> Any:
        """Where fetch, fetchrow, fetchval and execute meet. Each read takes this way: it is kept short."""
        began_s = perf_counter()
        try:
            result = await super()._execute(*given, **options)  # type: ignore[misc]  # not in the stubs
        except BaseException as error:
            STATEMENTS.add(perf_counter() - began_s, _outcome(error))
            raise
        _ANSWERED.add(perf_counter() - began_s)
        return result


async def _timed(statement: Awaitable[str]) -> str:
    began_s = perf_counter()
    try:
        result = await statement
    except BaseException as error:
        STATEMENTS.add(perf_counter() - began_s, _outcome(error))
        raise
    _ANSWERED.add(perf_counter() - began_s)
    return result


def _outcome(error: BaseException) -> str:
    if isinstance(error, CONFLICTS):
        return "conflict"
    return "canceled" if isinstance(error, ENDED) else "failed"


class CountingClient(Client):
    """Tortoise's way to PostgreSQL, by connections that count."""

    connection_class = CountingConnection  # type: ignore[assignment]  # asyncpg's is generic

    async def create_pool(self, **options: Any) -> asyncpg.Pool:
        """Tortoise's, which is known from then on."""
        _CLIENTS.add(self)
        return await super().create_pool(**options)


client_class = CountingClient
"""By this name Tortoise finds it."""

_CLIENTS: WeakSet[CountingClient] = WeakSet()
_ANSWERED = STATEMENTS.of("ok")


def waiting() -> int:
    """How many wait for a connection now."""
    return sum(map(_waiting_for, _pools()))


def _pools() -> list[asyncpg.Pool]:
    return [client._pool for client in _CLIENTS if client._pool is not None]


def _waiting_for(pool: Any) -> int:
    # asyncpg doesn't tell; these are the futures that it sets once a connection is free.
    return 0 if pool._queue is None else sum(not one.done() for one in pool._queue._getters)


class Pools(Collector):
    """How full the pool is when it is looked at."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """As Prometheus reads it."""
        pools = _pools()
        idle = sum(pool.get_idle_size() for pool in pools)
        connections = GaugeMetricFamily(
            "billgraph_pool_connections",
            "Connections to PostgreSQL that are open, by state (busy, idle).",
            labels=("state",),
        )
        connections.add_metric(("idle",), idle)
        connections.add_metric(("busy",), sum(pool.get_size() for pool in pools) - idle)
        yield connections
        yield GaugeMetricFamily(
            "billgraph_pool_connections_limit",
            "Connections that may be open at once: DATABASE_POOL_SIZE, for each process.",
            sum(pool.get_max_size() for pool in pools),
        )
        yield GaugeMetricFamily(
            "billgraph_pool_waiting",
            "Who waits for a connection now, because all are busy.",
            waiting(),
        )
