"""Programs are found on the machine first, then among the unpacked packages; a missing one names its package."""

from __future__ import annotations

from pathlib import Path

import pytest

from vethlab import programs
from vethlab.errors import MachineError


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VETHLAB_PACKAGES", str(tmp_path))
    (tmp_path / "bin").mkdir()
    return tmp_path


def program(where: Path, name: str) -> Path:
    (where / "bin" / name).write_text("#!/bin/sh\n")
    (where / "bin" / name).chmod(0o755)
    return where / "bin" / name


def test_an_unpacked_program_is_found(packages: Path) -> None:
    made = program(packages, "only-unpacked")
    assert programs.find("only-unpacked") == made


def test_the_machines_own_comes_first(packages: Path) -> None:
    program(packages, "sh")
    assert programs.find("sh") != packages / "bin/sh"


def test_a_missing_program_names_its_package(packages: Path) -> None:
    with pytest.raises(MachineError, match=r"program nowhere is not.*\n.*apt-get install from-here"):
        programs.find("nowhere", "from-here")


def test_without_unpacked_packages_the_path_is_the_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VETHLAB_PACKAGES", "/nonexistent")
    assert programs.unpacked() is None
    assert programs.search_path().endswith("/bin")
