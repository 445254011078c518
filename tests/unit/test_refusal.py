"""Why a machine refuses a capsule, in words."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from vethlab.capsule.refusal import explain


@pytest.mark.parametrize(
    ("sysctl", "value", "remedy"),
    [
        (
            "kernel/apparmor_restrict_unprivileged_userns",
            "1",
            "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
        ),
        ("kernel/unprivileged_userns_clone", "0", "sysctl -w kernel.unprivileged_userns_clone=1"),
        ("user/max_user_namespaces", "0", "sysctl -w user.max_user_namespaces=10000"),
    ],
)
@pytest.mark.parametrize("number", [errno.EPERM, errno.EACCES, errno.ENOSPC])
def test_a_sysctl_that_forbids_is_named(tmp_path: Path, sysctl: str, value: str, remedy: str, number: int) -> None:
    (tmp_path / sysctl).parent.mkdir()
    (tmp_path / sysctl).write_text(value + "\n")
    error = explain(OSError(number, os.strerror(number)), tmp_path)
    assert error.exit_status == 3
    assert remedy in error.remedy
    (tmp_path / sysctl).write_text("1\n" if value == "0" else "0\n")
    assert remedy not in explain(OSError(number, os.strerror(number)), tmp_path).remedy


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.EPERM, "if this is itself a container"),
        (errno.EUSERS, "a limit of namespaces is reached"),
        (errno.EAGAIN, "raise the limit: ulimit -u"),
        (errno.EINVAL, "vethlab doctor"),
    ],
)
def test_where_no_sysctl_is_to_blame(tmp_path: Path, number: int, remedy: str) -> None:
    assert remedy in explain(OSError(number, os.strerror(number)), tmp_path).remedy
