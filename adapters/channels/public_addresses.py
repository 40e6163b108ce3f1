"""Which addresses belong to the internet at large, and which to somebody's inside.

After IANA's registries of special-purpose addresses (IPv4 and IPv6), written out so that the answer does not depend on
the version of Python.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_INSIDE_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # behind a provider's translator; a cloud's metadata
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a cloud's metadata at an address that looks public
        "169.254.0.0/16",  # link-local; the clouds' metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocols; a cloud's metadata
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays to IPv6, deprecated
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved; broadcast
    )
)

_OUTSIDE_V6 = IPv6Network("2000::/3")
"""All that is given out of IPv6; loopback, private, link-local and multicast addresses lie outside of it."""
_INSIDE_V6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocols; tunnels whose other end is named inside the address
        "2001:db8::/32",  # documentation
        "3fff::/20",  # documentation
    )
)

_MAPPED = IPv6Network("::ffff:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_6TO4 = IPv6Network("2002::/16")


def is_public(address: Address) -> bool:
    """Whether `address` is reached over the internet; one that leads to an IPv4 address is judged by that one."""
    inner = embedded_ipv4(address)
    if inner is not None:
        return is_public(inner)
    if isinstance(address, IPv4Address):
        return not lies_in(address, _INSIDE_V4)
    return address in _OUTSIDE_V6 and not lies_in(address, _INSIDE_V6)


def embedded_ipv4(address: Address) -> IPv4Address | None:
    """The IPv4 address to which `address` leads by being mapped, or through NAT64 or 6to4."""
    if isinstance(address, IPv4Address):
        return None
    if address in _MAPPED or address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    if address in _6TO4:
        return IPv4Address(int(address) >> 80 & 0xFFFF_FFFF)
    return None


def lies_in(address: Address, networks: Iterable[Network]) -> bool:
    """Whether one of `networks` holds `address`, or the IPv4 address to which it leads."""
    inner = embedded_ipv4(address)
    return any(address in network or (inner is not None and inner in network) for network in networks)
