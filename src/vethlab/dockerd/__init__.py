"""The real Docker engine in every host: images, daemons, networks and containers, through its API."""

from .engines import Engines

__all__ = ["Engines"]
