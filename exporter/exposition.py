"""Samples as text, in the form that Prometheus text and OpenMetrics share for gauges."""

import hashlib
import re
from collections.abc import Iterable, Mapping

from exporter.metric import Metric, Sample

LONGEST_LABEL = 256
"""Characters of a label's value: the longest name that the vendors' documents allow, that of an RDS instance, fits."""

_MARK = "…"
_HASH = 16  # characters
# Not the line feed, which is escaped: what would end a line, or the text, for a parser or a terminal; lone surrogates,
# which JSON can hold and UTF-8 cannot.
_UNFIT = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

Texts = Mapping[Metric, str]

Lines = tuple[list[str], dict[tuple[str, ...], str], str]  # the lines of a metric, its label texts, its name


class Renderer:
    """Renders the samples of one collection.

    The text of a set of labels is shared by all metrics with the same label names, and kept from one rendering to the
    next while the series is there: escaping is most of the work.
    """

    def __init__(self) -> None:
        self._earlier: dict[tuple[str, ...], dict[tuple[str, ...], str]] = {}
        self._texts: dict[tuple[str, ...], dict[tuple[str, ...], str]] = {}

    def begin(self) -> None:
        """Start a new rendering of the whole collection; label texts that it does not use are forgotten by the next."""
        self._earlier, self._texts = self._texts, {}

    def render(self, samples: Iterable[Sample]) -> dict[Metric, str]:
        """The lines of the samples, by metric; one series for each metric and labels is up to the caller."""
        by_metric: dict[Metric, Lines] = {}
        for metric, labels, value in samples:
            lines = by_metric.get(metric)
            if lines is None:
                lines = by_metric[metric] = ([], self._texts.setdefault(metric.labels, {}), metric.name)
            out, texts, name = lines
            text = texts.get(labels)
            if text is None:
                earlier = self._earlier.get(metric.labels)
                text = texts[labels] = (earlier and earlier.get(labels)) or label_text(metric.labels, labels)
            out.append(f"{name}{text} {value!r}\n")
        return {metric: "".join(lines[0]) for metric, lines in by_metric.items()}


def header(metric: Metric) -> str:
    """The HELP and TYPE lines of a family."""
    text = metric.help.replace("\\", r"\\").replace("\n", r"\n")
    return f"# HELP {metric.name} {text}\n# TYPE {metric.name} {metric.type}\n"


def assemble(metrics: Iterable[Metric], texts: Iterable[Texts]) -> str:
    """A page: every family once, in the order of ``metrics``, with its lines from all of the texts."""
    sources = list(texts)
    parts: list[str] = []
    for metric in metrics:
        lines = [source[metric] for source in sources if metric in source]
        if lines:
            parts.append(header(metric))
            parts.extend(lines)
    return "".join(parts)


def label_text(names: tuple[str, ...], values: tuple[str, ...]) -> str:
    """The labels of a series as they stand behind its name; "" where there are none."""
    if not names:
        return ""
    return "{" + ",".join([f'{name}="{_escaped(value)}"' for name, value in zip(names, values, strict=True)]) + "}"


def label_value(raw: str) -> str:
    """A value as a label shows it: at most `LONGEST_LABEL` characters, and none that a page cannot hold.

    What had to be changed ends in "…" and a hash of the whole value, so that two values never become one series, and
    the same value is the same in all series and at every start.
    """
    if len(raw) <= LONGEST_LABEL and ((raw.isascii() and raw.isprintable()) or not _UNFIT.search(raw)):
        return raw
    mark = _MARK + hashlib.sha256(raw.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH]
    return _UNFIT.sub("\ufffd", raw[: LONGEST_LABEL - len(mark)]) + mark


def _escaped(value: str) -> str:
    value = label_value(value)  # a page must never fail for one label
    if "\\" in value or '"' in value or "\n" in value:
        return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
    return value
