"""Destinations: which URLs and addresses may be called at a customer's wish, and which never."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from urllib.parse import urlsplit

from domain.errors import UrlNotAllowed
from domain.limits import URL_LENGTH_MAX

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

HTTPS_PORT, HTTP_PORT = 443, 80
UNPRIVILEGED_PORT = 1024
_UNWRITTEN = frozenset(' \t\r\n\\"<>^`{|}')

# The IANA's registries of special-purpose addresses; Python's own `is_global` takes some of them
# for public (192.88.99.0/24, 64:ff9b:1::/48, 3fff::/20, 5f00::/16 in 3.11).
_SPECIAL_V4 = tuple(
    IPv4Network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24"),
        *("192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15"),
        *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    )
)
# Nothing but 2000::/3 is handed out for the public; what leads into IPv4 (6to4, Teredo, NAT64) or is
# set aside in it is not.
_PUBLIC_V6 = IPv6Network("2000::/3")
_SPECIAL_V6 = tuple(
    IPv6Network(text)
    for text in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a URL leads: the host, its port, whether by TLS, and both as the URL writes them."""

    authority: str
    host: str
    port: int
    is_secure: bool


def destination_of(url: str, path: tuple[str, ...] = ()) -> Destination:
    """Where a URL leads. Raises UrlNotAllowed for what is no plain http or https URL.

    No credentials, no fragment, ports 443 (80 by http) or 1024 and above, at most 2048 characters
    of ASCII; whether its host may be called is a matter of its addresses.
    """
    if len(url) > URL_LENGTH_MAX or not url.isascii() or not url.isprintable():
        raise _refused(f"A URL has at most {URL_LENGTH_MAX} ASCII characters.", path)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _refused("This is no URL.", path) from None
    is_plain = parts.username is None and parts.password is None and "#" not in url
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in ("http", "https") or not host or not is_plain:
        raise _refused("Write https://, a host and a path: no user, no fragment.", path)
    if _UNWRITTEN & set(url) or "%" in parts.netloc:
        raise _refused("Write special characters in the path as %20 and the like.", path)
    is_secure = parts.scheme == "https"
    usual = HTTPS_PORT if is_secure else HTTP_PORT
    port = usual if port is None else port
    if port != usual and port < UNPRIVILEGED_PORT:
        raise _refused(f"Take port {usual}, or one from {UNPRIVILEGED_PORT} on.", path)
    return Destination(parts.netloc, host, port, is_secure)


def check_addresses(
    to: Destination,
    addresses: Sequence[Address],
    allowed: Sequence[Network],
    path: tuple[str, ...] = (),
) -> None:
    """Refuses with UrlNotAllowed a host of which any address is neither public nor allowed.

    Without TLS every address must be allowed by name: http is for trials.
    """
    for address in addresses:
        if _is_allowed(address, allowed):
            continue
        if not is_public(address):
            raise _refused("This leads to a private address.", path)
        if not to.is_secure:
            raise _refused("Take https://.", path)


def is_public(address: Address) -> bool:
    """Whether an address is one of the public internet's, for one host to answer at."""
    if isinstance(address, IPv6Address):
        if address.scope_id is not None or address not in _PUBLIC_V6:
            return False
        return not any(address in network for network in _SPECIAL_V6)
    return not any(address in network for network in _SPECIAL_V4)


def _is_allowed(address: Address, allowed: Sequence[Network]) -> bool:
    return any(address.version == network.version and address in network for network in allowed)


def _refused(message: str, path: tuple[str, ...]) -> UrlNotAllowed:
    return UrlNotAllowed(message, field=path)
