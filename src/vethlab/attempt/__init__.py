"""Attempts at labs: a prepared lab that runs, broken and checked from outside.

stage      one running lab: set up, broken, looked at, mended
verify     the proof that a lab is a good one: every state of it, with every solution and every hack
"""

from .stage import Maker, Stage
from .verify import State, Verification, verify

__all__ = ["Maker", "Stage", "State", "Verification", "verify"]
