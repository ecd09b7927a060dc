"""Thousands of hostile documents: each gets a clean answer, others are served between them, memory stays."""

import gc
import resource
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random, SystemRandom

import pytest

from tests.fuzz.documents import KINDS, variables
from tests.fuzz.sizes import ASKED, TIME_LIMIT_S, times
from tests.fuzz.writing import as_json
from tests.site import Client

CODES = {
    *("GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT", "UNAUTHENTICATED"),
    "OPERATION_RESOLUTION_FAILURE",
}
ANSWER_BYTES_AT_MOST = 4 * 1024 * 1024
GROWTH_BYTES_AT_MOST = 256 * 1024 * 1024
CANARY_EVERY = 50
WARM_UP = 100


def memory_bytes() -> int:
    """What this process, the server in it, holds of the machine's memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


@pytest.mark.timeout(TIME_LIMIT_S)
async def test_hostile_documents_are_answered_and_leave_no_trace(
    client: Client, record_property: Callable[[str, object], None]
) -> None:
    seed = SystemRandom().getrandbits(32) if ASKED else 6
    random, count = Random(seed), times(2_000)
    outcomes: Counter[str] = Counter()
    canaries = began_bytes = 0
    for place in range(count):
        kind = random.choice(list(KINDS))
        text, given = KINDS[kind](random), variables(random)
        where = f"document {place} of seed {seed}: {kind}"

        answer = await client.post(f'{{"query": {as_json(text)}, "variables": {as_json(given)}}}')

        outcomes[outcome(answer.status_code, answer.content, where)] += 1
        said = answer.json()
        codes = {error["extensions"]["code"] for error in said.get("errors", ())}
        assert codes <= CODES, where
        assert ("data" in said) or codes, where
        if place % CANARY_EVERY == 0:
            assert await client.ask("{ viewer { mode } }") == {"viewer": {"mode": "LIVE"}}
            canaries += 1
        if place == min(WARM_UP, count - 1):
            gc.collect()
            began_bytes = memory_bytes()
    gc.collect()
    grown_bytes = memory_bytes() - began_bytes

    assert grown_bytes < GROWTH_BYTES_AT_MOST
    record_property(
        "hostile documents",
        f"{count} answered ({dict(outcomes)}), {canaries} others served between them, "
        f"memory {grown_bytes / 2**20:+.0f} MiB",
    )


def outcome(status: int, body: bytes, where: str) -> str:
    """What became of one: answered, refused by the document's rules, or as a request."""
    assert status in (200, 400, 413), where
    assert len(body) < ANSWER_BYTES_AT_MOST, where
    if status != 200:
        return "no request"
    return "refused" if body.startswith(b'{"errors"') else "answered"
