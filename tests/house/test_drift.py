"""What is written down twice agrees: tables and migrations, schema and its SDL."""

from pathlib import Path

from tortoise.context import TortoiseContext
from tortoise.migrations.autodetector import MigrationAutodetector

from models.connections import rows
from models.migrate import APPS
from schema.schema import schema
from server.database import config

CHECKOUT = Path(__file__).resolve().parents[2]


async def test_the_migrations_make_what_the_models_say() -> None:
    """Else: .venv/bin/tortoise makemigrations."""
    context = TortoiseContext()
    await context.init(config("postgresql:///none"), init_connections=False)
    assert context.apps is not None

    drift = await MigrationAutodetector(context.apps, APPS).changes()

    assert [operation for writer in drift for operation in writer.operations] == []


async def test_the_live_tables_have_the_columns_of_the_models(database: str) -> None:
    """What a migration says and what its SQL did may differ, so the catalogue counts."""
    context = TortoiseContext()
    await context.init(config("postgresql:///none"), init_connections=False)
    assert context.apps is not None
    found = await rows(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name <> 'tortoise_migrations'"
    )
    live = {(row["table_name"], row["column_name"]) for row in found}
    said = {
        (model._meta.db_table, column)
        for app in context.apps.values()
        for model in app.values()
        for column in model._meta.fields_db_projection.values()
    }

    assert said - live == set()


def test_the_committed_sdl_is_what_the_code_says() -> None:
    """Else: make schema."""
    committed = (CHECKOUT / "schema" / "schema.graphql").read_text()

    assert committed == schema.as_str() + "\n"
