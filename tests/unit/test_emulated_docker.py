"""The docker command of the emulated engine, as far as it needs no kernel: what it understands, refuses and prints."""

from __future__ import annotations

import pytest
from sample_worlds import TWO_HOSTS, world

from vethlab.container_life import Run
from vethlab.emulated import amend, flags, planned, tables
from vethlab.emulated.documents import Standing, container_document, network_document
from vethlab.emulated.grammar import Help, parse
from vethlab.emulated.listing import chosen, listing, table
from vethlab.emulated.refusal import Refusal
from vethlab.model import Attachment, Container, DockerNetwork
from vethlab.world import World

NETWORKS = {"front": {"subnets": ["172.20.0.0/16"]}, "back": {"subnets": ["172.21.0.0/16"], "internal": True}}
LAB = world(
    TWO_HOSTS
    | {
        "docker": {"networks": NETWORKS},
        "containers": {
            "web": {"node": "node1", "networks": ["front"], "publish": ["8080:80"]},
            "old": {"node": "node1"},
        },
        "pods": {},
    }
)


def addresses(lab: World, name: str) -> list[str]:
    return [str(a.ip) for a in lab.sandboxes[name].addresses]


def with_container(world: World, name: str, declared: Container) -> World:
    ids = dict.fromkeys(world.sandboxes, "its id")
    return amend.start_container(world, "node1", planned.new_container(world, "node1", name, declared, ids), ids)


def wire(mode: str) -> DockerNetwork:
    return DockerNetwork(driver="macvlan", parent="eth0", options={"macvlan_mode": mode})


def test_the_next_container_has_the_lowest_free_address_and_port() -> None:
    declared = Container(networks=(Attachment(name="front"),), publish=["80"])  # type: ignore[arg-type]
    after = with_container(LAB, "app", declared)
    assert addresses(after, "app") == ["172.20.0.3"]
    assert [p.host_port for p in after.sandboxes["app"].publish] == [32768]
    again = with_container(amend.remove_container(after, "node1", "web", force=True), "new", declared)
    assert addresses(again, "new") == ["172.20.0.2"]


def test_a_network_comes_and_goes() -> None:
    after = amend.add_network(LAB, "node1", "fresh", DockerNetwork())
    assert str(after.machines["node1"].network("fresh").subnets[0]) == "172.18.0.0/16"
    assert "fresh" not in {n.name for n in after.machines["node2"].networks}
    assert amend.remove_network(after, "node1", "fresh") == LAB


def test_the_default_route_follows_the_networks() -> None:
    joined = amend.connect(LAB, "node1", "web", Attachment(name="back"))
    assert [str(g) for g in joined.sandboxes["web"].gateways] == ["172.20.0.1"]
    alone = amend.disconnect(joined, "node1", "web", "front")
    assert alone.sandboxes["web"].gateways == ()
    assert addresses(alone, "web") == ["172.21.0.2"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda: amend.add_network(LAB, "node1", "front", DockerNetwork()), "network with name front already exists"),
        (lambda: amend.add_network(LAB, "node1", "host", DockerNetwork()), "predefined host network"),
        (lambda: amend.add_network(LAB, "node1", "w", wire("bogus")), "requested macvlan mode 'bogus' is not valid"),
        (lambda: amend.add_network(LAB, "node1", "w", wire("private")), "macvlan networks of mode bridge alone"),
        (lambda: amend.remove_network(LAB, "node1", "front"), 'has active endpoints (name:"web")'),
        (lambda: amend.remove_network(LAB, "node1", "bridge"), "pre-defined network"),
        (lambda: amend.remove_container(LAB, "node1", "web", force=False), "container is running"),
        (lambda: amend.remove_container(LAB, "node2", "web", force=True), "No such container: web"),
        (lambda: amend.connect(LAB, "node1", "web", Attachment(name="front")), "already exists in network front"),
        (lambda: amend.connect(LAB, "node1", "web", Attachment(name="nope")), "network nope not found"),
        (lambda: amend.disconnect(LAB, "node1", "web", "back"), "is not connected to network back"),
        (lambda: with_container(LAB, "web", Container()), 'container name "/web" is already in use'),
    ],
)
def test_refusals_are_dockers_words(change: object, words: str) -> None:
    with pytest.raises(Refusal) as refused:
        change()  # type: ignore[operator]
    assert words in refused.value.words


@pytest.mark.parametrize(
    ("argv", "status", "words"),
    [
        (["frob"], 1, "unknown command: docker frob"),
        (["network", "frob"], 1, "unknown command: docker network frob"),
        (["run", "--frob", "echo"], 125, "unknown flag: --frob"),
        (["network", "create"], 1, "requires at least 1 argument"),
    ],
)
def test_bad_usage(argv: list[str], status: int, words: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse(argv)
    assert words in refused.value.words
    assert refused.value.status == status


def test_what_a_cheat_sheet_says_is_understood() -> None:
    asked = parse(
        ["run", "-d", "--network", "my-network", "--name", "my-container", "-p", "80:80", "my-image", "ls", "-l"]
    )
    assert (asked.verb, asked.name, asked.image, asked.command) == ("run", "my-container", "my-image", ["ls", "-l"])
    assert (asked.detach, asked.network, asked.publish) == (True, ["my-network"], ["80:80"])


RUNNING = Standing(Run(("httpd", "-f"), ("COLOUR=green",)), started=0.0, pid=42)
ENDED = Standing(Run(), started=0.0, finished=60.0, status=137)
DOCUMENT = container_document(LAB, LAB.sandboxes["web"], RUNNING)


def test_what_a_container_runs() -> None:
    assert (DOCUMENT["Path"], DOCUMENT["Args"]) == ("httpd", ["-f"])
    assert DOCUMENT["Config"]["Env"] == ["COLOUR=green"]
    assert (DOCUMENT["State"]["Status"], DOCUMENT["State"]["Pid"]) == ("running", 42)
    assert DOCUMENT["State"]["StartedAt"] == "1970-01-01T00:00:00Z"


def test_what_has_ended_has_its_networks_and_no_address() -> None:
    document = container_document(LAB, LAB.sandboxes["web"], ENDED)
    assert (document["State"]["Status"], document["State"]["ExitCode"]) == ("exited", 137)
    assert document["State"]["FinishedAt"] == "1970-01-01T00:01:00Z"
    settings = document["NetworkSettings"]
    assert (settings["Ports"], settings["SandboxKey"]) == ({}, "")
    assert settings["Networks"]["front"]["IPAddress"] == ""
    assert set(settings) == set(DOCUMENT["NetworkSettings"])


def test_a_network_that_is_gone_is_named_and_no_more() -> None:
    gone = amend.remove_network(amend.remove_container(LAB, "node1", "web", force=True), "node1", "front")
    shown = container_document(gone, LAB.sandboxes["web"], ENDED)["NetworkSettings"]["Networks"]
    assert [(name, on["IPAddress"], on["NetworkID"]) for name, on in shown.items()] == [("front", "", "")]


def test_what_has_ended_comes_back_where_there_is_room() -> None:
    without = amend.remove_container(LAB, "node1", "web", force=True)
    assert addresses(amend.start_container(without, "node1", LAB.sandboxes["web"], {}), "web") == ["172.20.0.2"]
    declared = Container(networks=(Attachment(name="front"),))
    taken = with_container(without, "app", declared)
    assert addresses(amend.start_container(taken, "node1", LAB.sandboxes["web"], {}), "web") == ["172.20.0.3"]


def test_what_never_ran_has_a_reason() -> None:
    document = container_document(LAB, LAB.sandboxes["web"], Standing(Run(created=9.0), status=128, error="no room"))
    state = document["State"]
    assert (state["Status"], state["ExitCode"], state["Error"]) == ("created", 128, "no room")
    assert (document["Created"], state["StartedAt"]) == ("1970-01-01T00:00:09Z", "0001-01-01T00:00:00Z")
    assert tables.container_row(LAB, LAB.sandboxes["web"], Standing(Run()), whole=False)["Status"] == "Created"


def test_a_port_the_host_picked_is_picked_again() -> None:
    declared = Container(networks=(Attachment(name="front"),), publish=["80"])  # type: ignore[arg-type]
    first = with_container(LAB, "first", declared)
    stopped = amend.remove_container(first, "node1", "first", force=True)
    taken = with_container(stopped, "second", declared)
    again = amend.start_container(taken, "node1", first.sandboxes["first"], {})
    assert [p.host_port for p in again.sandboxes["first"].publish] == [32769]


def test_what_lends_its_network_leaves_nothing_of_it() -> None:
    guest = with_container(LAB, "guest", Container(network_mode="container:web"))
    assert guest.sandboxes["guest"].nics == LAB.sandboxes["web"].nics
    alone = amend.remove_container(guest, "node1", "web", force=True)
    assert alone.sandboxes["guest"].nics == ()
    with pytest.raises(Refusal, match="cannot join network of a non running container"):
        amend.start_container(alone, "node1", guest.sandboxes["guest"], {})


ROWS = [
    tables.container_row(LAB, LAB.sandboxes["web"], RUNNING, whole=False),
    tables.container_row(LAB, LAB.sandboxes["old"], ENDED, whole=False),
]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ([], ["web", "old"]),
        (["name=we"], ["web"]),
        (["name=we", "name=ol"], ["web", "old"]),
        (["name=we", "status=exited"], []),
        (["status=exited"], ["old"]),
        (["exited=137"], ["old"]),
        (["network=front"], ["web"]),
        (["ancestor=echo:latest"], ["web", "old"]),
    ],
)
def test_filters(filters: list[str], expected: list[str]) -> None:
    assert [row["Names"] for row in chosen(ROWS, filters, tables.CONTAINER_FILTERS)] == expected


@pytest.mark.parametrize(("wrong", "status"), [("frob=1", 1), ("name", 125)])
def test_filters_that_are_none(wrong: str, status: int) -> None:
    with pytest.raises(Refusal, match="invalid filter") as refused:
        chosen(ROWS, [wrong], tables.CONTAINER_FILTERS)
    assert refused.value.status == status


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("{{.Names}}", "web\nold\n"),
        ("table {{.Names}}\\t{{.Ports}}", "NAMES     PORTS\nweb       0.0.0.0:8080->80/tcp\nold\n"),
        (
            "table {{.ID}}\\t{{.Command}}",
            f'CONTAINER ID   COMMAND\n{ROWS[0]["ID"]}   "httpd -f"\n{ROWS[1]["ID"]}   "echo"\n',
        ),
    ],
)
def test_forms_of_a_listing(form: str, expected: str) -> None:
    assert listing(ROWS, tables.CONTAINER_COLUMNS, "CONTAINER ID", form=form) == expected


def test_an_empty_listing_has_its_head() -> None:
    assert listing([], tables.NETWORK_COLUMNS, "NETWORK ID") == "NETWORK ID   NAME      DRIVER    SCOPE\n"
    assert listing([], tables.NETWORK_COLUMNS, "NETWORK ID", form="table {{.Name}}") == "NAME\n"


def test_a_network_lists_its_containers() -> None:
    network = network_document(LAB, "node1", LAB.machines["node1"].network("front"), 0.0)
    assert [(c["Name"], c["IPv4Address"]) for c in network["Containers"].values()] == [("web", "172.20.0.2/16")]
    assert network["IPAM"]["Config"] == [{"Subnet": "172.20.0.0/16", "Gateway": "172.20.0.1"}]


def test_tables_are_set_as_dockers() -> None:
    assert table(("NAME", "ID"), [("web", "1"), ("database", "22")]) == ("NAME       ID\nweb        1\ndatabase   22\n")


#: Without what only the docker program itself says.
COMMANDS = [verb for verb in flags.VERBS if verb != flags.ENDED]


@pytest.mark.parametrize("verb", COMMANDS)
def test_help_of_every_command_tells_each_option(verb: str) -> None:
    with pytest.raises(Help) as told:
        parse([*verb.split(), "--help"])
    lines = str(told.value).splitlines()
    assert lines[0].startswith(f"Usage:  docker {verb} [OPTIONS]")
    options = lines[lines.index("Options:") + 1 :]
    assert all(line.startswith("  -") and not line.endswith("None") for line in options)


@pytest.mark.parametrize("argv", [[], ["--help"], ["help"]])
def test_help_lists_every_command(argv: list[str]) -> None:
    with pytest.raises(Help) as told:
        parse(argv)
    assert all(f"  {verb} " in str(told.value) for verb in COMMANDS)


def test_help_of_a_kind_and_of_what_runs_inside() -> None:
    with pytest.raises(Help, match="network connect"):
        parse(["network"])
    assert parse(["run", "busybox", "ls", "--help"]).command == ["ls", "--help"]
