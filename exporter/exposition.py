"""Samples as text, in the form that Prometheus text and OpenMetrics share for gauges."""

from collections.abc import Iterable, Mapping

from exporter.metric import Metric, Sample

Texts = Mapping[Metric, str]

_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


class Renderer:
    """Renders the samples of one collection.

    The part of a line before its value is kept from one rendering to the next, for the series that are still there:
    escaping labels is most of the work.
    """

    def __init__(self) -> None:
        self._earlier: dict[Metric, dict[tuple[str, ...], str]] = {}
        self._heads: dict[Metric, dict[tuple[str, ...], str]] = {}

    def begin(self) -> None:
        """Start a new rendering of the whole collection; heads that it does not use are forgotten by the next."""
        self._earlier, self._heads = self._heads, {}

    def render(self, samples: Iterable[Sample]) -> dict[Metric, str]:
        """The lines of the samples, by metric; one series for each metric and labels is up to the caller."""
        lines: dict[Metric, list[str]] = {}
        heads_of, earlier_of = self._heads, self._earlier
        current: Metric | None = None
        for metric, labels, value in samples:
            if metric is not current:
                current = metric
                out = lines.setdefault(metric, [])
                heads = heads_of.setdefault(metric, {})
                earlier = earlier_of.get(metric, {})
            head = heads.get(labels)
            if head is None:
                head = heads[labels] = earlier.get(labels) or _head(metric, labels)
            out.append(f"{head}{value!r}\n")
        return {metric: "".join(out) for metric, out in lines.items()}


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


def _head(metric: Metric, labels: tuple[str, ...]) -> str:
    if not labels:
        return f"{metric.name} "
    pairs = zip(metric.labels, labels, strict=True)
    written = ",".join([f'{name}="{value.translate(_ESCAPES)}"' for name, value in pairs])
    return f"{metric.name}{{{written}}} "
