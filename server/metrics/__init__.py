"""Metrics: what this process counts of its own work, and the page where Prometheus reads it."""
