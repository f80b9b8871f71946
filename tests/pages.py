"""Pages read quickly, for tests that read many; that they are well-formed is proved by others."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_SERIES = re.compile(r"(\w+)(?:\{(.*)\})? (\S+)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Sample:
    """One line of a page."""

    name: str
    labels: dict[str, str]
    value: float


def samples_of(page: str) -> Iterator[Sample]:
    """The samples of a page of the exporter, which gives none a time."""
    for line in page.split("\n"):
        if line and not line.startswith("#"):
            name, labels, value = _SERIES.fullmatch(line).groups("")
            yield Sample(name, {key: _plain(text) for key, text in _LABEL.findall(labels)}, float(value))


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda escaped: "\n" if escaped[1] == "n" else escaped[1], text) if "\\" in text else text
