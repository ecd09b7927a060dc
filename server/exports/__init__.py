"""Exports: invoices, lines, payments and the ledger as CSV, written while they are fetched."""
