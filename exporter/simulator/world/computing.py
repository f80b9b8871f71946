"""The regional compute products of the simulated world: EMR flow clusters, HPC, ModelArts clusters."""

from dataclasses import dataclass

from exporter.simulator.world.dice import DAY, HOUR, dice, letters

_EMR_STATES = ("IDLE", "IDLE", "CREATE_FAILED", "IDLE", "RELEASING", "ABNORMAL", "WAIT_FOR_PAY", "CREATING")
_MODELARTS_STATES = ("running", "running", "concerning", "deploying", "abnormal")


@dataclass(frozen=True, slots=True)
class FlowProject:
    """One EMR flow project; ``created`` is epoch seconds."""

    id: str
    name: str
    created: float


@dataclass(frozen=True, slots=True)
class FlowCluster:
    """One EMR cluster of one or more flow projects; times are epoch seconds, ``expires`` 0 for pay-as-you-go."""

    id: str
    name: str
    projects: tuple[str, ...]
    status: str
    created: float
    expires: float
    orders: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class HpcCluster:
    """One ECS HPC cluster."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class ModelArtsCluster:
    """One ModelArts dedicated pool; ``missing`` nodes are not available."""

    id: str
    name: str
    status: str
    created: float
    nodes: int
    missing: int
    cores: float
    memory_mib: int
    gpus: float
    yearly: bool


def make_flow_projects(seed: int, clusters: int, born: float) -> list[FlowProject]:
    """Two projects, or none where there is no cluster; more where there are many clusters."""
    count = 0 if not clusters else 2 + clusters // 100
    return [
        FlowProject(f"FP-{letters(dice(seed, 'project', n), 16).upper()}", f"warehouse-{n + 1}", born - (300 + n) * DAY)
        for n in range(count)
    ]


def make_flow_clusters(seed: int, clusters: int, projects: list[FlowProject], born: float) -> list[FlowCluster]:
    """Clusters dealt to the projects in turn; the first is in two of them."""
    made = []
    for number in range(clusters):
        rolls = dice(seed, "emr", number)
        prepaid = number % 4 == 1
        homes = (projects[0].id, projects[1].id) if number == 0 else (projects[number % len(projects)].id,)
        made.append(
            FlowCluster(
                id=f"C-{letters(rolls, 16).upper()}",
                name=f"etl-{number + 1}",
                projects=homes,
                status=_EMR_STATES[number % len(_EMR_STATES)],
                created=born - rolls.uniform(1, 200) * HOUR,
                expires=born + rolls.uniform(5, 60) * DAY if prepaid else 0.0,
                orders=(1, 2) if prepaid else None,
            )
        )
    return made


def make_hpc_clusters(seed: int, count: int) -> list[HpcCluster]:
    """HPC clusters, which have little more than a name."""
    return [
        HpcCluster(f"hpc-8vb{letters(dice(seed, 'hpc', number), 17)}", f"render-{number + 1}")
        for number in range(count)
    ]


def make_modelarts_clusters(seed: int, count: int, born: float) -> list[ModelArtsCluster]:
    """ModelArts pools; those that are not well lack a node."""
    made = []
    for number in range(count):
        rolls = dice(seed, "modelarts", number)
        status = _MODELARTS_STATES[number % len(_MODELARTS_STATES)]
        nodes = rolls.randint(2, 8)
        made.append(
            ModelArtsCluster(
                id=f"{rolls.getrandbits(128):032x}",
                name=f"pool-{number + 1}",
                status=status,
                created=born - rolls.uniform(1, 300) * DAY,
                nodes=nodes,
                missing=0 if status == "running" else nodes if status == "abnormal" else 1,
                cores=7.5 * nodes,
                memory_mib=61440 * nodes,
                gpus=0.5 * nodes,
                yearly=number % 3 == 1,
            )
        )
    return made
