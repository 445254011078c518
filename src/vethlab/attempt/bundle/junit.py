"""The checks of a submission as JUnit XML, for whatever collects those."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

__all__ = ["junit"]


def junit(document: dict[str, Any]) -> str:
    """A test suite with a case for each check."""
    results = document["results"]
    failed = sum(not r["passed"] for r in results)
    suite = ElementTree.Element(
        "testsuite", name=f"lab {document['lab']}", tests=str(len(results)), failures=str(failed), errors="0"
    )
    for result in results:
        case = ElementTree.SubElement(
            suite, "testcase", classname=f"{document['lab']}.{result['group']}", name=result["id"]
        )
        if not result["passed"]:
            ElementTree.SubElement(case, "failure", message=result["reason"])
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"
