"""The application's role: it may read and write every table, and of what is append-only add alone."""

from tortoise import migrations
from tortoise.migrations import operations as ops

from models.roles import APPEND_ONLY, APPLICATION

# Roles belong to the whole server: another database of it may have made this one, or be about to.
MADE = f"""
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APPLICATION}') THEN
        BEGIN
            CREATE ROLE {APPLICATION} NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END IF;
    BEGIN
        SET LOCAL ROLE {APPLICATION};
        SET LOCAL ROLE NONE;
    EXCEPTION WHEN insufficient_privilege THEN
        EXECUTE format('GRANT {APPLICATION} TO %I', CURRENT_USER);
    END;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'Billgraph needs the role {APPLICATION}: have an administrator run '
        'CREATE ROLE {APPLICATION} NOLOGIN; GRANT {APPLICATION} TO %; and migrate again',
        quote_ident(CURRENT_USER);
END $$
"""

STATEMENTS = [
    MADE,
    f"GRANT USAGE ON SCHEMA public TO {APPLICATION}",
    f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {APPLICATION}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public "
    f"GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APPLICATION}",
    f"REVOKE UPDATE, DELETE ON {', '.join(APPEND_ONLY)} FROM {APPLICATION}",
    f"REVOKE INSERT, UPDATE, DELETE ON tortoise_migrations FROM {APPLICATION}",
]


class Migration(migrations.Migration):
    """Statement by statement, as a sharded PostgreSQL asks; Tortoise reckons its state once for all."""

    dependencies = [("billgraph", "0004_time")]
    operations = [ops.RunSQL(STATEMENTS)]
