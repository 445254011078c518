"""The reader of pages: what it takes for a match, and what not."""

from __future__ import annotations

import pytest
from transcript import Command, File, expects_failure, matches, steps

PAGE = """\
Text with `code`.

```yaml
# office.yml: an office
name: office
```

```yaml
name: a fragment
```

```console
$ vethlab ls
NAME   PID
…
$ vethlab exec demo node1 -- \\
    ip route
```

```sh
vethlab run   # the main job
```
"""


def test_the_steps_of_a_page() -> None:
    assert list(steps(PAGE)) == [
        File("office.yml", "# office.yml: an office\nname: office\n"),
        Command("vethlab ls", "NAME   PID\n…"),
        Command("vethlab exec demo node1 -- ip route", ""),
        Command("vethlab run", None),
    ]


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        ("a\nb", "a\n\nb  \n"),
        ("a\n…\nd", "a\nb\nc\nd\n"),
        ("a\n…", "a\n"),
        ("up in 0.30 s", "up in 12.07 s\n"),
        ("pid …", "pid 17\n"),
        ("1  2    3", "1 2 3\n"),
    ],
)
def test_matching(shown: str, printed: str) -> None:
    assert matches(shown, printed)


@pytest.mark.parametrize(("shown", "printed"), [("a", "a\nb\n"), ("a\nb", "a\n"), ("a\n…\nd", "a\nb\n"), ("", "a\n")])
def test_not_matching(shown: str, printed: str) -> None:
    assert not matches(shown, printed)


def test_failures_are_marked() -> None:
    assert expects_failure("✗ office: 83 of 89 met, 6 failed")
    assert not expects_failure("✓ office: 89 of 89 met")
