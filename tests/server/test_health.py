"""Liveness asks nothing of the database, readiness does."""

import asyncpg
import httpx2
from starlette.applications import Starlette

from server import database as server_database
from server import health


def client() -> httpx2.AsyncClient:
    app = Starlette(routes=health.routes())
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test")


async def test_with_the_database_up_to_date_it_is_ready(database: str) -> None:
    answer = await client().get("/readyz")

    assert (answer.status_code, answer.json()) == (200, {"ready": True, "problems": []})
    assert (await client().get("/healthz")).status_code == 200


async def test_a_missing_migration_makes_it_unready(database: str) -> None:
    connection = await asyncpg.connect(database)
    taken = await connection.fetchrow(
        "DELETE FROM tortoise_migrations WHERE id = (SELECT max(id) FROM tortoise_migrations)"
        " RETURNING id, app, name, applied_at"
    )
    assert taken is not None
    try:
        answer = await client().get("/readyz")
    finally:
        await connection.execute("INSERT INTO tortoise_migrations VALUES ($1, $2, $3, $4)", *taken)
        await connection.close()

    assert answer.status_code == 503
    assert answer.json()["problems"] == [f"the database lacks migration {taken['name']}"]


async def test_a_server_of_the_release_before_works_on_beside_the_next(database: str) -> None:
    connection = await asyncpg.connect(database)
    await connection.execute(
        "INSERT INTO tortoise_migrations (app, name, applied_at) "
        "VALUES ('billgraph', '9999_next', now())"
    )
    try:
        answer = await client().get("/readyz")
    finally:
        await connection.execute("DELETE FROM tortoise_migrations WHERE name = '9999_next'")
        await connection.close()

    assert answer.json() == {"ready": True, "problems": []}


async def test_without_a_database_it_is_alive_but_unready(database: str) -> None:
    await server_database.close()
    await server_database.connect("postgresql://nobody@127.0.0.1:1/none", verify=False)
    try:
        ready, alive = await client().get("/readyz"), await client().get("/healthz")
    finally:
        await server_database.close()
        await server_database.connect(database)

    assert ready.json() == {"ready": False, "problems": ["the database is out of reach"]}
    assert (ready.status_code, alive.status_code) == (503, 200)
