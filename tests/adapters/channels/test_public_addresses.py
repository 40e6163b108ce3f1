"""Which addresses are the internet's, compared with Python's own list and with what is known of clouds."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.channels.public_addresses import embedded_ipv4, is_public, lies_in

PRIVATE = ip_network("10.0.0.0/8")


@pytest.mark.parametrize(
    "address",
    [
        *(
            "93.184.215.14",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "223.255.255.254",
        ),
        *("2606:2800:21f:cb07:6820:80da:af6b:8b2c", "2a00:1450:4009::1"),
        *("::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"),
    ],
)
def test_what_the_internet_carries_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.255.255.254", "::1"),  # loopback
        *(
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "fc00::1",
            "fd12:3456::1",
        ),  # private
        *("169.254.1.1", "fe80::1", "fe80::1%2", "fec0::1"),  # of one link, or one site
        *("224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"),  # multicast
        *("0.0.0.0", "::"),  # noqa: S104 - unspecified
        *("240.0.0.1", "255.255.255.255", "192.0.0.8", "198.18.0.1", "192.88.99.1"),  # reserved
        *("192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"),  # documentation
        *("100::1", "5f00::1", "2001::1", "2001:10::1", "64:ff9b:1::1", "::7f00:1"),  # reserved, tunnels, translators
    ],
)
def test_what_belongs_to_somebody_s_inside_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"]
)
def test_the_metadata_of_a_cloud_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    ("address", "inner"),
    [
        ("::ffff:127.0.0.1", "127.0.0.1"),
        ("::ffff:169.254.169.254", "169.254.169.254"),
        ("64:ff9b::a9fe:a9fe", "169.254.169.254"),
        ("64:ff9b::10.1.2.3", "10.1.2.3"),
        ("2002:7f00:1::1", "127.0.0.1"),
        ("2002:c0a8:101::", "192.168.1.1"),
    ],
)
def test_an_address_that_leads_to_another_is_judged_by_that_one(address: str, inner: str) -> None:
    assert embedded_ipv4(ip_address(address)) == ip_address(inner)
    assert not is_public(ip_address(address))


@given(st.ip_addresses())
def test_nothing_is_public_that_python_does_not_call_global(address: IPv4Address | IPv6Address) -> None:
    if is_public(address) and embedded_ipv4(address) is None:
        assert address.is_global
        assert not address.is_multicast


@given(st.ip_addresses(network=PRIVATE))
def test_an_allowed_network_holds_what_leads_into_it(address: IPv4Address) -> None:
    mapped, nat64 = (int(ip_network(prefix).network_address) for prefix in ("::ffff:0:0/96", "64:ff9b::/96"))

    assert lies_in(address, [PRIVATE])
    assert lies_in(IPv6Address(mapped + int(address)), [PRIVATE])
    assert lies_in(IPv6Address(nat64 + int(address)), [PRIVATE])


def test_a_network_holds_no_address_of_the_other_version() -> None:
    assert not lies_in(ip_address("10.0.0.1"), [IPv6Network("::/0")])
    assert not lies_in(ip_address("fd00::1"), [IPv4Network("0.0.0.0/0")])
