"""The euro reference rates of the European Central Bank, from a file or from where they are published."""

import asyncio
import urllib.request
from pathlib import Path

from domain.ecb_rates import MAX_BYTES, ReferenceRates, read
from domain.exchange import Rate
from resolvers.rate_sources import PublishedRates

DAILY = "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml"
TIMEOUT_S = 30.0


async def published(place: str, *, is_history: bool = False) -> PublishedRates:
    """The rates at a path or an http(s) address: of the newest day there, or of every day.

    Raises RatesUnreadable for what is no such file, OSError for what cannot be had.
    """
    days = read(await asyncio.to_thread(_content, place))
    return PublishedRates(_rates(days if is_history else days[:1]))


def _rates(days: tuple[ReferenceRates, ...]) -> list[Rate]:
    return [rate for day in days for rate in day.as_rates()]


def _content(place: str) -> bytes:
    if not place.startswith(("https://", "http://")):
        with Path(place).open("rb") as opened:
            return opened.read(MAX_BYTES + 1)
    with urllib.request.urlopen(  # noqa: S310 - http and https alone
        place, timeout=TIMEOUT_S
    ) as answer:
        content: bytes = answer.read(MAX_BYTES + 1)
        return content
