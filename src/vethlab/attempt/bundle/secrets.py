"""Taking secrets out of what is to be shown: a report is passed on, a recording is not."""

from __future__ import annotations

import re

__all__ = ["redact"]

_SECRETS = re.compile(
    r"(?i)(?P<before>\b(?:password|passwd|secret|token|api[-_]?key|authorization)\b\s*[=:]\s*(?:bearer\s+)?)(?P<secret>[^\s'\"]+)"
    r"|(?P<url>://[^\s/:@]+:)(?P<word>[^\s/@]+)(?=@)"
    r"|(?P<key>-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(?=-----END|\Z)",
    re.S,
)


def redact(text: str) -> str:
    """The text with passwords, tokens, credentials in URLs and private keys replaced by dots."""
    return _SECRETS.sub(lambda m: (m["before"] or m["url"] or m["key"]) + "•••", text)
