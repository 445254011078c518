"""Docker's embedded name server, 127.0.0.11 in every container that is on a network of a user's making.

    container ──127.0.0.11:53──nat OUTPUT──> 127.0.0.11:PORT, a socket that this server opened in the container
    a name or an alias on one of its networks    answered here, the addresses in turn
    anything else                                asked of the host's servers, out of the container's own network
    a container on internal networks alone       SERVFAIL instead

One process serves all containers of a host. It imports small modules of the standard library alone.
Source: moby, daemon/libnetwork/resolver.go and sandbox_dns_unix.go.
"""

__all__: list[str] = []
