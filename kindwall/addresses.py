"""The network of an IP address, by which limits count visitors."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """Return an IPv4 address itself, and the first 64 bits of an IPv6 address, which one household shares."""
    try:
        parsed = ip_address(address[:64])
    except ValueError:
        return address[:64]
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(IPv6Address(int(parsed) >> 64 << 64))
