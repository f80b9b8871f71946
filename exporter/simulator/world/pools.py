"""The ModelArts resource pools of the simulated world, with their nodes by flavor and node pool."""

from collections import Counter
from dataclasses import dataclass

from exporter.simulator.world.dice import DAY, dice, letters

CREATING, RUNNING, ABNORMAL, DELETING, ERROR = "Creating", "Running", "Abnormal", "Deleting", "Error"
STATES = ("creating", "available", "abnormal", "deleting")
SERVICE_FROZEN, POLICE_FROZEN = 8, 16
"""Bits of a pool's control mode; 1 and 4 are others, which freeze nothing."""

_FAILED_FOR = 3 * DAY
_PHASES = (RUNNING, RUNNING, CREATING, ABNORMAL, ERROR, DELETING, RUNNING, RUNNING)
_CONTROL = (0, 1 | SERVICE_FROZEN, 0, SERVICE_FROZEN | POLICE_FROZEN, 0, 0, 4, POLICE_FROZEN)
_FLAVORS = ("modelarts.vm.cpu.8ud", "modelarts.p3.large.public.6", "modelarts.kat1.xlarge")
_ZONES = ("cn-north-4a", "cn-north-4b")


@dataclass(frozen=True, slots=True)
class NodeGroup:
    """The nodes of one flavor in one node pool: ``count`` are wanted, ``states`` says how many there are of each."""

    flavor: str
    node_pool: str
    zone: str
    count: int
    most: int
    states: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Pool:
    """One resource pool; ``created`` is epoch seconds. One that could not be created has the phase Error."""

    id: str
    name: str
    phase: str
    dedicated: bool
    created: float
    control: int
    yearly: bool | None
    groups: tuple[NodeGroup, ...]

    def is_on_record(self, now: float) -> bool:
        """Whether a listing may still show it."""
        return self.phase != ERROR or now < self.created + _FAILED_FOR

    def nodes(self) -> dict[str, dict[str, int]]:
        """How many nodes there are by flavor and state."""
        counts: dict[str, Counter[str]] = {}
        for group in self.groups:
            counts.setdefault(group.flavor, Counter()).update(dict(group.states))
        return {flavor: dict(states) for flavor, states in counts.items()}


def make_pools(seed: int, count: int, born: float) -> list[Pool]:
    """Six of them show every phase; every second has two node pools of one flavor, every third a second flavor."""
    return [_pool(seed, number, born) for number in range(count)]


def _pool(seed: int, number: int, born: float) -> Pool:
    rolls = dice(seed, "pool", number)
    phase = _PHASES[number % len(_PHASES)]
    first = _FLAVORS[number % len(_FLAVORS)]
    flavors = [(first, 0)]
    if number % 2 == 0:
        flavors.append((first, 1))
    if number % 3 == 0:
        flavors.append((_FLAVORS[(number + 1) % len(_FLAVORS)], 0))
    age = {ERROR: rolls.uniform(0.2, 1), CREATING: rolls.uniform(0.005, 0.02)}.get(phase, rolls.uniform(5, 300))
    return Pool(
        id=f"pool-{letters(rolls, 4)}-{rolls.getrandbits(128):032x}",
        name=f"train-{number + 1}",
        phase=phase,
        dedicated=number % 4 != 3,
        created=born - age * DAY,
        control=_CONTROL[number % len(_CONTROL)],
        yearly=(None, False, True)[number % 3],
        groups=tuple(
            _group(phase, flavor, f"nodepool-{index + 1}", _ZONES[zone], rolls.randint(2, 6))
            for index, (flavor, zone) in enumerate(flavors)
        ),
    )


def _group(phase: str, flavor: str, node_pool: str, zone: str, count: int) -> NodeGroup:
    states = {
        CREATING: {"creating": count},
        RUNNING: {"available": count},
        ABNORMAL: {"available": count - 1, "abnormal": 1},
        DELETING: {"deleting": count},
        ERROR: {},
    }[phase]
    return NodeGroup(
        flavor=flavor,
        node_pool=node_pool,
        zone=zone,
        count=count,
        most=count + 4,
        states=tuple((state, states.get(state, 0)) for state in STATES),
    )
