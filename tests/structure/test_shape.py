"""The shape of the sources: small files and functions, each saying what it is, no drawers, no current lab."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]
PACKAGE = REPO / "src/vethlab"
MODULES = sorted(PACKAGE.rglob("*.py"))
SOURCES = sorted(f for place in ("src", "playbooks", "tests") for f in (REPO / place).rglob("*.py"))

LONGEST_FILE, LONGEST_FUNCTION = 350, 60
#: Nobody may say `global` but these, with the reason.
GLOBALS = {
    "predict/prediction.py": "the predictor of the world asked about last; its answers follow from the world alone",
}
DRAWERS = {"util", "utils", "common", "helper", "helpers", "misc", "stuff"}


def name(file: Path) -> str:
    return str(file.relative_to(REPO))


def test_files_and_functions_are_short() -> None:
    long = [name(file) for file in SOURCES if len(file.read_text().splitlines()) > LONGEST_FILE]
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                long += [f"{name(file)}: {node.name}"] if length > LONGEST_FUNCTION else []
    assert long == []


def test_every_module_says_what_it_is_and_what_it_gives() -> None:
    silent = [name(file) for file in MODULES if not ast.get_docstring(ast.parse(file.read_text()))]
    listless = [name(file) for file in MODULES if gives(ast.parse(file.read_text())) and file.name != "__main__.py"]
    assert (silent, listless) == ([], []), "begins with a docstring; lists its names in __all__"


def gives(tree: ast.Module) -> bool:
    """Whether it has public names and no `__all__`."""
    names = {n.id for s in tree.body if isinstance(s, ast.Assign) for n in s.targets if isinstance(n, ast.Name)}
    defines = any(isinstance(s, ast.FunctionDef | ast.ClassDef) and s.name[0] != "_" for s in tree.body)
    return defines and "__all__" not in names


def test_no_drawers() -> None:
    files = subprocess.run(["git", "ls-files"], cwd=REPO, capture_output=True, text=True, check=True).stdout.split()
    assert files
    assert not [f for f in files if DRAWERS & {Path(part).stem for part in Path(f).parts}]


def global_names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            yield from node.names


def test_no_current_lab() -> None:
    """Nothing at a module's top level changes: a lab is always handed over, so two of them can be side by side."""
    who = {str(f.relative_to(PACKAGE)) for f in MODULES if list(global_names(ast.parse(f.read_text())))}
    assert who == set(GLOBALS)
    for file in MODULES:
        for statement in ast.parse(file.read_text()).body:
            targets = statement.targets if isinstance(statement, ast.Assign) else []
            for target in targets:
                assert not re.fullmatch(r"_?(current|active|the)_?(lab|world|topology|capsule)", ast.unparse(target))


@pytest.mark.parametrize("file", sorted((REPO / "playbooks").rglob("*.py")), ids=name)
def test_playbook_plugins_name_their_licence(file: Path) -> None:
    """Ansible is GPL-3.0-or-later but for what modules need (ansible.module_utils.basic, BSD-2-Clause)."""
    text = file.read_text()
    bound = re.search(r"^(from|import) ansible(?!_collections|\.module_utils)", text, re.M) or "PlaceAction" in text
    licence = "GPL-3.0-or-later" if bound else "Apache-2.0"
    assert text.startswith(f"# SPDX-License-Identifier: {licence}\n")


def test_the_licence_is_whole() -> None:
    text = (REPO / "LICENSE").read_text()
    assert "Apache License\n                           Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
