"""Whom an address stands for, where something is limited by address."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """An IPv4 address itself; of IPv6 the first 64 bits, as a household has all addresses that begin with them."""
    try:
        parsed = ip_address(address[:64])
    except ValueError:
        return address[:64]
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(IPv6Address(int(parsed) >> 64 << 64))
