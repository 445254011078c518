"""Break/fix labs: what their authors declare, drawn for a seed, and what an attempt at one is worth. Pure.

    labs/NAME/lab.yml --read--> Source --prepare(seed)--> Prepared: a topology, steps to take, journeys to make
    arrivals of the journeys --mark--> Results --score, rubric--> points

source      a lab's folder, read and checked: every error at once, with its line
variables   what the seed decides, and filling it in
prepared    a lab for one seed
questions   interview questions, and the labs that show their answers
grade       results, score, rubric
hints       which hint is next, and its price
"""

from .grade import Result, Rubric, mark, rubric, score
from .hints import PRICES, next_hint
from .prepared import Prepared, Step, prepare
from .questions import QUESTIONS
from .source import Source, find_lab, read, shipped_labs

__all__ = [
    "PRICES",
    "QUESTIONS",
    "Prepared",
    "Result",
    "Rubric",
    "Source",
    "Step",
    "find_lab",
    "mark",
    "next_hint",
    "prepare",
    "read",
    "rubric",
    "score",
    "shipped_labs",
]
