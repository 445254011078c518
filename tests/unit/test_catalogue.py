"""The catalogue: entries that can be started, and ports that can be asked."""

from __future__ import annotations

from vethlab.catalogue import catalogue


def test_every_image_is_a_workload_or_a_program_with_its_package() -> None:
    for name, image in catalogue().items():
        assert image.name == name
        assert (image.workload is None) != (image.program is None)
        assert (image.program is None) == (image.package is None)
        assert {*image.ports, *image.local} <= {"http", "tcp", "udp"}
        assert not image.local or (image.workload == "echo" and not image.ports)


def test_http_is_served_over_tcp() -> None:
    assert catalogue()["echo"].serves("tcp") == (7, 80)
    assert catalogue()["echo"].serves("http") == (80,)
    assert catalogue()["busybox"].serves("udp") == ()
    assert catalogue()["redis"].argv[:2] == ("--port", "6379")
