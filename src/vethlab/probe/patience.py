"""How long a row may take before its silence is called a timeout.

A packet can be lost, so no verdict rests on one. Within `timeout` seconds T every question is put three times, at 0,
T/3 and 2T/3: datagrams are sent again, TCP opens another connection beside the first (its own retransmission comes
only after 1 s, RFC 6298 section 2, and then counts as well).

    expected                 waits
    timeout                  T       the same source must be answered within T before and after (bracket)
    reached, http, …         4T      a slow answer is an answer, and waiting costs nothing when it comes
    refused, unreachable     4 s     or 2T if longer: an unanswered ARP or neighbour solicitation is given up after 3 s
                                     (arp(7), RFC 4861 section 10), and ICMP errors may be rate-limited

Where there is no route Linux sends an address one error a second, and saves up five (ip-sysctl, route/error_burst;
icmp_ratelimit does not change it). Somebody may have used them up just now. So silence there is asked once more, after
so long a silence that all five are saved up again.
"""

from __future__ import annotations

from ..outcome import Outcome, Refused, Timeout, Unreachable

__all__ = ["QUIET", "SENDS", "is_denial", "is_rationed", "needs_icmp_error", "seconds"]

#: How often a question is put within the timeout.
SENDS = 3

#: Seconds after which a router has saved up its errors again.
QUIET = 5.5

_ICMP_ERRORS = 4.0


def is_denial(expected: Outcome) -> bool:
    """True for what a source that is cut off altogether could come to as well."""
    return isinstance(expected, Timeout | Refused | Unreachable)


def seconds(expected: Outcome, timeout: float) -> float:
    """How long to wait for an answer where `expected` is expected, in seconds."""
    if isinstance(expected, Timeout):
        return timeout
    if isinstance(expected, Refused | Unreachable):
        return max(_ICMP_ERRORS, 2 * timeout)
    return 4 * timeout


def is_rationed(expected: Outcome, observed: Outcome | None) -> bool:
    """True for silence where a router without a route should have sent its error."""
    return isinstance(expected, Unreachable) and expected.reason in (None, "network") and isinstance(observed, Timeout)


def needs_icmp_error(kind: str, expected: Outcome) -> bool:
    """True where the expected outcome is an ICMP error some other machine must send.

    Linux sends one a second to each destination after a burst of six (ip-sysctl, icmp_ratelimit).
    """
    if isinstance(expected, Unreachable):
        return expected.reason not in ("host", "no-route")
    return isinstance(expected, Refused) and kind not in ("tcp", "http")
