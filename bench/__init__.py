"""Benchmarks: Billgraph beside a hand-written limit and beside what else could serve the same data."""
