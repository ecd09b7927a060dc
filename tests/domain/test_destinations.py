"""Which URLs may be called: public hosts by https, and nothing by which one gets inside."""

from ipaddress import ip_address, ip_network

import pytest

from domain.destinations import Destination, check_addresses, destination_of, is_public
from domain.errors import UrlNotAllowed

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
PUBLIC = ("93.184.216.34", "1.1.1.1", "192.31.195.255", "2606:4700:4700::1111", "2a00:1450:4001::1")
PRIVATE = (
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.9.9.9"),
    *("169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1"),
    *("192.168.1.1", "198.18.0.1", "198.51.100.7", "203.0.113.7", "224.0.0.1", "239.255.255.250"),
    *("240.0.0.1", "255.255.255.255", "192.31.196.1", "192.52.193.1", "192.175.48.1"),
    *("::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:93.184.216.34", "64:ff9b::7f00:1"),
    *("64:ff9b:1::1", "100::1", "2001::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "3fff::1"),
    *(
        "5f00::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fe80::1%eth0",
        "2606:4700::1%eth0",
        "ff02::1",
    ),
    *("fec0::1", "4000::1", "2620:4f:8000::1"),
)
UNWRITTEN = (
    *("ftp://example.com/", "file:///etc/passwd", "gopher://example.com/_x", "javascript:alert(1)"),
    *("https://", "https:///path", "//example.com/", "example.com", "https://user@example.com/"),
    *("https://user:pw@example.com/", "https://example.com/#part", "https://example.com:22/"),
    *("https://example.com:25/", "https://example.com:80/", "http://example.com:443/"),
    *(
        "https://example.com:99999/",
        "https://example.com:x/",
        "https://[::1/",
        "https://exa mple.com/",
    ),
    *("https://example.com\\@127.0.0.1/", "https://example.com/\r\nx: y", "https://example.com/\t"),
    *("https://127.0.0.1%00.example.com/", "https://①②⑦.⓪.⓪.①/", "https://exämple.com/"),
    *("https://example.com/" + "x" * 2048, "https://example.com/\x00", "https://%31%32%37.0.0.1/"),
)


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_address_may_be_called(text: str) -> None:
    assert is_public(ip_address(text))


@pytest.mark.parametrize("text", PRIVATE)
def test_an_address_that_is_not_the_public_internets_may_not(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("url", UNWRITTEN)
def test_a_url_that_is_not_plain_https_is_refused(url: str) -> None:
    with pytest.raises(UrlNotAllowed) as caught:
        destination_of(url, ("url",))
    assert caught.value.field == ("url",)


def test_a_url_says_where_it_leads() -> None:
    assert destination_of("https://Hooks.Example.com/a?b=c") == Destination(
        "Hooks.Example.com", "hooks.example.com", 443, True
    )
    assert destination_of("https://[2606:4700::1]:8443/") == Destination(
        "[2606:4700::1]:8443", "2606:4700::1", 8443, True
    )


def test_a_host_with_one_private_address_is_refused() -> None:
    """An attacker's name server may answer both, and the second would be tried after the first."""
    to = destination_of("https://example.com/")
    addresses = [ip_address("93.184.216.34"), ip_address("10.0.0.1")]
    with pytest.raises(UrlNotAllowed):
        check_addresses(to, addresses, ())
    check_addresses(to, addresses[:1], ())


def test_an_allowed_network_may_be_called_without_tls_and_no_other() -> None:
    to = destination_of("http://receiver:9000/")
    check_addresses(to, [ip_address("127.0.0.1"), ip_address("::1")], LOOPBACK)
    for text in ("10.0.0.1", "93.184.216.34"):
        with pytest.raises(UrlNotAllowed):
            check_addresses(to, [ip_address(text)], LOOPBACK)
