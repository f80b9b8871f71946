"""Apps and their environments in the simulated world."""

import random
from dataclasses import dataclass

from exporter.simulator.world.clusters import GIB, Cluster
from exporter.simulator.world.dice import dice

_TITLES = (
    "checkout", "cart", "catalog", "search", "payment", "inventory",
    "member", "coupon", "logistics", "gateway", "notify", "report",
)  # fmt: skip
_LANGUAGES = ("Java", "Java", "Go", "PHP", "Node.js", "C#")
_MEMORY = (("512MB", GIB // 2), ("1GB", GIB), ("1500MB", 1500 * 1024**2), ("2GB", 2 * GIB), ("256MB", GIB // 4))


@dataclass(frozen=True, slots=True)
class App:
    """One app; ``title`` is its name in every other answer."""

    id: int
    title: str
    alias: str
    stateful: bool
    language: str


@dataclass(slots=True)
class Environment:
    """One environment of an app and how its instances are made; ``replicas`` changes when it is scaled."""

    id: int
    app: App
    number: int
    name: str
    production: bool
    cluster: Cluster | None
    schema_id: int
    replicas: int
    cores: float
    memory: str
    memory_bytes: int
    groups: int
    quiet_days: float
    busy: bool
    rolls: random.Random


def make_apps(seed: int, apps: int) -> list[App]:
    """Apps with ids from 5601 on."""
    return [
        App(
            id=5601 + number * 13,
            title=_TITLES[number % len(_TITLES)] + ("" if number < len(_TITLES) else f"-{number}"),
            alias=f"商城应用{number + 1}",
            stateful=number % 7 == 5,
            language=_LANGUAGES[dice(seed, "app", number).randrange(len(_LANGUAGES))],
        )
        for number in range(apps)
    ]


def make_environments(seed: int, apps: list[App], each: int, clusters: list[Cluster]) -> list[Environment]:
    """Environments in turn for production and test; some of them have been quiet for days or weeks."""
    return [
        make_environment(seed, app, number * each + index, index, clusters)
        for number, app in enumerate(apps)
        for index in range(each)
    ]


def make_environment(seed: int, app: App, number: int, index: int, clusters: list[Cluster]) -> Environment:
    """The environment of a number among all, and of an index among those of its app: even ones are for production."""
    rolls = dice(seed, "environment", number)
    production = index % 2 == 0
    homes = [cluster for cluster in clusters if cluster.production == production] or clusters
    memory, memory_bytes = _MEMORY[rolls.randrange(len(_MEMORY))]
    return Environment(
        id=1100 + number * 7,
        app=app,
        number=number,
        name=("prod" if production else "test") + (f"-{index // 2 + 1}" if index > 1 else ""),
        production=production,
        cluster=homes[number // 2 % len(homes)] if homes else None,
        schema_id=9000 + number,
        replicas=rolls.randint(3, 6) if production else rolls.randint(1, 3),
        cores=rolls.choice((0.5, 0.5, 1.0, 1.5)),
        memory=memory,
        memory_bytes=memory_bytes,
        groups=2 if number % 6 == 4 else 1,
        quiet_days=_quiet_days(number, rolls),
        busy=not production and number % 4 == 1,
        rolls=rolls,
    )


def _quiet_days(number: int, rolls: random.Random) -> float:
    """How long no order has started: mostly hours, for some days or weeks, for a few longer than 30 days."""
    days = rolls.random() * 0.5
    if number % 24 == 22:
        days += 36
    elif number % 8 == 6:
        days += 3 + 5 * rolls.random()
    elif number % 12 == 8:
        days += 11 + 10 * rolls.random()
    return days
