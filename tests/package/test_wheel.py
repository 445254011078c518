"""The wheel holds all that a run needs, and runs where no checkout is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]
#: What a checkout has and a source distribution would not.
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".tox", "build", "dist", "*.egg-info", "__pycache__", ".*_cache")


def run(*argv: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PYTEST"))}
    done = subprocess.run(argv, cwd=cwd, env=kept | environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{argv}\n{done.stdout}{done.stderr}"
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of the checkout, so that nothing is written into it."""
    source, target = tmp_path_factory.mktemp("source") / "vethlab", tmp_path_factory.mktemp("wheel")
    shutil.copytree(REPO, source, ignore=LEFT_OUT)
    options = ["--no-build-isolation", "--no-deps", "--quiet", "--disable-pip-version-check"]
    run(sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", target, source, cwd=target)
    (built,) = target.glob("vethlab-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel, and with the dependencies of the one we run in."""
    folder = tmp_path_factory.mktemp("venv")
    folder.chmod(0o755)  # root inside a capsule is not root outside
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder)
    scheme = {"base": str(folder), "platbase": str(folder)}
    packages = Path(sysconfig.get_path("purelib", "venv", scheme))
    prefix = ["--prefix", folder, "--no-deps", "--no-index", "--ignore-installed", "--quiet"]
    run(sys.executable, "-m", "pip", "install", *prefix, "--disable-pip-version-check", wheel, cwd=folder)
    # Ours come after the wheel, and without their .pth files: an editable vethlab among them stays unseen.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    script = folder / "bin/vethlab"
    text = script.read_text().partition("\n")[2]
    script.write_text(f"#!{folder / 'bin/python'}\n{text}")
    return folder


def test_the_wheel_has_everything(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    tracked = run("git", "ls-files", "topologies", "playbooks", "labs", cwd=REPO).stdout.split()
    assert tracked
    wanted = {f"vethlab/{each}" for each in tracked} | {
        f"vethlab/{each}" for each in ("catalogue.yml", "debian-packages.txt", "py.typed", "cli/main.py")
    }
    assert not wanted - names
    assert not [n for n in names if n.startswith(("tests/", "vethlab/tests/")) or n.endswith(".pyc")]


def test_it_is_the_installed_one(installed: Path, tmp_path: Path) -> None:
    program = "import vethlab.assets as a; print(a.__file__, *map(a.asset, ('topologies', 'playbooks')))"
    for place in run(installed / "bin/python", "-c", program, cwd=tmp_path).stdout.split():
        assert Path(place).is_relative_to(installed)


def test_it_runs_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    name = f"wheel-{os.getpid()}"
    done = run(installed / "bin/vethlab", "run", "single-host-docker", "--name", name, cwd=tmp_path)
    assert "✓ single-host-docker: " in done.stdout


def test_it_brings_the_pytest_plugin(installed: Path, tmp_path: Path) -> None:
    said = run(installed / "bin/python", "-m", "pytest", "--fixtures", "-q", cwd=tmp_path).stdout
    assert "A lab that is up" in said
