"""Roles: whom the application is in the database, and what it may only add to."""

APPLICATION = "billgraph_application"
APPEND_ONLY = ("ledger_transfers", "events")
