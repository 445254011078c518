"""Lines for sh(1) in a place of the lab, run from its daemon: no shell's history has them, no file keeps them.

Lines for the capsule itself may say `on PLACE COMMAND…`; the environment's `PID_PLACE` tells where a place is.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping

__all__ = ["ON", "run", "variable"]

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_SECONDS = 60.0
#: What `on` is, in front of lines for the capsule.
ON = """on() {
    place=$1
    shift
    eval "pid=\\${PID_$(printf %s "$place" | tr - _):-}"
    [ -n "$pid" ] || { echo "on: there is no $place" >&2; return 64; }
    nsenter -t "$pid" -m -u -i -n -p -C -- "$@"
}
"""


def variable(place: str) -> str:
    """The name of the variable that tells `on` where a place is."""
    return "PID_" + place.replace("-", "_")


def run(pid: int | None, lines: str, environment: Mapping[str, str]) -> tuple[int, str]:
    """Status and output (both streams) of lines run where process `pid` is; None is here. They stop at the first error.

    What runs in a place has no vethlab in its arguments or environment. After a minute it is killed, status 124.
    """
    place = [] if pid is None else ["nsenter", "-t", str(pid), "-m", "-u", "-i", "-n", "-p", "-C", "--"]
    done = subprocess.Popen(
        [*place, "sh", "-ec", lines],
        env={"PATH": _PATH, "HOME": "/root", "LANG": "C.UTF-8", **environment},
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = done.communicate(timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(done.pid, 9)
        return 124, f"still not finished after {_SECONDS:.0f} s"
    return done.returncode, output
