"""The committed rules and Alertmanager's example in a time in which a minute lasts a second."""

import copy
from pathlib import Path

import yaml

from exporter.settings.duration import parse_duration

ROOT = Path(__file__).parent.parent
ALERTS = ROOT / "alerts"
EXAMPLE = ALERTS / "alertmanager" / "alertmanager.example.yml"
_MINUTE = 60  # how many seconds of real settings last one second here


def shortened(duration: object) -> str:
    """A duration of a rule or a route in the short time."""
    return f"{max(1, round(parse_duration(duration) * 1000 / _MINUTE))}ms"


def short_rules(folder: Path) -> list[Path]:
    """The committed rules, written to a folder with every ``for`` short and every group evaluated as often as can be.

    The expressions stay as they are, their ranges and thresholds too.
    """
    written = []
    for path in sorted(ALERTS.glob("*.rules.yaml")):
        document = yaml.safe_load(path.read_text())
        for group in document["groups"]:
            group.pop("interval", None)
            for rule in group["rules"]:
                rule.update({key: shortened(rule[key]) for key in ("for", "keep_firing_for") if key in rule})
        written.append(folder / path.name)
        written[-1].write_text(yaml.safe_dump(document, allow_unicode=True, width=1000))
    return written


def short_routes(receiver: str) -> dict[str, object]:
    """Alertmanager's example with every wait short, in which every receiver is a webhook at the address ``receiver``.

    A notification is repeated no sooner than in the example, so what comes twice is no repetition.
    """
    example = yaml.safe_load(EXAMPLE.read_text())
    for route in (example["route"], *example["route"]["routes"]):
        route.update({key: shortened(route[key]) for key in ("group_wait", "group_interval") if key in route})
    return {
        "route": copy.deepcopy(example["route"]),
        "inhibit_rules": example["inhibit_rules"],
        "receivers": [
            {"name": each["name"], "webhook_configs": [{"url": f"{receiver}/{each['name']}", "send_resolved": True}]}
            for each in example["receivers"]
        ],
    }
