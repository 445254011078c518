"""Images are made of the machine's files: whole, the same every time, and with nothing that is not needed."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from vethlab.catalogue import Image, catalogue
from vethlab.dockerd import image
from vethlab.dockerd.tree import Tree
from vethlab.errors import MachineError


def unpacked(layer: bytes) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
        return {f"/{member.name}": member for member in archive.getmembers()}


def test_a_file_comes_with_every_link_on_the_way_to_it(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/program-1.2").write_text("#!/bin/sh\n")
    (tmp_path / "real/program").symlink_to("program-1.2")
    (tmp_path / "short").symlink_to("real")
    tree = Tree()
    tree.add(tmp_path / "short/program")
    found = unpacked(tree.layer())
    assert found[f"{tmp_path}/short"].linkname == "real"
    assert found[f"{tmp_path}/real/program"].linkname == "program-1.2"
    assert found[f"{tmp_path}/real/program-1.2"].isreg()


def test_what_was_unpacked_is_in_the_image_as_if_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VETHLAB_PACKAGES", str(tmp_path))
    (tmp_path / "root/usr/bin").mkdir(parents=True)
    (tmp_path / "root/usr/bin/tool").write_text("#!/bin/sh\n")
    tree = Tree()
    tree.add(tmp_path / "root/usr/bin/tool")
    assert set(tree.files) == {"/usr/bin/tool"}


def test_a_layer_is_the_same_every_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    trees = [Tree(), Tree()]
    for tree in trees:
        tree.add(tmp_path / "file")
    assert trees[0].layer() == trees[1].layer()
    (tmp_path / "file").write_text("y")
    assert Tree(files={"/file": tmp_path / "file"}).layer() != trees[0].layer()


def test_images_share_their_base_and_say_what_they_run() -> None:
    known = catalogue()
    packed = image.archive([known["echo"], known["busybox"], known["httpd"]])
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        manifest = json.load(archive.extractfile("manifest.json"))  # type: ignore[arg-type]
        configs = {m["RepoTags"][0]: json.load(archive.extractfile(m["Config"])) for m in manifest}  # type: ignore[arg-type]
        layers = {m["RepoTags"][0]: m["Layers"] for m in manifest}
        server = unpacked(archive.extractfile(layers["echo:latest"][1]).read())  # type: ignore[union-attr]
    assert layers["busybox:latest"] == layers["httpd:latest"] == layers["echo:latest"][:1]
    assert configs["busybox:latest"]["config"]["Cmd"] == ["sh"]
    assert configs["httpd:latest"]["config"]["Cmd"][:2] == ["busybox", "sh"]
    assert set(configs["echo:latest"]["config"]["ExposedPorts"]) == {"80/tcp", "7/tcp", "7/udp"}
    assert any(name.endswith("/vethlab/workload/echo.py") for name in server)
    assert not any("pydantic" in name or "ansible" in name for name in server)


def test_a_program_that_is_nowhere_is_an_error_that_names_its_package() -> None:
    lacking = Image("mystery", "nothing", program="no-such-program", package="no-such-package")
    with pytest.raises(MachineError, match="no-such-package"):
        image.archive([lacking])
