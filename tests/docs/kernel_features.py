"""docs/kernel-features.md, from what `vethlab doctor --json` said on each kernel (docs/kernels).

    vethlab doctor --json > docs/kernels/NAME.json
    python tests/docs/kernel_features.py

`tox -e vm` renews the one of Debian's kernel.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

REPO = Path(__file__).parents[2]
KERNELS = REPO / "docs/kernels"
PAGE = REPO / "docs/kernel-features.md"

HEAD = """\
# Kernel features

What each feature is needed by, and where it was found. Nothing here was looked up: `vethlab doctor` tried each, in a
network namespace of a throw-away capsule, on these kernels:

{kernels}

A topology, lab or test that needs what a kernel lacks is refused or skipped with that reason; `vethlab test -e vm` runs
those which this machine's kernel refuses on Debian's own, in a virtual machine. What nothing shipped needs is tried
too, for your own experiments; where tests/e2e/kernel is named beside it, a test there sends packets through it.

This page is made by `tests/docs/kernel_features.py` from docs/kernels.

"""


def documents() -> dict[str, dict[str, Any]]:
    """What doctor said, by the name of the file, in alphabetical order."""
    return {file.stem: json.loads(file.read_text()) for file in sorted(KERNELS.glob("*.json"))}


def page(told: dict[str, dict[str, Any]]) -> str:
    """The page as Markdown; the rows in doctor's order."""
    kernels = "\n".join(f"- **{name}**: {document['kernel']}" for name, document in told.items())
    by_kernel = [{f["name"]: f for f in document["features"]} for document in told.values()]
    rows = [["feature", "needed by", *told], ["---"] * (2 + len(told))]
    for name, feature in by_kernel[0].items():
        rows.append([name, _plain(feature["needed_by"]), *(_cell(found.get(name)) for found in by_kernel)])
    return HEAD.format(kernels=kernels) + "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _cell(feature: dict[str, Any] | None) -> str:
    if feature is None:
        return "not tried"
    return "yes" if feature["works"] else f"no: {_plain(feature['said'])}"


def _plain(text: str) -> str:
    return text.replace("|", "\\|").replace("{", "").replace("}", "")


if __name__ == "__main__":
    PAGE.write_text(page(documents()))
