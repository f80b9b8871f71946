"""What must fit together in the settings of collectors: those for all accounts, and those of one account over them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from exporter.settings.collector import INTERVALS_KEPT, laid_over, resolved_collector
from exporter.settings.document import AccountSection, CollectorSection, Document
from exporter.settings.duration import render_duration
from exporter.settings.mistake import Finding, Place, suggestion
from exporter.settings.model import Collector, CollectorDefaults


def collector_findings(document: Document, collectors: Mapping[str, CollectorDefaults]) -> Iterator[Finding]:
    """Find every rule that the settings of a collector break."""
    for_all = document.collectors or {}
    for name, section in for_all.items():
        place = ("collectors", name)
        if name in collectors:
            yield from _Given(place, section, collectors[name]).findings()
        else:
            yield _unknown(place, collectors)
    for number, account in enumerate(document.accounts or ()):
        for name, section in (account.collectors or {}).items():
            own_place = ("accounts", str(number), "collectors", name)
            yield from _of_account(own_place, account, section, for_all, collectors)


def _of_account(
    place: Place,
    account: AccountSection,
    section: CollectorSection,
    for_all: Mapping[str, CollectorSection],
    collectors: Mapping[str, CollectorDefaults],
) -> Iterator[Finding]:
    name = place[-1]
    if name not in collectors:
        own = [known for known, its in collectors.items() if account.provider in {None, its.provider}]
        yield _unknown(place, own)
    elif account.provider not in {None, collectors[name].provider}:
        text = f"is a collector for {collectors[name].provider} accounts; leave it out"
        yield Finding(place, text, inputs=((*place[:2], "provider"),))
    else:
        yield from _Given(place, section, collectors[name], for_all.get(name)).findings()


def _unknown(place: Place, known: Mapping[str, CollectorDefaults] | list[str]) -> Finding:
    return Finding(place, f"unknown collector; {suggestion(place[-1], known)}", unknown=True)


@dataclass(frozen=True, slots=True)
class _Given:
    """The settings of one collector in one place; in an account, ``below`` are those for all accounts.

    In an account only those rules are looked at that its own keys have a part in: the rest is told where it stands.
    """

    place: Place
    section: CollectorSection
    defaults: CollectorDefaults
    below: CollectorSection | None = None

    def findings(self) -> Iterator[Finding]:
        collector = resolved_collector(laid_over(self.section, self.below), self.defaults)
        for key in ("window", "history"):
            if getattr(self.section, key) is not None and getattr(self.defaults, key) is None:
                yield Finding((*self.place, key), f"this collector has no {key}; leave it out")
        yield from self._timeout(collector)
        yield from self._max_staleness(collector)
        yield from self._window(collector)

    def _timeout(self, collector: Collector) -> Iterator[Finding]:
        if collector.timeout > collector.interval and self._has("timeout", "interval"):
            interval = render_duration(collector.interval)
            text = (
                f"{self._shown('timeout', collector)} is longer than the interval of {interval}; use {interval} or less"
            )
            yield self._finding("timeout", text, "interval")

    def _max_staleness(self, collector: Collector) -> Iterator[Finding]:
        least = INTERVALS_KEPT * collector.interval
        if collector.max_staleness < least and self._has("max_staleness", "interval"):
            text = (
                f"{self._shown('max_staleness', collector)} is less than 3 intervals of "
                f"{render_duration(collector.interval)}; use {render_duration(least)} or more"
            )
            hint = ", or leave it out" if self.section.max_staleness is not None else ""
            yield self._finding("max_staleness", text + hint, "interval")

    def _window(self, collector: Collector) -> Iterator[Finding]:
        window, history = collector.window, collector.history
        if window is None or history is None or window <= history or not self._has("window", "history"):
            return
        keys = ("window", "history") if self.section.window is not None else ("history", "window")
        longest = render_duration(history)
        text = f"the window of {render_duration(window)} is longer than the history of {longest}"
        yield self._finding(keys[0], f"{text}; use a window of {longest} or less", keys[1])

    def _has(self, *keys: str) -> bool:
        """Whether one of the keys stands here; all do, where nothing lies below."""
        return self.below is None or any(getattr(self.section, key) is not None for key in keys)

    def _shown(self, key: str, collector: Collector) -> str:
        """A value, and where it is from when it stands elsewhere."""
        is_elsewhere = self.below is not None and getattr(self.section, key) is None
        return render_duration(getattr(collector, key)) + (f" of collectors.{self.place[-1]}" if is_elsewhere else "")

    def _finding(self, key: str, text: str, other: str) -> Finding:
        places = [self.place] if self.below is None else [self.place, ("collectors", self.place[-1])]
        return Finding(
            (*self.place, key), text, inputs=tuple((*place, each) for place in places for each in (key, other))
        )
