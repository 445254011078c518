"""`vethlab test` hands its words on to tox as they are."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from vethlab.cli import main


@pytest.mark.parametrize(
    "words", [[], ["-e", "docker"], ["--", "tests/e2e", "-k", "nat"], ["-e", "vm", "--", "python", "-m", "pytest"]]
)
def test_every_word_reaches_tox(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda program, argv: called.append(argv))
    monkeypatch.chdir(Path.cwd())
    before = os.umask(0o022)
    try:
        main(["test", *words])
    finally:
        os.umask(before)
    assert called == [[sys.executable, "-m", "tox", "run", *words]]


def test_other_verbs_take_no_words_they_do_not_know(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ls", "--jsn"]) == 2
    assert "unrecognized arguments: --jsn" in capsys.readouterr().err
