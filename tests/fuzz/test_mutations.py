"""Every mutation with inputs of any shape: refused or done, never failed, and the answer is what the schema says."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.acts import inputs, things
from tests.fuzz.conformance import faults, selection
from tests.fuzz.inputs import Inputs, Named, Path
from tests.fuzz.published import root
from tests.fuzz.sizes import TIME_LIMIT_S, examples
from tests.fuzz.writing import as_json
from tests.site import USER_ERRORS, Client, Site

MUTATIONS = root("Mutation").fields
# A test clock cannot go back, and a live workspace has none.
TRIED = sorted(MUTATIONS.keys() - {"testClockSet"})
# Acts use things up: subscriptions end, and drafts are deleted.
LASTS_FOR = 150


@dataclass
class Playground:
    """A workspace with things in any state, made anew now and then; what became of each mutation."""

    site: Site
    wanted: Mapping[str, st.SearchStrategy[Any]]
    client: Client
    ids: Mapping[str, list[str]] = field(default_factory=dict)
    asked: int = 0
    done: Counter[str] = field(default_factory=Counter)

    async def ready(self) -> None:
        """Makes new things, where those that there were have been used up."""
        if self.asked % LASTS_FOR == 0:
            mode = "TEST" if self.asked % (2 * LASTS_FOR) else "LIVE"
            self.client = await self.site.someone(mode, smallBalanceLimit=10_000)
            self.ids = await _ids(self.client)
        self.asked += 1

    async def answer(self, mutation: str, given: Any) -> tuple[str, Any]:
        """The document that was sent, and the answer."""
        document = (
            f"mutation($input: {_input_of(mutation)}) {{ {mutation}(input: $input) "
            f"{{ {selection(MUTATIONS[mutation].type, 3)} {USER_ERRORS} }} }}"
        )
        variables = as_json({"input": self._resolved(given)})
        body = f'{{"query": {as_json(document)}, "variables": {variables}}}'
        response = await self.client.post(body.encode())
        assert response.status_code == 200
        return document, response.json()

    def _resolved(self, given: Any) -> Any:
        """The input with the ids of things for their names."""
        if isinstance(given, Named):
            ids = self.ids[given.prefix]
            return ids[given.place % len(ids)]
        if isinstance(given, dict):
            return {name: self._resolved(one) for name, one in given.items()}
        return [self._resolved(one) for one in given] if isinstance(given, list) else given


async def _ids(client: Client) -> dict[str, list[str]]:
    """Ids of things as they are made and as they go on, by their prefixes."""
    made = [await things(client) for _ in range(4)]
    for own in made[2:]:
        await client.do("invoiceFinalize", id=own.draft)
    await client.do("invoiceMarkUncollectible", id=made[3].draft)
    found: dict[str, list[str]] = defaultdict(list)
    for own in made:
        for name, one in vars(own).items():
            # The client's own key would be no more.
            if name != "key":
                found[one.partition("_")[0]].append(one)
    return found


def _input_of(mutation: str) -> Any:
    [argument] = MUTATIONS[mutation].args.values()
    return argument.type


def _known(given: list[Any]) -> dict[Path, list[Any]]:
    """Sensible values by their paths."""
    found: dict[Path, list[Any]] = defaultdict(list)
    for one in given:
        for path, value in _leaves(one):
            found[path].append(value)
    return found


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _leaves(one, (*path, name))
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one, path)
    else:
        yield path, value


@pytest.fixture(scope="module")
async def playground(site: Site) -> AsyncIterator[Playground]:
    """A place to try mutations out; many of them are done there, else nothing but refusals would be tried."""
    client = await site.someone()
    own = await things(client)
    sensible = await inputs(client, own)
    prefixes = sorted({one.partition("_")[0] for one in vars(own).values()} - {"key"})
    wanted = {
        mutation: Inputs(prefixes, _known(sensible[mutation])).of(_input_of(mutation))
        for mutation in TRIED
    }
    made = Playground(site, wanted, client)
    yield made
    assert made.done.total() > made.asked / 20


@pytest.mark.timeout(TIME_LIMIT_S)
@examples(200)
@given(st.data())
async def test_a_mutation_is_done_or_refused_whatever_it_is_given(
    playground: Playground, drawn: st.DataObject
) -> None:
    await playground.ready()
    mutation = drawn.draw(st.sampled_from(TRIED))
    given_one = drawn.draw(playground.wanted[mutation])

    document, answer = await playground.answer(mutation, given_one)

    codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
    assert codes <= {"BAD_USER_INPUT"}
    if not codes:
        assert faults(document, answer["data"]) == []
        playground.done[mutation] += not answer["data"][mutation]["userErrors"]
