"""Constraints in SQL: how keys, foreign keys and checks are said, for the migrations."""


def primary_key(table: str) -> str:
    """The key of every tenant table: (workspace_id, id)."""
    return f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey, ADD PRIMARY KEY (workspace_id, id)"


def one_of(table: str, column: str, values: str) -> str:
    """A check that a text column holds one of these values."""
    listed = ", ".join(f"'{value}'" for value in values.split())
    return (
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_known CHECK ({column} IN ({listed}))"
    )


def check(table: str, name: str, condition: str) -> str:
    """A named check."""
    return f"ALTER TABLE {table} ADD CONSTRAINT {table}_{name} CHECK ({condition})"


def unique(table: str, name: str, columns: str) -> str:
    """A named unique key; it holds workspace_id."""
    return f"ALTER TABLE {table} ADD CONSTRAINT {table}_{name} UNIQUE (workspace_id, {columns})"


def points(table: str, name: str, columns: str, to: str, target: str, how: str = "") -> str:
    """A foreign key within one workspace."""
    return (
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_{name} "
        f"FOREIGN KEY (workspace_id, {columns}) REFERENCES {to} (workspace_id, {target}) {how}"
    ).strip()


def computed(table: str, column: str, kind: str, expression: str) -> str:
    """A column that the database reckons itself, for a key to hang on."""
    return (
        f"ALTER TABLE {table} ADD COLUMN {column} {kind} GENERATED ALWAYS AS ({expression}) STORED"
    )


AT_COMMIT = "DEFERRABLE INITIALLY DEFERRED"
