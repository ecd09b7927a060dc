"""Local hosts: names and addresses by which a machine reaches itself."""

from ipaddress import ip_address


def is_local(host: str) -> bool:
    """Whether this is a name or an address of the machine itself."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
