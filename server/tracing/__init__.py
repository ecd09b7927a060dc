"""Traces for OpenTelemetry, where an endpoint of OTLP is set: what an operation did, and what followed from it."""
