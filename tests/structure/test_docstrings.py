"""What is public says what it is: a function, class or method of which no name on its way begins with an underscore.

Said once is enough: a method that overrides one of a class of ours has its words from there, and `add` and `run` of a
verb have theirs from cli/main.py.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "src/vethlab"
TREES = {file.relative_to(PACKAGE): ast.parse(file.read_text()) for file in sorted(PACKAGE.rglob("*.py"))}

Named = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
#: Every class at the top of a module, by its name, which two may share.
CLASSES: defaultdict[str, list[ast.ClassDef]] = defaultdict(list)
for _tree in TREES.values():
    for _node in _tree.body:
        if isinstance(_node, ast.ClassDef):
            CLASSES[_node.name].append(_node)


def defined(scope: ast.Module | ast.ClassDef) -> Iterator[Named]:
    return (node for node in scope.body if isinstance(node, Named))


def silent(scope: ast.Module | ast.ClassDef, above: str = "") -> Iterator[str]:
    """The dotted names of what is public in a module or a class, and says nothing."""
    for node in defined(scope):
        if node.name.startswith("_"):
            continue
        if not ast.get_docstring(node) and not (isinstance(scope, ast.ClassDef) and overrides(scope, node.name)):
            yield above + node.name
        if isinstance(node, ast.ClassDef):
            yield from silent(node, f"{above}{node.name}.")


def overrides(scope: ast.ClassDef, name: str) -> bool:
    """Whether a class of ours that this one derives from has a method of that name which says what it is."""
    above = [each for base in scope.bases for each in CLASSES[ast.unparse(base).split("[")[0].rpartition(".")[2]]]
    return any(
        any(node.name == name and ast.get_docstring(node) for node in defined(each)) or overrides(each, name)
        for each in above
    )


def test_what_is_public_says_what_it_is() -> None:
    found = [
        f"{file}: {name}"
        for file, tree in TREES.items()
        for name in silent(tree)
        if not (file.parts[0] == "cli" and name in ("add", "run"))
    ]
    assert not found, "say in a docstring what it takes and gives, in which unit, what it raises, or who defines it so"


def test_what_is_said_of_verbs_is_said() -> None:
    assert "`add`" in (said := ast.get_docstring(TREES[Path("cli/main.py")]) or "")
    assert "`run`" in said
