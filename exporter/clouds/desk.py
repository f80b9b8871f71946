"""What the logins of one account share: the way to the services that log in, the clocks, who hears of their ends."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

from exporter.clouds.exchange import Dialect
from exporter.clouds.http import Channel
from exporter.clouds.login import Clock, Session, Source
from exporter.clouds.plain_dialect import PlainDialect
from exporter.clouds.signing import Access, OpenAccess

T = TypeVar("T")


class Ways(Protocol):
    """The ways to the services that log in."""

    def __call__(
        self,
        product: str,
        endpoint: str,
        access: Access,
        *,
        region: str = "",
        dialect: Dialect | None = None,
        timeout: float | None = None,
    ) -> Channel:
        """A channel to a service at its usual endpoint, which the settings may replace (by one for each ``region``).

        ``dialect`` is the vendor's and ``timeout`` (seconds) that of all calls, unless given.
        """


class Closing(Protocol):
    """What has an end."""

    def close(self) -> None:
        """Call off what is under way."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Makes the logins of one account.

    ``told`` hears the end of each lease (epoch seconds or None) by the name of its slot: one for each token that calls
    are made with. ``sessions`` are all that were made.
    """

    account: str
    clock: Clock
    ways: Ways = field(repr=False)
    told: Callable[[str, float | None], None] = field(repr=False)
    sessions: list[Closing] = field(default_factory=list, repr=False)

    def session(self, name: str, source: Source[T], slot: str = "") -> Session[T]:
        """Keep what a source gives; ``name`` is what messages call it."""
        session = Session(
            source,
            name=name,
            account=self.account,
            clock=self.clock,
            told=lambda ends_at: self.told(slot, ends_at),
        )
        self.sessions.append(session)
        return session

    def behind(self) -> "Desk":
        """A desk for logins that stand behind another one: calls are not made with what they give."""
        return replace(self, told=lambda _slot, _ends_at: None)

    def plain(self, product: str, endpoint: str, timeout: float | None = None) -> Channel:
        """The way to a service that is asked without proof, and that says no by its HTTP status alone."""
        return self.ways(product, endpoint, OpenAccess(), dialect=PlainDialect(), timeout=timeout)

    def close(self) -> None:
        """Call off all logins under way."""
        for session in self.sessions:
            session.close()
