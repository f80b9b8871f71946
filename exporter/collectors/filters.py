"""Which clusters, apps and environments of an account are watched, told by their names."""

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NameFilter:
    """Names that match one of ``include`` (all, where there is none) and none of ``exclude``; whole names are matched.

    As in Prometheus, an expression has to match the whole name.
    """

    include: tuple[re.Pattern[str], ...] = ()
    exclude: tuple[re.Pattern[str], ...] = ()

    @classmethod
    def of(cls, include: Iterable[str], exclude: Iterable[str]) -> "NameFilter":
        """The filter of these regular expressions; raises re.error."""
        return cls(tuple(map(re.compile, include)), tuple(map(re.compile, exclude)))

    def __call__(self, name: str) -> bool:
        """Whether an object of this name is watched."""
        included = not self.include or any(pattern.fullmatch(name) for pattern in self.include)
        return included and not any(pattern.fullmatch(name) for pattern in self.exclude)


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of one account; those for apps and environments are for RetailCloud, clusters are of any product."""

    cluster: NameFilter = NameFilter()
    app: NameFilter = NameFilter()
    environment: NameFilter = NameFilter()


EVERYTHING = Filters()
