"""The page of measurements: a section is replaced, the others stay."""

from __future__ import annotations

from pathlib import Path

from tests.bench.page import record


def test_a_section_is_replaced_and_the_others_stay(tmp_path: Path) -> None:
    page = tmp_path / "measurements.md"
    record("pods", "Linux 6.1, 2 cores", ["", "one pod", "  floor in C  1.0 ms"], page)
    record("docker", "Linux 6.1, 2 cores", ["containers"], page)
    record("pods", "Linux 6.18, 4 cores", ["one pod", "  floor in C  0.5 ms"], page)
    text = page.read_text(encoding="utf-8")
    assert text.count("## ") == 2
    assert "Linux 6.18, 4 cores\n\n```\none pod\n  floor in C  0.5 ms\n```" in text
    assert "containers" in text
    assert "1.0 ms" not in text
