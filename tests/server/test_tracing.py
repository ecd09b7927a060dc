"""Traces: one for an operation and all that follows from it, without a word of what clients send."""

import asyncio
import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import httpx2
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from server.settings import CHECKOUT
from tests.postgres import Cluster
from tests.receiver import Receiver, receiving
from tests.server.running import serving_meanwhile
from tests.server.test_log_lines import key_of
from tests.site import Client

PATIENCE_S = 60
SECRET = "s3cr3tOfTraces"
TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACES = "/v1/traces"
DOCUMENT = (
    "mutation Welcome($input: CustomerCreateInput!) "
    "{ customerCreate(input: $input) { customer { id name } userErrors { code } } }"
)


class Seen:
    """The spans of one trace that a collector has been sent, by their names."""

    def __init__(self, collector: Receiver, trace: str) -> None:
        sent = [ExportTraceServiceRequest.FromString(one.body) for one in collector.at(TRACES)]
        self.spans = [
            span
            for one in sent
            for resource in one.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
            if span.trace_id.hex() == trace
        ]
        self.by_name = {span.name: span for span in self.spans}

    def facts(self, name: str) -> dict[str, str]:
        """The attributes of a span that are text."""
        return {fact.key: fact.value.string_value for fact in self.by_name[name].attributes}

    def is_within(self, inner: Span, outer: Span) -> bool:
        """Whether a span is a part of another, however deep."""
        by_id = {span.span_id: span for span in self.spans}
        while inner.span_id != outer.span_id:
            if inner.parent_span_id not in by_id:
                return False
            inner = by_id[inner.parent_span_id]
        return True


@pytest.mark.timeout(240)
async def test_an_operation_its_sql_its_job_and_its_webhook_are_one_trace(
    postgres: Cluster, tmp_path: Path
) -> None:
    async with (
        postgres.migrated() as dsn,
        receiving() as there,
        serving_meanwhile(tmp_path, **settings(dsn, there.address)) as server,
    ):
        key = await key_of(dsn, tmp_path)
        await welcome(f"{server.url}/graphql", key, there)
        [hook] = await there.until("/hook")
        seen = await until_seen(there, "GraphQL mutation", "job webhook.deliver", "webhook")

    operation, job = seen.by_name["GraphQL mutation"], seen.by_name["job webhook.deliver"]
    names = {span.name for span in seen.spans}
    assert operation.parent_span_id.hex() == CALLER
    assert operation.kind == Span.SPAN_KIND_SERVER
    assert {"prepare", "parse", "validate", "PostgreSQL BEGIN", "PostgreSQL COMMIT"} <= names
    for name in ("parse", "plan", "PostgreSQL BEGIN", "job webhook.deliver", "webhook"):
        assert seen.is_within(seen.by_name[name], operation), name
    assert seen.is_within(seen.by_name["webhook"], job)
    assert hook.headers["traceparent"].split("-")[1:3] == [
        TRACE,
        seen.by_name["webhook"].span_id.hex(),
    ]
    facts = seen.facts("GraphQL mutation")
    assert facts["graphql.document.hash"] == sha256(DOCUMENT.encode()).hexdigest()
    assert facts["graphql.operation.name"] == "Welcome"
    assert facts["billgraph.outcome"] == "ok"
    sent = b"".join(one.body for one in there.at(TRACES))
    assert b"service.name" in sent
    assert b"customerCreate" not in sent
    for secret in (SECRET, key, "/hook"):
        assert secret.encode() not in sent
    traced = [json.loads(line) for line in server.said().splitlines()]
    assert TRACE in {line.get("trace_id") for line in traced}


def settings(dsn: str, collector: str) -> dict[str, str]:
    return {
        "DATABASE_URL": dsn,
        "SECRET_KEY": SECRET * 4,
        "WEBHOOK_ALLOW": "127.0.0.0/8",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector,
        "OTEL_BSP_SCHEDULE_DELAY": "200",
    }


async def welcome(url: str, key: str, there: Receiver) -> None:
    """A new customer, of which a webhook tells; asked for within a trace of the client's."""
    async with httpx2.AsyncClient(timeout=60) as http:
        client = Client(http, url, key)
        await client.do("webhookEndpointCreate", "secret", url=there.url("/hook"))
        answer = await client.post(
            {"query": DOCUMENT, "variables": {"input": {"name": SECRET}}},
            traceparent=f"00-{TRACE}-{CALLER}-01",
        )
        assert answer.json()["data"]["customerCreate"]["userErrors"] == []


async def until_seen(collector: Receiver, *names: str) -> Seen:
    """What the collector was sent, once these spans are among it: they are sent when they end."""
    async with asyncio.timeout(PATIENCE_S):
        seen = Seen(collector, TRACE)
        while not seen.by_name.keys() >= set(names):
            await asyncio.sleep(0.05)
            seen = Seen(collector, TRACE)
    return seen


def test_without_an_endpoint_nothing_of_opentelemetry_is_loaded(tmp_path: Path) -> None:
    code = (
        "import sys; from pydantic import SecretStr; from server.settings import Settings; "
        "from server import cli, worker; from server.app import create_app; "
        "create_app(Settings(secret_key=SecretStr('k' * 32))); "
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=CHECKOUT,
        env={**environment, "DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "[]\n"
