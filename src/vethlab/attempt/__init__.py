"""Attempts at labs: a prepared lab that runs, broken and checked from outside.

stage        one running lab: set up, broken, looked at, mended
verify       the proof that a lab is a good one: every state of it, with every solution and every hack
attempt      somebody's turn at a lab, from the brief to the submission
record       what is written down of it, outside the lab
cast         a terminal, recorded from outside
differences  what was changed in the network
"""

from ..sealed import seal
from .attempt import Attempt, Grade, Hint
from .cast import CastWriter, frames, typed_lines
from .record import Facts, Record, find_record, records
from .stage import Maker, Stage
from .verify import State, Verification, verify

__all__ = [
    "Attempt",
    "CastWriter",
    "Facts",
    "Grade",
    "Hint",
    "Maker",
    "Record",
    "Stage",
    "State",
    "Verification",
    "find_record",
    "frames",
    "records",
    "seal",
    "typed_lines",
    "verify",
]
