"""Pods: one or several containers that share a network."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from .base import Declared, Name
from .link import Rate
from .workload import Workload

__all__ = ["Bandwidth", "Pod", "PodContainer"]


class Bandwidth(Declared):
    """Limits in bits per second: `ingress` is what comes to the pod, `egress` what it sends. By the CNI plugin."""

    ingress: Rate | None = None
    egress: Rate | None = None


class PodContainer(Declared):
    """A container of a pod: an image, in mount and PID namespaces of its own. A bare string is short for `image`."""

    image: Name


def _image(value: Any) -> Any:
    return {"image": value} if isinstance(value, str) else value


_Contained = Annotated[PodContainer, BeforeValidator(_image, json_schema_input_type=str | PodContainer)]


class Pod(Workload):
    """A workload of the pod network. Instead of one `image` it may hold several `containers`.

    They share addresses, host name and localhost, and so cannot serve the same port. With `publish` a port of the host
    leads to the pod (Kubernetes's hostPort), for which a CNI plugin is needed.
    """

    containers: dict[Name, _Contained] = Field(default_factory=dict)
    bandwidth: Bandwidth | None = None

    @property
    def images(self) -> tuple[str, ...]:
        """What it runs, in the order of the file."""
        return tuple(c.image for c in self.containers.values()) or (self.image,)
