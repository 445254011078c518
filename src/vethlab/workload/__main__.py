"""`python -m vethlab.workload echo`: the echo server by hand, as it runs in a sandbox."""

from __future__ import annotations

import argparse
import socket
import sys

from .echo import serve

_EXAMPLES = """examples:
  python -m vethlab.workload echo --identity web --tcp 7 --udp 7 --http 80
  python -m vethlab.workload echo --http 8080 --http 8081

then, from elsewhere:
  nc 127.0.0.1 7            a line with the address the server saw; what is typed comes back
  curl http://127.0.0.1/    the same as JSON, with the request's own headers
"""


def _port(text: str) -> int:
    if text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(f"a port from 1 to 65535 was expected, not {text!r}")


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m vethlab.workload",
        description="vethlab's own small servers.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    echo = parser.add_subparsers(dest="workload", required=True).add_parser(
        "echo",
        help="tell every client who asked",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    echo.add_argument("--identity", default=socket.gethostname(), help="what it calls itself (the host name)")
    echo.add_argument("--bind", default="", metavar="ADDRESS", help="an IPv4 address to listen on (every one)")
    for protocol in ("tcp", "udp", "http"):
        echo.add_argument(f"--{protocol}", type=_port, action="append", default=[], metavar="PORT")
    return parser


def main(argv: list[str] | None = None) -> int:
    """Exit status 1 where a port cannot be had, 2 where none was asked for."""
    parser = _arguments()
    args = parser.parse_args(argv)
    if not (args.tcp or args.udp or args.http):
        parser.error("nothing to serve: give --tcp, --udp or --http")
    try:
        serve(args.identity, args.tcp, args.udp, args.http, bind=args.bind)
    except OSError as error:
        print(f"echo: {error.strerror}: a port is taken, or below 1024 without the right to it", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
