"""The migrations, in order: Tortoise's own for tables, SQL for what Tortoise cannot say."""
