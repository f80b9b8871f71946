"""What the tests of the rules say of one exporter, said again of two, of a rollout, and of one that sees nothing.

The tests are written without the label ``instance``. One that names it is about replicas already and has no variants.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

Test = dict[str, Any]
Series = dict[str, str]
Values = list[str]

MINUTE = 60
_SPANS = {"s": 1, "m": MINUTE, "h": 3600, "d": 86_400}
_REPEATED = re.compile(r"(?P<first>_|stale|-?[0-9.]+(?:e[+-]?\d+)?)(?P<step>[+-][0-9.]+(?:e[+-]?\d+)?)?x(?P<times>\d+)")
EXPORTER = "CloudClusterExporter"  # how the alerts begin that are about the exporter itself
# How long an alert is looked for after the exporter has gone, in seconds.
GONE_FOR = (10 * MINUTE, 3 * 60 * MINUTE)


def seconds(span: str) -> int:
    """A duration of Prometheus, such as 1h30m."""
    return sum(int(number) * _SPANS[unit] for number, unit in re.findall(r"(\d+)([smhd])", str(span)))


def expanded(values: str) -> Values:
    """The notation of promtool, one word a sample."""
    return [word for part in values.split() for word in _samples(part)]


def _samples(part: str) -> Iterator[str]:
    match = _REPEATED.fullmatch(part)
    if match is None:
        yield part
        return
    first, step, times = match["first"], float(match["step"] or 0), int(match["times"])
    if first in {"_", "stale"}:
        yield from [first] * times
        return
    for position in range(times + 1):  # the notation counts what comes after the first
        yield first if not step else repr(float(first) + position * step)


def written(values: Values) -> str:
    """The samples as promtool reads them."""
    return " ".join(values)


def of_instance(series: str, instance: str) -> str:
    """The selector of a series with a label more."""
    name, _, rest = series.partition("{")
    labels = [f'instance="{instance}"', *([rest.rstrip("}")] if rest.rstrip("}") else [])]
    return f"{name}{{{','.join(labels)}}}"


def restarted(name: str, values: Values, before: Values) -> Values:
    """What a process shows that begins now: its counters begin at 0."""
    numbers = [float(value) for value in before if value not in {"_", "stale"}]
    if not name.partition("{")[0].endswith("_total") or not numbers:
        return values
    return [value if value in {"_", "stale"} else repr(max(float(value) - numbers[-1], 0.0)) for value in values]


def names_instances(test: Test) -> bool:
    """Whether a test is about replicas already."""
    return any("instance=" in series["series"] for series in test["input_series"])


def with_two_replicas(test: Test) -> Iterator[Test]:
    """Both exporters show all of it."""
    series = [{**each, "series": of_instance(each["series"], of)} for each in test["input_series"] for of in "ab"]
    yield {**test, "name": f"{test['name']} [two replicas]", "input_series": series}


def with_a_rollout(test: Test) -> Iterator[Test]:
    """The exporter is replaced by another one: while the first alert that fires is pending, and while it fires."""
    step = seconds(test.get("interval", "1m"))
    fires = [seconds(case["eval_time"]) for case in test.get("alert_rule_test", []) if case["exp_alerts"]]
    if not fires:
        return
    for told, at in (("pending", min(fires) // step), ("firing", min(fires) // step + 1)):
        series = [new for each in test["input_series"] for new in _rolled_out(each, at)]
        yield {**test, "name": f"{test['name']} [rollout while {told}]", "input_series": series}


def _rolled_out(series: Series, at: int) -> Iterator[Series]:
    values = expanded(series["values"])
    before, after = values[:at], values[at:]
    yield {"series": of_instance(series["series"], "a"), "values": written([*before, "stale"])}
    if after:
        rest = restarted(series["series"], after, before)
        yield {"series": of_instance(series["series"], "b"), "values": written([*["_"] * at, *rest])}


def with_nothing_seen(test: Test) -> Iterator[Test]:
    """From a moment at which an alert fires its data is missing: it goes on.

    Of several moments it is the first at which most of them fire, so that none is pending. Either
    the exporter is gone, or it is there and its collections get nothing.
    """
    step = seconds(test.get("interval", "1m"))
    fires: dict[str, Test] = {}
    for case in test.get("alert_rule_test", []):
        name, firing = case["alertname"], len(case["exp_alerts"])
        if firing > len(fires.get(name, {"exp_alerts": []})["exp_alerts"]):
            fires[name] = case
    for name, case in fires.items():
        at = seconds(case["eval_time"]) // step
        later = [{**case, "eval_time": f"{at * step + span}s"} for span in (0, *GONE_FOR)]
        ways: dict[str, Callable[[Series, int], Series]] = {"exporter gone": _ended}
        if not name.startswith(EXPORTER):
            ways["exporter blind"] = _blind
        for way, change in ways.items():
            yield {
                "name": f"{test['name']} [{way}, {name}]",
                "interval": test.get("interval", "1m"),
                "input_series": [change(each, at) for each in test["input_series"]],
                "alert_rule_test": later,
            }


def _ended(series: Series, at: int) -> Series:
    return {**series, "values": written([*expanded(series["values"])[: at + 1], "stale"])}


def _blind(series: Series, at: int) -> Series:
    """Rows of the clouds end; of a collection it is known that it has no fully good run."""
    if not series["series"].startswith("cluster_exporter_"):
        return _ended(series, at)
    values = expanded(series["values"])[: at + 1]
    if 'result="success"' in series["series"]:
        values[-1:] = ["0"] * max(GONE_FOR)  # more than enough, whatever the step
    return {**series, "values": written(values)}


def variants(path: Path) -> list[Test]:
    """Every variant of the tests of a file."""
    found: list[Test] = []
    for test in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]:
        if names_instances(test):
            continue
        counts = any("_total" in series["series"] for series in test["input_series"])
        kept = {key: value for key, value in test.items() if key != "promql_expr_test" or not counts}
        found += [*with_two_replicas(kept), *with_a_rollout(kept), *with_nothing_seen(kept)]
    return [_without_annotations(test) for test in found]


def _without_annotations(test: Test) -> Test:
    cases = [
        {**case, "exp_alerts": [{"exp_labels": alert.get("exp_labels", {})} for alert in case["exp_alerts"]]}
        for case in test.get("alert_rule_test", [])
    ]
    return {**test, "alert_rule_test": cases}


def write(path: Path, folder: Path) -> Path:
    """A file of tests with the variants of another's, and beside it the rules without their texts.

    The texts of an alert change while it goes on, and promtool compares them.
    """
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    rule_files = []
    for relative in document["rule_files"]:
        rules = yaml.safe_load((path.parent / relative).read_text(encoding="utf-8"))
        for group in rules["groups"]:
            for rule in group["rules"]:
                rule.pop("annotations", None)
        (folder / Path(relative).name).write_text(json.dumps(rules), encoding="utf-8")
        rule_files.append(Path(relative).name)
    tests = variants(path)
    made = folder / path.name
    made.write_text(json.dumps({**document, "rule_files": rule_files, "tests": tests}), encoding="utf-8")
    return made
