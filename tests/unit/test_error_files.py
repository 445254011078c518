"""Every file under tests/errors is wrong, and says at its end what it must be told: `# error: LINE:COLUMN MESSAGE`."""

from __future__ import annotations

from pathlib import Path

import pytest

from vethlab.errors import InputError
from vethlab.load import parse

FILES = sorted((Path(__file__).parent.parent / "errors").glob("*.yml"))
MARK = "# error: "


def expected(file: Path) -> list[str]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return [line.removeprefix(MARK) for line in lines if line.startswith(MARK)]


def told(file: Path) -> list[str]:
    with pytest.raises(InputError) as raised:
        parse(file.read_bytes(), file.name)
    return [f"{p.line}:{p.column} {p.message}" for p in raised.value.problems]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_is_told_exactly(file: Path) -> None:
    assert told(file) == expected(file)


def test_there_are_files() -> None:
    assert len(FILES) >= 40
    assert all(expected(file) for file in FILES)
