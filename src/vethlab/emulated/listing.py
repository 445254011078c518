"""What `docker ps` and `docker network ls` list: which rows (`--filter`), in which form (`--format`, `--quiet`).

Source: docker/cli, cli/command/formatter (container.go, tabwriter), and the pages of both commands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from .go_template import Template
from .refusal import Refusal

__all__ = ["HEADS", "Row", "chosen", "listing", "table"]

#: Field of a template → text.
Row = Mapping[str, str]

#: What a column is called, where that is not the field in capitals.
HEADS = {"RunningFor": "CREATED", "CreatedAt": "CREATED AT", "IPv4": "IPV4", "IPv6": "IPV6"}


def chosen(rows: Iterable[Row], wanted: Sequence[str], matches: Mapping[str, Callable[[Row, str], bool]]) -> list[Row]:
    """The rows that pass every `--filter NAME=VALUE`; of filters of one name one is enough. Raises Refusal."""
    filters: dict[str, list[str]] = {}
    for text in wanted:
        name, equals, value = text.partition("=")
        if not equals:
            raise Refusal(f'invalid argument "{text}" for "-f, --filter" flag: invalid filter \'{text}\'', 125)
        if name not in matches:
            raise Refusal.daemon(f"invalid filter '{name}'")
        filters.setdefault(name, []).append(value)
    return [row for row in rows if all(any(matches[n](row, v) for v in vs) for n, vs in filters.items())]


def listing(rows: Sequence[Row], columns: Sequence[str], identity: str, *, form: str = "", quiet: bool = False) -> str:
    """The rows as docker prints them. `identity` heads the column `ID`. Raises Refusal for a wrong template."""
    if quiet and form in ("", "table"):
        return "".join(f"{row['ID']}\n" for row in rows)
    heads = {name: HEADS.get(name, name.upper()) for row in rows[:1] or [{}] for name in (*row, *columns)}
    heads["ID"] = identity
    if form in ("", "table"):
        return table([heads[c] for c in columns], [[row[c] for c in columns] for row in rows])
    if form == "json":
        return "".join(json.dumps(dict(sorted(row.items()))) + "\n" for row in rows)
    tabled = re.match(r"table\s+", form)
    template = Template(_escapes(form[tabled.end() :] if tabled else form))
    lines = [template.render(row) for row in ([heads, *rows] if tabled else rows)]
    if not tabled:
        return "".join(f"{line}\n" for line in lines)
    first, *rest = (line.split("\t") for line in lines)
    return table(first, rest)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Columns three spaces apart and at least ten wide, as docker's tabwriter sets them."""
    lines = [head, *rows]
    widths = [max(10, *(len(line[i]) + 3 for line in lines)) for i in range(len(head))]
    return "".join("".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() + "\n" for line in lines)


def _escapes(form: str) -> str:
    r"""A tab and a line's end as one types them: \t, \n."""
    return form.replace(r"\t", "\t").replace(r"\n", "\n")
