"""The environment of a container's programs (`docker run --env`, `docker exec --env`)."""

from __future__ import annotations

from collections.abc import Sequence

from .refusal import Refusal

__all__ = ["environment", "with_environment"]


def environment(wanted: Sequence[str]) -> tuple[str, ...]:
    """NAME=VALUE each; a NAME alone would be the caller's own, whom nobody asks. Raises Refusal."""
    for text in wanted:
        if not text.partition("=")[1] or text.startswith("="):
            raise Refusal(f"invalid environment variable: {text}", 125)
    return tuple(wanted)


def with_environment(variables: Sequence[str], argv: Sequence[str], *, directory: str = "") -> tuple[str, ...]:
    """The command with an environment, in a directory (env(1))."""
    where = ["-C", directory] if directory else []
    return ("env", *where, *variables, *argv) if variables or where else tuple(argv)
