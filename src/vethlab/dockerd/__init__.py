"""The real Docker engine in every host: images, daemons, networks and containers, through its API."""

from ..docker_versions import generation
from .choice import PROGRAMS, choose, version, why_not
from .engines import Engines

__all__ = ["PROGRAMS", "Engines", "choose", "generation", "version", "why_not"]
