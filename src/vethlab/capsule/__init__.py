"""Capsules: where a lab lives, and outside of which nothing of it exists."""

from .capsule import LOG, Capsule, Daemon, Send, kill, start
from .refusal import blame
from .registry import Registered, find, running

__all__ = ["LOG", "Capsule", "Daemon", "Registered", "Send", "blame", "find", "kill", "running", "start"]
