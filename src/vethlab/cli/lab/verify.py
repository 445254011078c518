"""`vethlab lab verify`: the proof that labs are good ones."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from typing import Any

from ...errors import InputError, MachineError
from ..progress import Progress
from ..verb import Verbs, add_verb

__all__ = ["add"]

_EXAMPLES = """
vethlab lab verify                     every lab, seed 1
vethlab lab verify quiet-port --seeds 3
vethlab lab verify ./my-lab --json
"""


def add(verbs: Verbs) -> None:
    summary = "prove labs: healthy passes, broken fails as promised, every solution mends, no hack does"
    verb = add_verb(verbs, "verify", run, summary, _EXAMPLES)
    verb.add_argument("labs", nargs="*", metavar="LAB", help="names or folders (all of them)")
    verb.add_argument("--seeds", type=int, default=1, metavar="N", help="seeds 1 to N (1)")
    verb.add_argument("--sustain", type=float, default=1.0, metavar="S", help="seconds a solution must hold (1)")
    jobs = 3 * (os.cpu_count() or 1)
    verb.add_argument("--jobs", type=int, default=jobs, metavar="J", help=f"labs side by side ({jobs})")


def run(arguments: argparse.Namespace) -> int:
    from ...exercise import find_lab, prepare, read, shipped_labs
    from .making import missing_features
    from .pool import run_all

    if arguments.seeds < 1 or arguments.jobs < 1:
        raise InputError.of("--seeds and --jobs want a number of at least 1")
    sources = [read(find_lab(name)) for name in arguments.labs or shipped_labs()]
    jobs = [prepare(source, seed) for source in sources for seed in range(1, arguments.seeds + 1)]
    missing = missing_features({need for job in jobs for need in job.needs})
    skipped = {job.id: sorted(missing & set(job.needs)) for job in jobs if missing & set(job.needs)}
    jobs = [job for job in jobs if job.id not in skipped]
    began = time.monotonic()
    documents = []
    progress = Progress()
    progress.begin("verify", f"{len(jobs)} labs, {arguments.jobs} at a time")
    for document in run_all(jobs, arguments.jobs, arguments.sustain):
        documents.append(document)
        progress.clear()
        if not arguments.json:
            print("\n".join(_lines(document)), flush=True)
        progress.begin("verify", f"{len(documents)} of {len(jobs)}")
    progress.clear()
    ok = bool(documents) and all(d["ok"] for d in documents)
    seconds = time.monotonic() - began
    if arguments.json:
        print(json.dumps({"ok": ok, "seconds": round(seconds, 1), "labs": documents, "skipped": skipped}))
    else:
        print(
            "".join(f"- {lab} is skipped: this machine lacks {', '.join(why)}\n" for lab, why in skipped.items()),
            end="",
        )
        _conclude(documents, seconds)
    return _status(documents, ok)


def _status(documents: list[dict[str, Any]], ok: bool) -> int:
    """Nothing proven is no success: where every lab was skipped, this machine cannot."""
    if not documents:
        what = "nothing is proven: every lab needs what this machine lacks"
        raise MachineError(what, "vethlab doctor says what to do about it")
    return 0 if ok else 1


def _lines(document: dict[str, Any]) -> Iterator[str]:
    """A line for each lab and seed: every state with its seconds; below it, what is wrong."""
    states = "  ".join(f"{'' if s['ok'] else '✗ '}{s['name']} {s['seconds']:.1f}" for s in document["states"])
    yield f"{'✓' if document['ok'] else '✗'} {document['lab']} #{document['seed']}  {states}"
    yield from (f"    {s['name']}: {s['why']}" for s in document["states"] if not s["ok"])


def _conclude(documents: list[dict[str, Any]], seconds: float) -> None:
    bad = sum(not d["ok"] for d in documents)
    slowest = sorted(documents, key=lambda d: -d["seconds"])[:10]
    if len(documents) > 10:
        print("\nslowest: " + ", ".join(f"{d['lab']} #{d['seed']} {d['seconds']:.1f} s" for d in slowest))
    print(f"{len(documents) - bad} of {len(documents)} are good labs ({seconds:.1f} s)", file=sys.stdout)
