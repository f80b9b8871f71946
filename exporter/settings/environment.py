"""Reads the settings that stand in environment variables."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from exporter.settings.mistake import Mistake, Place

PREFIX = "CLOUD_CLUSTER_EXPORTER_"
SEPARATOR = "__"

# Kubernetes puts these into every pod beside a Service called cloud-cluster-exporter (or cloud-cluster-exporter-x):
# https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables. They are no settings.
_SERVICE_LINK = re.compile(
    r"([A-Z0-9_]+_)?(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)"
)
_LINK_URL = re.compile(r"(tcp|udp|sctp)://")


@dataclass(frozen=True, slots=True)
class Environment:
    """The values as a tree of text, the variable behind each place, and what was wrong on the way."""

    tree: dict[str, object] = field(repr=False)
    variables: Mapping[Place, str]
    mistakes: tuple[Mistake, ...]


def variable_name(place: Place) -> str:
    """Name the variable that sets a place: `CLOUD_CLUSTER_EXPORTER_ACCOUNTS__0__NAME`."""
    return PREFIX + SEPARATOR.join(place).upper()


def read_environment(environ: Mapping[str, str]) -> Environment:
    """Collect our variables; empty ones count as not set, as `VARIABLE=${OTHER:-}` in a compose file means it."""
    tree: dict[str, object] = {}
    variables: dict[Place, str] = {}
    mistakes: list[Mistake] = []
    # In this order a variable for a whole value comes before those for its parts.
    for name in sorted(environ):
        value = environ[name]
        if not name.startswith(PREFIX) or not value or _is_service_link(name, value):
            continue
        place = tuple(name[len(PREFIX) :].lower().split(SEPARATOR))
        if "" in place:
            mistakes.append(Mistake(name, "unknown variable; levels are joined by two underscores", None, None))
            continue
        rival = next((variables[place[:n]] for n in range(1, len(place) + 1) if place[:n] in variables), None)
        if rival is not None:
            mistakes.append(Mistake(name, f"{rival} sets the same; leave one of the two out", None, None))
            continue
        variables[place] = name
        _put(tree, place, value)
    return Environment(tree, variables, tuple(mistakes))


def _is_service_link(name: str, value: str) -> bool:
    rest = name[len(PREFIX) :]
    if SEPARATOR in rest or not _SERVICE_LINK.fullmatch(rest):
        return False
    # …_PORT may also be somebody's guess at `listen`: the link's value is a URL, the guess's is a number.
    is_bare_port = rest == "PORT" or (rest.endswith("_PORT") and not re.search(r"SERVICE_PORT|_\d+_[A-Z]+_PORT", rest))
    return not is_bare_port or _LINK_URL.match(value) is not None


def _put(tree: dict[str, object], place: Place, value: str) -> None:
    branch = tree
    for part in place[:-1]:
        below = branch.setdefault(part, {})
        # read_environment lets nothing below a value: every step down is a branch.
        branch = below if isinstance(below, dict) else {}
    branch[place[-1]] = value
