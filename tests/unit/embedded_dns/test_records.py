"""Who knows which name."""

from __future__ import annotations

import dns.message
import pytest

from vethlab.embedded_dns import wire
from vethlab.embedded_dns.records import views

FRONT = {
    "name": "front",
    "members": [
        {"names": ["web", "www", "svc"], "addresses": ["172.18.0.2"]},
        {"names": ["app", "svc"], "addresses": ["172.18.0.3", "fd00::3"]},
    ],
}
BACK = {"name": "Back", "members": [{"names": ["db", "web"], "addresses": ["172.19.0.2"]}]}
(VIEW,) = views(
    {
        "networks": {"1": FRONT, "2": BACK},
        "containers": [{"name": "web", "namespace": "", "networks": ["1", "2"], "upstream": None, "forwards": True}],
    }
)


def records(name: str, record: str = "A") -> list[str] | None:
    found = VIEW.records(wire.parse(dns.message.make_query(name, record).to_wire()))
    return None if found is None else sorted(found)


@pytest.mark.parametrize(
    ("name", "record", "expected"),
    [
        ("web", "A", ["172.18.0.2"]),
        ("WEB", "A", ["172.18.0.2"]),
        ("web.front", "A", ["172.18.0.2"]),
        ("web.back", "A", ["172.19.0.2"]),
        ("svc", "A", ["172.18.0.2", "172.18.0.3"]),
        ("svc", "AAAA", ["fd00::3"]),
        ("web", "AAAA", []),
        ("db", "A", ["172.19.0.2"]),
        ("db", "MX", []),
        ("db", "TXT", None),
        ("nobody", "A", None),
        ("web.elsewhere", "A", None),
        ("2.0.18.172.in-addr.arpa", "PTR", ["web.front"]),
        ("9.9.18.172.in-addr.arpa", "PTR", None),
    ],
)
def test_records(name: str, record: str, expected: list[str] | None) -> None:
    assert records(name, record) == expected
