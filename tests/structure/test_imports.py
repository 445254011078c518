"""Imports run one way: a module imports only what stands before it in LAYERS."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]
PACKAGE = REPO / "src/vethlab"

#: Every module or package directly below vethlab, from the ground up. A new one is entered where its imports allow.
PURE = (
    ("ipam",),
    ("errors", "nearest", "outcome", "row", "journey", "causes"),
    (
        "model",
        "defaults",
        "host_networks",
        "world",
        "ordinals",
        "podnet",
        "docker_versions",
        "docker_networks",
        "containers",
        "pods",
        "addressing",
        "selector",
    ),
    (
        "finding",
        "catalogue",
        "expectations",
        "complaint",
        "yaml_source",
        "dump",
        "generate",
        "docker_inventory",
        "pod_inventory",
        "inventory",
    ),
    ("validate", "files", "assets", "programs", "load"),
    ("container_files", "predict", "matrix", "verdict", "report", "state", "faults", "exercise"),
)
EFFECTS = (
    (
        "namespace",
        "sealed",
        "syscalls",
        "netlink",
        "docker_command",
        "container_life",
        "capsule",
        "embedded_dns",
        "workload",
        "spawned",
        "spawner",
    ),
    (
        "held_ports",
        "offload",
        "shaping",
        "underlay",
        "sandbox",
        "carrying",
        "listening",
        "starting",
        "probe",
        "sight",
        "traveller",
        "script",
    ),
    ("warm", "converge", "feature", "visitor", "remote"),
    ("cni", "kubelet", "dockerd"),
)
PROGRAM = (
    ("lab", "cnitool", "emulated", "service", "docker_sockets", "daemon"),
    ("client", "place", "terminal", "capturing", "running", "attempt"),
    ("plugin", "cli", "__main__"),
)
LAYERS = [module for part in (*PURE, *EFFECTS, *PROGRAM) for module in part]

#: What has effects; a pure module imports none of it. Reading files that ship with vethlab is not among them.
EFFECTFUL = {"ctypes", "fcntl", "mininet", "multiprocessing", "pyroute2", "select", "signal", "socket", "subprocess"}
#: Who alone may import what: by one narrow door each, because of its weight, its licence or its manners.
DOORS = {
    "mininet": {"underlay"},
    "ansible": {"converge"},
    "docker": {"dockerd"},
    "ansible_runner": {"converge"},
    "pyroute2": {"netlink"},
    "dpkt": {"probe"},
    "dns": {"probe"},
    "pytest": {"plugin"},
    "argcomplete": {"cli"},
}
#: Every import makes every fork of the spawner dearer.
SPAWNED_MAY = {"__future__", "collections", "gc", "json", "os", "pathlib", "signal", "socket", "typing", "vethlab"}


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Each module's dotted name below vethlab (`probe.tcp`; `probe` for its __init__), and its tree."""
    for file in sorted(PACKAGE.rglob("*.py")):
        parts = file.relative_to(PACKAGE).with_suffix("").parts
        yield ".".join(p for p in parts if p != "__init__"), ast.parse(file.read_text())


def imported(name: str, tree: ast.Module) -> Iterator[str]:
    """The full names a module imports, wherever in it the import stands."""
    is_package = not name or (PACKAGE / name.replace(".", "/")).is_dir()
    here = ["vethlab", *name.split(".")] if name else ["vethlab"]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            up = node.level - is_package
            base = here[: len(here) - up] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


def edges() -> Iterator[tuple[str, str]]:
    """(importer, imported), both as entries of LAYERS."""
    for name, tree in modules():
        for target in imported(name, tree):
            if target.startswith("vethlab.") and name:
                yield name.split(".")[0], target.split(".")[1]


def test_every_module_has_its_layer() -> None:
    there = {name.split(".")[0] for name, _ in modules() if name}
    assert sorted(there) == sorted(LAYERS), "enter a new module into LAYERS, where its imports allow"


def test_imports_run_one_way() -> None:
    rank = {module: position for position, module in enumerate(LAYERS)}
    wrong = {f"{a} imports {b}" for a, b in edges() if b in rank and rank[b] > rank[a]}
    assert not wrong


def test_pure_modules_import_no_effects() -> None:
    pure = {module for part in PURE for module in part}
    found = {
        f"{name} imports {target}"
        for name, tree in modules()
        if name.split(".")[0] in pure
        for target in imported(name, tree)
        if target.split(".")[0] in EFFECTFUL
    }
    assert not found


def test_prediction_and_probe_share_types_alone() -> None:
    shared = {
        "addressing",
        "catalogue",
        "docker_versions",
        "errors",
        "model",
        "namespace",
        "outcome",
        "podnet",
        "row",
        "world",
    }
    assert {b for a, b in edges() if a in ("predict", "probe") and b != a} <= shared


@pytest.mark.parametrize("library", DOORS)
def test_each_library_has_its_door(library: str) -> None:
    users = {
        name.split(".")[0]
        for name, tree in modules()
        for target in imported(name, tree)
        if target.split(".")[0] == library
    }
    assert users <= DOORS[library]


def test_what_travels_over_ssh_imports_nothing_of_the_package() -> None:
    """A module runs on the machine it configures, where there is no vethlab; its action plugin runs beside us."""
    plugins = REPO / "playbooks/collections/ansible_collections/vethlab/net/plugins"
    for file in plugins.rglob("*.py"):
        names = {n for n in imported("", ast.parse(file.read_text())) if n.split(".")[0] == "vethlab"}
        may = {"vethlab.namespace"} if file.parent.name == "plugin_utils" else set()
        assert {n.rpartition(".")[0] for n in names} <= may, f"{file.relative_to(REPO)} imports {names}"


def test_the_spawner_names_only_small_modules() -> None:
    found = {
        f"{name} imports {target}"
        for name, tree in modules()
        if name.split(".")[0] == "spawned"
        for target in imported(name, tree)
        if target.split(".")[0] not in SPAWNED_MAY
    }
    assert not found


def test_the_spawner_loads_nothing_heavy() -> None:
    """As it is started: without site, and with all that its imports bring along."""
    program = "import sys; sys.path.insert(0, sys.argv[1]); import vethlab.spawned.server; print(*sys.modules)"
    argv = [sys.executable, "-I", "-S", "-c", program, str(REPO / "src")]
    loaded = set(subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split())
    assert "vethlab.spawned.server" in loaded
    assert not loaded & {"asyncio", "email", "http", "logging", "pydantic", "subprocess", "yaml", "vethlab.model"}


def test_the_grammar_of_the_command_line_is_light() -> None:
    """Every completion and every `vethlab ls` loads all of it: what a verb works with, it imports when it runs."""
    code = "import sys; from vethlab.cli.main import parser; parser(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {"vethlab.cli.exec_", "vethlab.cli.lab.verify"} <= {*loaded}
    assert not {*loaded} & {
        "pydantic",
        "yaml",
        "asyncio",
        "dns",
        "ansible",
        "vethlab.model",
        "vethlab.capsule",
        "vethlab.exercise",
    }
