"""Posts to webhook endpoints: to public addresses alone, by whatever name, and never for longer than 15 s."""

import asyncio
import socket
import ssl
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from ipaddress import ip_address

import httpcore2
from httpcore2 import AnyIOBackend, AsyncConnectionPool, AsyncNetworkBackend, AsyncNetworkStream

from domain.destinations import (
    Address,
    Destination,
    Network,
    check_addresses,
    destination_of,
)
from domain.errors import UrlNotAllowed
from server.logs import reason

TIME_LIMIT_S = 15.0
LOOK_UP_TIME_LIMIT_S = 5.0
ADDRESSES_TRIED = 3
REASON_LENGTH_MAX = 200
USER_AGENT = "Billgraph"

FAULTS = (
    OSError,
    httpcore2.TimeoutException,
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
)

# Look-ups take threads, and a name server that is slow must not take those of everybody else.
_LOOK_UPS = ThreadPoolExecutor(32, "look-up")


class NotDelivered(Exception):
    """The receiver gave no status; the reason is fit for the endpoint's owner."""


class WebhookSender:
    """Sends to URLs that may be called: public ones by https, and those in allowed networks."""

    def __init__(self, allowed: Sequence[Network] = ()) -> None:
        self._allowed = allowed

    async def check(self, url: str, path: tuple[str, ...] = ()) -> None:
        """Refuses with UrlNotAllowed a URL that may not be called now.

        A name that is unknown now may be known later: it is checked again at each delivery.
        """
        to = destination_of(url, path)
        try:
            async with asyncio.timeout(LOOK_UP_TIME_LIMIT_S):
                found = await _addresses(to)
        except (OSError, TimeoutError):
            return
        check_addresses(to, found, self._allowed, path)

    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The status of the receiver's answer, whose body is not read. Raises NotDelivered."""
        try:
            async with asyncio.timeout(TIME_LIMIT_S):
                return await self._send(url, body, headers)
        except TimeoutError:
            raise NotDelivered(f"There was no answer within {TIME_LIMIT_S:.0f} s.") from None
        except UrlNotAllowed as refused:
            raise NotDelivered(refused.message) from None
        except FAULTS as error:
            raise NotDelivered(_reason(error)) from error

    async def _send(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        to = destination_of(url)
        backend = _CheckedBackend(to, self._allowed)
        sent = [
            ("host", to.authority),
            ("user-agent", USER_AGENT),
            ("content-type", "application/json"),
            *headers.items(),
        ]
        tls = _tls() if to.is_secure else None
        async with (
            AsyncConnectionPool(ssl_context=tls, network_backend=backend) as connections,
            connections.stream("POST", url, headers=sent, content=body) as answer,
        ):
            return answer.status


class _CheckedBackend(AsyncNetworkBackend):
    """Connects to an address that was checked, and not to whatever its name leads to a moment later."""

    def __init__(self, to: Destination, allowed: Sequence[Network]) -> None:
        self._to = to
        self._allowed = allowed
        self._real = AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's own signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        """Raises UrlNotAllowed unless every address of the host may be called."""
        found = await _addresses(self._to)
        check_addresses(self._to, found, self._allowed)
        failure: Exception = httpcore2.ConnectError("The host has no address.")
        for address in found[:ADDRESSES_TRIED]:
            try:
                return await self._real.connect_tcp(str(address), port)
            except httpcore2.ConnectError as error:
                failure = error
        raise failure


async def _addresses(to: Destination) -> list[Address]:
    """Every address of a host; IPv4 in the guise of IPv6 is IPv4."""
    loop = asyncio.get_running_loop()
    found = await loop.run_in_executor(
        _LOOK_UPS, lambda: socket.getaddrinfo(to.host, to.port, type=socket.SOCK_STREAM)
    )
    addresses = dict.fromkeys(_plain(ip_address(place[4][0])) for place in found)
    return list(addresses)


def _plain(address: Address) -> Address:
    mapped = getattr(address, "ipv4_mapped", None)
    return address if mapped is None else mapped


@cache
def _tls() -> ssl.SSLContext:
    """The system's trust; made once, for it takes a while."""
    return ssl.create_default_context()


def _reason(error: Exception) -> str:
    return reason(error)[:REASON_LENGTH_MAX]
