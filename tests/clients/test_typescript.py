"""Types from graphql-codegen, checked by tsc in a client that urql runs."""

import json
import re
from collections.abc import Callable

from tests.clients.rooms import Room
from tests.site import Client

ISSUED = [f"INV-000{hours}" for hours in range(1, 6)]


async def test_a_typed_client_runs_its_day(room: Callable[[str], Room], client: Client) -> None:
    typescript = room("typescript")
    await typescript.do("graphql-codegen", "--config", "codegen.ts")
    await typescript.do("tsc", "--project", ".")

    journey = typescript.folder / "build" / "journey.js"
    saw = json.loads(await typescript.do(journey, client.url, str(client.key)))

    assert saw == {
        "totals": [
            f"{number} {total} USD"
            for number, total in zip(
                ISSUED, ("119.94", "239.88", "359.82", "479.76", "599.70"), strict=True
            )
        ],
        "replayed": "INV-0001",
        "metadata": "1",
        "refused": [{"code": "OUT_OF_RANGE", "field": ["invoice", "lines", "0", "quantity"]}],
        "payable": True,
        "listed": {"pages": [ISSUED[:2], ISSUED[2:4], ISSUED[4:]], "total": 5},
        "voided": {
            "__typename": "Invoice",
            "status": "VOID",
            "amountDue": {"__typename": "Money", "minor": 0},
            "availableActions": [],
        },
        "voidedTwice": [
            {
                "code": "INVALID_TRANSITION",
                "meta": {"from": "VOID", "action": "VOID", "allowed": []},
            }
        ],
    }


async def test_a_scalar_that_no_client_knows_is_noticed(room: Callable[[str], Room]) -> None:
    typescript = room("typescript")
    config = typescript.folder / "codegen.ts"
    config.write_text(re.sub(r" +MinorUnits: .*\n", "", config.read_text()))

    done = await typescript.run("graphql-codegen", "--config", "codegen.ts")

    assert not done.is_content
    assert "Unknown scalar type MinorUnits" in done.output + done.complaints
