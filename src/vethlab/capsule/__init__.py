"""Capsules: where a lab lives, and outside of which nothing of it exists."""

from .capsule import LOG, Capsule, Daemon, Send, kill, start
from .registry import Registered, find, running

__all__ = ["LOG", "Capsule", "Daemon", "Registered", "Send", "find", "kill", "running", "start"]
