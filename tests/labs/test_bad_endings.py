"""What a candidate may leave behind: a lab that cannot be configured any more is graded, not given up."""

from __future__ import annotations

from conftest import Bench


def test_a_lab_that_can_no_longer_be_configured(bench: Bench, name: str) -> None:
    bench.start("desk-one-way", name, "--seed", "1")
    bench.ask("solve", name)
    shell = bench.shell(name, "node1")
    bench.type(shell, "rm -rf /etc/sysctl.d; touch /etc/sysctl.d; chattr +i /etc/sysctl.d 2>/dev/null")
    bench.leave(shell)
    grade = bench.ask("submit", name, "--sustain", "0.1", status=1)
    failed = [c for c in grade["checks"] if not c["passed"]]
    assert [c["id"] for c in failed] == ["lasting"]
    assert "configuration run" in failed[0]["reason"]
    bench.run("stop", name, "--forget")
