"""Predict: what the network will do, from the model alone.

    world ──compile──> Fabric (stacks, segments, each host's rules)
    probe ──converse──> one Walk out, one back ──> Prediction (outcome, reason, path)

It shares types with the probes and no logic: the two are witnesses that must agree.
"""

from .prediction import Prediction, Predictor, predict

__all__ = ["Prediction", "Predictor", "predict"]
