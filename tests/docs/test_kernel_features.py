"""The table of kernel features is what doctor said, of every feature there is, on this project's two kernels."""

from __future__ import annotations

import kernel_features

from vethlab.feature import FEATURES


def test_the_page_is_made_from_what_doctor_said() -> None:
    assert kernel_features.PAGE.read_text() == kernel_features.page(kernel_features.documents()), (
        "run python tests/docs/kernel_features.py"
    )


def test_every_feature_was_tried_on_every_kernel() -> None:
    wanted = [(f.name, f.needed_by, f.required) for f in FEATURES]
    told = kernel_features.documents()
    assert len(told) >= 2
    for name, document in told.items():
        found = [(f["name"], f["needed_by"], f["required"]) for f in document["features"]]
        assert found == wanted, f"docs/kernels/{name}.json is old: see tests/docs/kernel_features.py"
        assert document["capsule"]


def test_what_is_required_works_on_every_kernel() -> None:
    for name, document in kernel_features.documents().items():
        assert not [f["name"] for f in document["features"] if f["required"] and not f["works"]], name
