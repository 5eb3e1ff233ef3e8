"""Tests of quotas, and of the networks that they count by."""

from kindwall.addresses import network_of
from kindwall.quota import Quota


def test_each_holder_gets_only_a_share_of_what_is_left() -> None:
    quota = Quota(5_000, share=0.25)
    held = []
    for who in range(10):
        number = 0
        while quota.take(who):
            number += 1
        held.append(number)
    assert held[0] == 1_250
    assert held == sorted(held, reverse=True)
    assert all(held)
    assert not quota.is_full


def test_each_holder_gets_the_least_until_the_total_is_taken() -> None:
    quota = Quota(100, least=40)
    assert quota.take("a", 40)
    assert not quota.take("a")
    assert quota.take("b", 40)
    assert not quota.take("c", 21)
    assert quota.take("c", 20)
    assert quota.is_full
    quota.give_back("a", 40)
    assert (quota.used, "a" in quota.held) == (60, False)
    assert quota.take("a", 40)


def test_ipv6_addresses_of_one_network_count_as_one() -> None:
    assert network_of("192.0.2.7") == "192.0.2.7"
    assert network_of("::ffff:192.0.2.7") == "192.0.2.7"
    assert network_of("2001:db8::1") == network_of("2001:db8:0:0:ffff::2") == "2001:db8::"
    assert network_of("2001:db8:0:1::1") != network_of("2001:db8::1")
    assert network_of("x" * 100_000) == "x" * 64
