"""The contract's scalars: what each takes, strictly, and the one form it is written in."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NewType
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import strawberry
from graphql import GraphQLError, ValueNode
from graphql.language import FloatValueNode, IntValueNode, StringValueNode
from graphql.utilities import value_from_ast_untyped
from strawberry.types.scalar import ScalarDefinition

from domain.currencies import CURRENCIES
from domain.money import MAX_MINOR

MinorUnits = NewType("MinorUnits", int)
CurrencyCode = NewType("CurrencyCode", str)
CountryCode = NewType("CountryCode", str)
TimeZone = NewType("TimeZone", str)
URL = NewType("URL", str)
Metadata = NewType("Metadata", dict[str, str])
JSON = NewType("JSON", object)
DueDate = NewType("DueDate", object)

DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", re.ASCII)
DECIMAL_LENGTH = 40
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)
COUNTRY = re.compile(r"[A-Za-z]{2}", re.ASCII)
TIME_ZONES = frozenset(available_timezones())


def refused(message: str) -> GraphQLError:
    """A value that a scalar doesn't take; the client sees the message."""
    return GraphQLError(message)


def parse_decimal(value: object) -> Decimal:
    """A plain decimal: a string, a JSON number, or a number in the document; never by way of a float."""
    if isinstance(value, Decimal):
        value = format(value, "f") if value.is_finite() else str(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or len(value) > DECIMAL_LENGTH or not DECIMAL.fullmatch(value):
        raise refused('A Decimal is plain digits, such as "12.5": no exponent, no separators.')
    return Decimal(value)


def parse_minor_units(value: object) -> int:
    """An integer of at most 10^14 either way."""
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MAX_MINOR:
        raise refused("MinorUnits is a whole number of minor units (1250 for 12.50), up to 10^14.")
    return value


def parse_date(value: object) -> date:
    """Exactly YYYY-MM-DD, of a day that exists."""
    if isinstance(value, str) and DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise refused("A Date is a calendar day written YYYY-MM-DD, such as 2026-06-09.")


def parse_instant(value: object) -> datetime:
    """An RFC 3339 instant with its offset, in UTC."""
    if isinstance(value, str) and INSTANT.fullmatch(value):
        try:
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise refused(
        "A DateTime is an RFC 3339 instant with its offset, such as 2026-06-09T17:04:21Z."
    )


def parse_due_date(value: object) -> date | datetime:
    """A day, of which the whole counts, or an instant."""
    if isinstance(value, str) and DATE.fullmatch(value):
        return parse_date(value)
    return parse_instant(value)


def parse_currency(value: object) -> str:
    """An ISO 4217 code in either case; upper case from here on."""
    code = value.upper() if isinstance(value, str) and value.isascii() else ""
    if code not in CURRENCIES:
        raise refused("A CurrencyCode is an ISO 4217 code, such as USD, EUR or JPY.")
    return code


def parse_country(value: object) -> str:
    """Two letters; upper case from here on."""
    if not isinstance(value, str) or not COUNTRY.fullmatch(value):
        raise refused("A CountryCode is an ISO 3166-1 alpha-2 code, such as US or DE.")
    return value.upper()


def parse_time_zone(value: object) -> str:
    """A name in the IANA database."""
    if not isinstance(value, str) or value not in TIME_ZONES:
        raise refused("A TimeZone is an IANA name, such as Europe/Berlin.")
    return value


def parse_url(value: object) -> str:
    """An absolute http or https address."""
    if isinstance(value, str) and len(value) <= 2000 and value.isprintable():
        try:
            parts = urlsplit(value)
        except ValueError:
            parts = urlsplit("")
        if parts.scheme in ("http", "https") and parts.hostname:
            return value
    raise refused("A URL is absolute, such as https://example.com/hooks.")


def parse_metadata(value: object) -> dict[str, str]:
    """A flat object of strings; how many and how long is for the rules to say."""
    if isinstance(value, Mapping) and all(isinstance(part, str) for part in value.values()):
        return dict(value)
    raise refused('Metadata is a flat JSON object of strings, such as {"order": "A-17"}.')


def exact_literal(parse: Callable[[object], Any]) -> Callable[..., Any]:
    """Reads a number in the document by its digits."""

    def parse_literal(node: ValueNode, variables: dict[str, Any] | None = None) -> Any:
        try:
            return parse(_spelled(node, variables))
        except GraphQLError as error:
            # With the node it says where in the document that is.
            raise GraphQLError(error.message, node) from None

    return parse_literal


def _spelled(node: ValueNode, variables: dict[str, Any] | None) -> object:
    if isinstance(node, FloatValueNode | StringValueNode):
        return node.value
    if isinstance(node, IntValueNode):
        return int(node.value) if len(node.value) <= DECIMAL_LENGTH else node.value
    return value_from_ast_untyped(node, variables)


def write_instant(value: datetime) -> str:
    """UTC with exactly six fractional digits and a Z."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _unchanged(value: Any) -> Any:
    return value


def _scalar(
    name: str,
    description: str,
    parse: Callable[[object], Any],
    write: Callable[[Any], Any] = _unchanged,
    specified_by: str | None = None,
) -> ScalarDefinition:
    return strawberry.scalar(
        name=name,
        description=description,
        parse_value=parse,
        parse_literal=exact_literal(parse),
        serialize=write,
        specified_by_url=specified_by,
    )


SCALARS: dict[object, Any] = {
    datetime: _scalar(
        "DateTime",
        "An instant. Answers are UTC with exactly six fractional digits and a Z, such as "
        "`2026-06-09T17:04:21.000000Z`. Inputs are RFC 3339 with an offset; one without is refused.",
        parse_instant,
        write_instant,
        "https://www.rfc-editor.org/rfc/rfc3339",
    ),
    date: _scalar(
        "Date", "A calendar day, `YYYY-MM-DD`, without a time zone.", parse_date, date.isoformat
    ),
    Decimal: _scalar(
        "Decimal",
        "An exact decimal. A string in answers; a string or a JSON number in inputs, which is "
        "read by its digits and never as a float. No exponent, NaN or infinity.",
        parse_decimal,
        lambda value: format(value, "f"),
    ),
    DueDate: _scalar(
        "DueDate",
        "When an invoice is due: a day (`2026-07-01`), of which the whole local day counts, or an "
        "instant (`2026-07-01T12:00:00Z`).",
        parse_due_date,
        str,
    ),
    MinorUnits: _scalar(
        "MinorUnits",
        "A count of a currency's minor units as a JSON integer: 1250 is 12.50 USD and 1250 JPY. "
        "At most 10^14 either way, which JavaScript's numbers hold exactly.",
        parse_minor_units,
    ),
    CurrencyCode: _scalar(
        "CurrencyCode",
        "An ISO 4217 alphabetic code, upper case in answers.",
        parse_currency,
        specified_by="https://www.iso.org/iso-4217-currency-codes.html",
    ),
    CountryCode: _scalar(
        "CountryCode", "An ISO 3166-1 alpha-2 code, upper case in answers.", parse_country
    ),
    TimeZone: _scalar(
        "TimeZone",
        "The name of an IANA time zone, such as `Europe/Berlin`.",
        parse_time_zone,
        specified_by="https://www.iana.org/time-zones",
    ),
    URL: _scalar("URL", "An absolute http or https address.", parse_url),
    Metadata: _scalar(
        "Metadata",
        "Your own notes on an object: a flat JSON object of strings, at most 50 keys of at most "
        "40 characters, values of at most 500.",
        parse_metadata,
    ),
    JSON: _scalar("JSON", "Any JSON value.", _unchanged),
}
