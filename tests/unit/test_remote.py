"""What travels to a real machine, and how the machine is reached; no machine is needed for either."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from vethlab.addressing import lay_out
from vethlab.errors import InputError
from vethlab.load import load
from vethlab.remote import Host, read_inventory
from vethlab.remote.bundle import bundle
from vethlab.remote.session import ssh_argv

INI = """
[hosts]
node1 ansible_host=192.0.2.1 ansible_port=2222 ansible_ssh_common_args='-o ProxyJump=gate'
node2

[hosts:vars]
ansible_user=operator
ansible_become=true
ansible_ssh_private_key_file=/keys/one
vethlab_topology=three-node
"""


def test_the_bundle_needs_python_alone(tmp_path: Path) -> None:
    """As it is started there: no site-packages, nothing of ours but the zip."""
    file = tmp_path / "bundle.zip"
    file.write_bytes(bundle())
    program = "import sys; sys.path.insert(0, sys.argv[1]); import vethlab.visitor; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert {"vethlab.visitor", "vethlab.probe", "dns.message"} <= loaded
    assert not loaded & {"pydantic", "yaml", "ansible", "vethlab.model"}


def test_the_bundle_is_the_same_every_time_and_holds_nothing_else() -> None:
    names = zipfile.ZipFile(io.BytesIO(bundle())).namelist()
    assert all(name.endswith(".py") for name in names)
    assert {name.partition("/")[0] for name in names} == {"vethlab", "dns", "dpkt"}


def test_an_inventory_is_read_as_ansible_reads_it(tmp_path: Path) -> None:
    file = tmp_path / "hosts.ini"
    file.write_text(INI)
    found = read_inventory(file)
    assert found.topology == "three-node"
    assert found.hosts["node2"] == Host("node2", "node2", user="operator", key="/keys/one", become=True)
    first = found.hosts["node1"]
    assert (first.address, first.port, first.arguments) == ("192.0.2.1", 2222, ("-o", "ProxyJump=gate"))
    argv = ssh_argv(first)
    assert argv[:4] == ["ssh", "-T", "-o", "ProxyJump=gate"], "the inventory's word comes first, so it counts"
    assert "StrictHostKeyChecking=yes" in argv
    assert argv[-8:] == ["-p", "2222", "-i", "/keys/one", "-l", "operator", "--", "192.0.2.1"]
    found.fit(lay_out(load("three-node")))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[hosts\nnode1\n", "Ansible cannot read it"),
        ("", "it names no host"),
        ("nodd1\n", "no node of three-node is named 'nodd1', did you mean 'node1'?"),
    ],
)
def test_a_wrong_inventory(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "hosts.ini"
    file.write_text(text)
    with pytest.raises(InputError, match=words.replace("?", r"\?")):
        read_inventory(file).fit(lay_out(load("three-node")))


def test_no_inventory(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such inventory"):
        read_inventory(tmp_path / "none.ini")
