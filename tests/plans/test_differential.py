"""The plans' answers against the reference's, over random operations on random rows."""

import os
from dataclasses import replace
from random import Random
from typing import Any

import orjson
import pytest

from resolvers.callers import Caller
from tests.plans.asking import Asked
from tests.plans.cursors import alike
from tests.plans.random_operations import RandomOperation, RandomOperations
from tests.plans.reference import Reference
from tests.plans.shrinking import shrunk
from tests.plans.walls import unwalled
from tests.plans.world import World

SEED = os.environ.get("DIFFERENTIAL_SEED", "1")
OPERATIONS = int(os.environ.get("DIFFERENTIAL_OPERATIONS", "2400"))
PARTS = 8
"""The operations are spread over so many tests: they stay below a test's time limit."""


@pytest.fixture(scope="session")
def reference(world: World) -> Reference:
    """What should be answered about the world."""
    return Reference(world)


@pytest.mark.parametrize("part", range(PARTS))
async def test_plans_answer_random_operations_as_a_plain_execution_does(
    part: int, world: World, reference: Reference
) -> None:
    for number in range(part, OPERATIONS, PARTS):
        random = Random(f"{SEED}-{number}")
        caller = _caller(random, world)
        operation = RandomOperations(random, reference.schema, world, caller).operation()
        await _Comparison(reference, caller, random, f"{SEED}-{number}").of(operation)


async def test_random_operations_are_valid(world: World, reference: Reference) -> None:
    for number in range(0, OPERATIONS, 20):
        random = Random(f"{SEED}-{number}")
        caller = _caller(random, world)
        Asked(RandomOperations(random, reference.schema, world, caller).operation().text)


def _caller(random: Random, world: World) -> Caller:
    caller = random.choices(world.callers, (8, 3, 3, 1))[0]
    customers = world.own("customers", caller)
    if customers and random.random() < 0.3:
        return replace(caller, customer_id=random.choice(customers)["id"])
    return caller


class _Comparison:
    """One operation, run with several sets of variables; its statements are compiled for the first."""

    def __init__(self, reference: Reference, caller: Caller, random: Random, seed: str) -> None:
        self.reference, self.caller, self.random, self.seed = reference, caller, random, seed

    async def of(self, operation: RandomOperation) -> None:
        # Validating takes longer than all the rest, and has a test of its own.
        asked = Asked(operation.text, known_valid=True)
        variables = operation.rolled()
        for _ in range(3):
            found = await self._compare(asked, operation, variables)
            cursors = self._cursors(operation, found)
            if not cursors:
                break
            variables = {**variables, **cursors}
        if operation.variables:
            await self._compare(asked, operation, operation.rolled())
        for statement in asked.statements(operation.name):
            assert not unwalled(statement), f"seed {self.seed}: {operation.text}"

    async def _compare(
        self, asked: Asked, operation: RandomOperation, variables: dict[str, Any]
    ) -> Any:
        answer = await asked.answer(self.caller, variables, operation.name)
        expected = self._expected(asked, operation.name, variables)
        if answer.errors or not alike(answer.data, expected):
            await self._fail(operation, variables)
        return answer.data

    def _expected(self, asked: Asked, name: str, variables: dict[str, Any]) -> Any:
        return self.reference.answer(asked.document, self.caller, variables, name)

    def _cursors(self, operation: RandomOperation, found: Any) -> dict[str, str]:
        """Cursors for the variables that take one, each of the list that its variable stands at."""
        made = {}
        for name in operation.cursors:
            edges = list(under(f"at_{name}", found))
            if edges:
                made[name] = self.random.choice(edges)["cursor"]
        return made

    async def _fail(self, operation: RandomOperation, variables: dict[str, Any]) -> None:
        async def differs(text: str) -> bool:
            asked = Asked(text)
            answer = await asked.answer(self.caller, variables, operation.name)
            expected = self._expected(asked, operation.name, variables)
            return bool(answer.errors) or not alike(answer.data, expected)

        text = await shrunk(operation.text, operation.name, differs)
        asked = Asked(text)
        answer = await asked.answer(self.caller, variables, operation.name)
        pytest.fail(
            f"seed {self.seed}, as {self.caller.workspace_id}:\n{text}\n"
            f"variables {orjson.dumps(variables).decode()}\nerrors {answer.errors}\n"
            f"answered {answer.data}\nexpected {self._expected(asked, operation.name, variables)}",
            pytrace=False,
        )


def under(key: str, value: Any) -> Any:
    """The items of every list that stands under a key, however deep."""
    if isinstance(value, list):
        for item in value:
            yield from under(key, item)
    elif isinstance(value, dict):
        yield from value.get(key) or ()
        for part in value.values():
            yield from under(key, part)
