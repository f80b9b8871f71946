"""What the panels' expressions are put together of: choices, keys, joins, states.

Two exporters may be scraped at a time, and what they know may differ for a moment. So everything is aggregated by the
ids of its object, and names are joined to it.
"""

from collections.abc import Iterable

from tools.dashboards.style import State

Key = tuple[str, ...]

# What the variables of a dashboard choose.
OF_ACCOUNT = 'account=~"$account"'
OF_REGION = 'region_id=~"$region"'
OF_CLUSTER = 'cluster_id=~"$cluster"'
OF_APP = 'app_id=~"$app"'
OF_ENVIRONMENT = 'env_id=~"$environment"'

# The ids of an object.
CLUSTER: Key = ("account", "cluster_id")
NODE: Key = ("account", "cluster_id", "node_id")
VOLUME: Key = ("account", "cluster_id", "persistentvolume")
ENVIRONMENT: Key = ("account", "app_id", "env_id")
CLAIM: Key = ("account", "app_id", "env_id", "persistentvolumeclaim")
DATABASE: Key = ("account", "db_instance_id")
REGIONAL_CLUSTER: Key = ("account", "region_id", "cluster_id")
POOL: Key = ("account", "region_id", "pool_id")
GROUP: Key = ("account", "region_id", "cluster_id", "group")
COLLECTION: Key = ("collector", "account", "region_id")


def of(metric: str, *matchers: str) -> str:
    """The series of a metric that the matchers let through."""
    return f"{metric}{{{', '.join(matchers)}}}" if matchers else metric


def most(key: Iterable[str], vector: str) -> str:
    """One value an object, whatever the number of exporters: the highest."""
    return f"max by ({', '.join(key)}) ({vector})"


def total(key: Iterable[str], vector: str) -> str:
    """The sum of what is one series an object already."""
    return f"sum by ({', '.join(key)}) ({vector})" if key else f"sum({vector})"


def one_of(key: Iterable[str], info: str) -> str:
    """One row an object, where two exporters may know it by two names."""
    return f"topk by ({', '.join(key)}) (1, {info})"


def rows(key: Key, info: str, *names: str) -> str:
    """The rows of a table: one an object, with its names."""
    return most((*key, *names), one_of(key, info))


def named(vector: str, key: Key, info: str, *names: str) -> str:
    """A vector with the names of its objects, and without the objects that the info does not have."""
    return f"{vector}\n  * {on(key)} group_left ({', '.join(names)})\n{one_of(key, info)}"


def named_or_not(vector: str, key: Key, info: str, *names: str) -> str:
    """A vector with the names of its objects where there are any: an object without an info is there, too."""
    return f"{named(vector, key, info, *names)}\n  or {on(key)}\n{vector}"


def on(key: Iterable[str]) -> str:
    """What two sides of an expression are matched by."""
    return f"on ({', '.join(key)})"


def not_elsewhere(vector: str, key: Key, info: str) -> str:
    """A vector without the objects that its info knows in a region that is not chosen."""
    elsewhere = of(info, 'region_id!~"$region"')
    return f"({vector})\n  unless {on(key)}\n{elsewhere}"


def either(*vectors: str) -> str:
    """All series of several vectors."""
    return "\n  or\n".join(vectors)


def share(part: str, whole: str, key: Key) -> str:
    """A part of a whole, object by object."""
    return f"({part})\n  / {on(key)}\n({whole})"


def or_else(vector: str, label: str, text: str, known: str) -> str:
    """A vector or, where it is empty and such things are known, one row of a table that says so."""
    word = f'label_replace(0 * count({known}), "{label}", "{text}", "", "")'
    return f"{vector}\n  or\n({word} unless on () ({vector}))"


def number(vector: str, known: str) -> str:
    """How many there are. 0 stands there only where such objects are known; nothing where nobody looks."""
    return f"count({vector})\n  or\n0 * count({known})"


def age(vector: str) -> str:
    """Seconds since instants."""
    return f"time() - {vector}"


def until(vector: str) -> str:
    """Seconds to instants."""
    return f"{vector} - time()"


def instant(vector: str) -> str:
    """Instants as Grafana wants them, in milliseconds."""
    return f"1000 * {vector}"


def coded(metric: str, label: str, states: Iterable[State], *matchers: str) -> str:
    """A state set as one number a series, that ``style.mapped`` turns back into a word."""
    numbered = [(each.code, of(metric, *matchers, f'{label}="{each.word}"')) for each in states]
    return either(*(f"{code} * ({series} == 1)" for code, series in numbered))


def worst(key: Key, *states: str) -> str:
    """The state of each object; where two exporters disagree, the worse one, which has the higher number."""
    return most(key, either(*states))
