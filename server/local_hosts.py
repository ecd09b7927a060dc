"""Local hosts: names and addresses by which a machine reaches itself."""

from ipaddress import ip_address

from starlette.requests import Request

PASSED_ON = ("forwarded", "x-forwarded-for", "via")


def is_local(host: str) -> bool:
    """Whether this is a name or an address of the machine itself."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_on_this_machine(request: Request) -> bool:
    """Whether who asks is on this machine and asks for themselves.

    Not so a proxy, which asks for somebody else; nor a page of another site in a browser here, which
    says so, or whose host name a stranger's DNS points here.
    """
    peer = request.client.host if request.client else ""
    fetched_by = request.headers.get("sec-fetch-site", "same-origin")
    return (
        is_local(peer)
        and is_local(request.url.hostname or "")
        and fetched_by in ("same-origin", "none")
        and not any(name in request.headers for name in PASSED_ON)
    )
