"""What is right is kept as it is: a value of each scalar, stored by an act and read back, comes out the same."""

import string
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from domain.currencies import CURRENCIES
from resolvers.contacts import COUNTRIES
from tests.fuzz.places import scalars
from tests.fuzz.published import root
from tests.fuzz.sizes import examples
from tests.fuzz.spellings import ODD_TEXTS, TAKEN
from tests.fuzz.writing import Bare, as_json, as_literal
from tests.journeys.making import customer, line
from tests.site import Client

Given = Callable[[Any, str], dict[str, Any]]


class Home(NamedTuple):
    """A field that keeps a value: by which mutation, among what else, and under which names it is read."""

    mutation: str
    values: SearchStrategy[Any]
    given: Given
    read: tuple[str, ...]
    meant: Callable[[Any], Any] = lambda value: value
    """What a spelling stands for; the answer's stands for the same."""


def _workspace(name: str) -> Given:
    return lambda value, _: {name: value}


def _customer(name: str) -> Given:
    return lambda value, _: {"name": "Ann", name: value}


def _rate(name: str) -> Given:
    return lambda value, _: {"base": "EUR", "quote": "USD", "rate": "1", name: value}


def _draft(value: Any, customer_id: str) -> dict[str, Any]:
    return {"invoice": {"customerId": customer_id, "dueDate": value, "lines": [line()]}}


def _moment(text: str) -> datetime:
    """An instant, or the last one of a day."""
    if len(text) == len("2026-01-01"):
        following = date.fromisoformat(text) + timedelta(days=1)
        return datetime(following.year, following.month, following.day, tzinfo=UTC) - timedelta(
            microseconds=1
        )
    return datetime.fromisoformat(text.upper()).astimezone(UTC)


def _texts(at_most: int) -> SearchStrategy[str]:
    storable = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    odd = [text for text in ODD_TEXTS if text.strip() and "\0" not in text and len(text) <= at_most]
    return (st.sampled_from(odd) | st.text(storable, min_size=1, max_size=at_most)).filter(
        str.strip
    )


def _numbers() -> SearchStrategy[Any]:
    texts = st.decimals(Decimal("0.000000000001"), 10**12, places=12).map("{:f}".format)
    return texts | texts.map(Bare)


PATHS = st.text(string.ascii_letters + string.digits + "-._~/?=&%:@!$'()*+,;", max_size=200)
HOMES: Mapping[str, Home] = {
    "Decimal": Home("fxRateSet", _numbers(), _rate("rate"), ("fxRate", "rate"), Decimal),
    "MinorUnits": Home(
        "workspaceUpdate",
        st.integers(0, 10**14),
        _workspace("smallBalanceLimit"),
        ("workspace", "smallBalanceLimit"),
    ),
    "Date": Home(
        "taxRateSet",
        TAKEN["Date"],
        lambda value, _: {"name": "VAT", "country": "DE", "percent": "19", "validFrom": value},
        ("taxRate", "validFrom"),
    ),
    "DateTime": Home(
        "fxRateSet",
        TAKEN["DateTime"].filter(lambda text: "1000" < text[:4] < "2026"),
        _rate("asOf"),
        ("fxRate", "asOf"),
        _moment,
    ),
    "DueDate": Home(
        "invoiceDraft",
        TAKEN["DueDate"].filter(lambda text: "2100" < text[:4] < "9900"),
        _draft,
        ("invoice", "dueAt"),
        _moment,
    ),
    "CurrencyCode": Home(
        "customerCreate",
        TAKEN["CurrencyCode"].filter(
            lambda code: CURRENCIES[code.upper()].withdrawn_on is None  # else it is no money today
        ),
        _customer("currency"),
        ("customer", "currency"),
        str.upper,
    ),
    "CountryCode": Home(
        "customerCreate",
        st.sampled_from(sorted(COUNTRIES)),
        lambda value, _: {"name": "Ann", "address": _address(value)},
        ("customer", "address", "country"),
    ),
    "TimeZone": Home(
        "customerCreate", TAKEN["TimeZone"], _customer("timeZone"), ("customer", "timeZone")
    ),
    "URL": Home(
        "webhookEndpointCreate",
        PATHS.map("http://127.0.0.1:49151/{}".format),
        lambda value, _: {"url": value},
        ("webhookEndpoint", "url"),
    ),
    "Metadata": Home(
        "customerCreate",
        st.dictionaries(_texts(40), _texts(500) | st.just(""), max_size=5),
        _customer("metadata"),
        ("customer", "metadata"),
    ),
    "ID": Home(
        "matterCreate",
        st.just(""),
        lambda _, customer_id: {"customerId": customer_id, "name": "Will"},
        ("matter", "customer", "__typename"),
        lambda _: "Customer",
    ),
    "String": Home(
        "customerCreate", _texts(255), _customer("name"), ("customer", "name"), str.strip
    ),
    "Int": Home(
        "workspaceUpdate",
        st.integers(0, 3650),
        _workspace("paymentTermsDays"),
        ("workspace", "paymentTermsDays"),
    ),
    "Boolean": Home(
        "workspaceUpdate",
        st.booleans(),
        _workspace("strictChronology"),
        ("workspace", "strictChronology"),
    ),
}


def _address(country: str) -> dict[str, str]:
    return {"line1": "1 High Street", "city": "York", "country": country}


def test_every_scalar_that_can_be_given_has_a_home() -> None:
    assert set(HOMES) == scalars() - {"JSON"}


@pytest.fixture(scope="module")
async def keeper(site: Any) -> tuple[Client, str]:
    """Someone, and a customer of theirs."""
    client = await site.someone()
    return client, await customer(client)


@examples(120)
@given(st.data())
async def test_a_value_comes_out_as_it_went_in(
    keeper: tuple[Client, str], drawn: st.DataObject
) -> None:
    client, customer_id = keeper
    home = HOMES[drawn.draw(st.sampled_from(sorted(HOMES)))]
    value = drawn.draw(home.values)
    given_one = home.given(value, customer_id)
    by_literal = drawn.draw(st.booleans())

    answer = await client.post(_written(home, given_one, by_literal=by_literal))

    payload = answer.json()["data"][home.mutation]
    assert payload["userErrors"] == []
    assert home.meant(_at(payload, home.read)) == home.meant(value)
    if home.mutation == "webhookEndpointCreate":
        await client.do("webhookEndpointDelete", id=payload["webhookEndpoint"]["id"])


def _written(home: Home, given_one: dict[str, Any], *, by_literal: bool) -> bytes:
    try:
        literal = as_literal(given_one) if by_literal else "$input"
    except ValueError:
        literal = "$input"
    declared = root("Mutation").fields[home.mutation].args["input"].type
    head = f"mutation($input: {declared})" if literal == "$input" else "mutation"
    noun, *below = home.read
    selected = " { ".join(below) + " }" * len(below[1:])
    ids = "id " if noun == "webhookEndpoint" else ""
    document = (
        f"{head} {{ {home.mutation}(input: {literal}) "
        f"{{ {noun} {{ {ids}{selected} }} userErrors {{ code field }} }} }}"
    )
    variables = {"input": given_one} if literal == "$input" else {}
    return f'{{"query": {as_json(document)}, "variables": {as_json(variables)}}}'.encode()


def _at(found: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        found = found[step]
    return found
