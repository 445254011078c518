"""Interview questions, and under which name a lab says that it shows the answer."""

from __future__ import annotations

__all__ = ["QUESTIONS"]

QUESTIONS = {
    "what-is-cni": "What is CNI, and what does a plugin do when a pod is made?",
    "bridge-vs-user-defined": "How does Docker's default bridge differ from a user-defined network?",
    "how-pods-communicate": "How do pods on one node, and on different nodes, reach each other?",
    "how-to-troubleshoot": "A container cannot reach something. How do you find out why?",
    "how-a-container-reaches-the-internet": "How does a container's packet get to the internet and back?",
    "how-ports-are-published": "What happens to a packet for a published port?",
    "how-names-are-resolved": "How does a container find another one by name?",
    "what-is-an-overlay": "What does VXLAN add to a packet, and what must each host know?",
    "what-about-mtu": "Why do small packets pass while large transfers hang?",
}
