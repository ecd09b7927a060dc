"""Invoices: the types that clients read, the inputs they write, and how lists of them are filtered."""
