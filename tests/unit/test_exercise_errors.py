"""Every file under tests/errors/labs is a wrong lab.yml, and says at its end what it must be told."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from vethlab.errors import InputError
from vethlab.exercise import prepare, read, shipped_labs

FILES = sorted((Path(__file__).parents[1] / "errors/labs").glob("*.yml"))
MARK = "# error: "


def expected(file: Path) -> list[str]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return [line.removeprefix(MARK) for line in lines if line.startswith(MARK)]


def told(folder: Path) -> list[str]:
    with pytest.raises(InputError) as raised:
        prepare(read(folder), seed=1)
    return [f"{p.line}:{p.column} {p.message}" for p in raised.value.problems]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A lab that is well, beside the worlds it may name."""
    shipped = shipped_labs()["ledger-silent"]
    shutil.copytree(shipped.parent / "worlds", tmp_path / "worlds")
    return Path(shutil.copytree(shipped, tmp_path / "lab"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_is_told_exactly(file: Path, folder: Path) -> None:
    shutil.copy(file, folder / "lab.yml")
    assert told(folder) == expected(file)


def test_there_are_files() -> None:
    assert len(FILES) >= 8
    assert all(expected(file) for file in FILES)


@pytest.mark.parametrize(("gone", "said"), [("debrief.md", "debrief"), ("solutions", "solution"), ("hacks", "hack")])
def test_what_must_lie_beside_it(folder: Path, gone: str, said: str) -> None:
    path = folder / gone
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    (message,) = told(folder)
    assert message.startswith("1:1 there is no")
    assert said in message


def test_a_folder_without_a_lab(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read(tmp_path)
