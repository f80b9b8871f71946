"""RetailCloud clusters of the simulated world, with their nodes and persistent volumes."""

from dataclasses import dataclass, field

from exporter.simulator.world.dice import DAY, dice, letters

REGION = "cn-zhangjiakou"
SECOND_REGION = "cn-hangzhou"
"""Where a part of the RDS instances and EMR clusters is; everything else is in the first region."""
GIB = 1024**3

_SHAPES = (
    ("ecs.c6.xlarge", 4, 8192),
    ("ecs.c6.2xlarge", 8, 16384),
    ("ecs.c6.2xlarge", 8, 16384),
    ("ecs.g6.4xlarge", 16, 65536),
)
_TITLES = ("shop", "backoffice", "测试环境集群", "logistics", "search", "payments")
_CAPACITIES = ("500Gi", "20Gi", "1Ti", "107374182400", "200G", "129e6", "51200Mi", "40Gi")
_PHASES = ("Bound", "Bound", "Bound", "Available", "Bound", "Released", "Bound", "Failed", "Bound", "Pending")


@dataclass(frozen=True, slots=True)
class Node:
    """One ECS instance of a cluster; ``memory_mib`` and ``cores`` are those of its type."""

    id: str
    name: str
    type: str
    cores: int
    memory_mib: int
    zone: str
    private_ip: str
    eip: str
    expires: str


@dataclass(frozen=True, slots=True)
class Volume:
    """One persistent volume; ``created`` is epoch seconds."""

    name: str
    status: str
    capacity: str
    access_modes: str
    reclaim_policy: str
    storage_class: str
    claim: str
    created: float


@dataclass(frozen=True, slots=True)
class Cluster:
    """One RetailCloud cluster; ``instance_id`` is its key in every other call, ``phase`` shifts its daily wave."""

    number: int
    instance_id: str
    title: str
    production: bool
    business_code: str
    vpc_id: str
    switches: tuple[str, ...]
    password: str
    phase: float
    nodes: list[Node] = field(default_factory=list)
    volumes: list[Volume] = field(default_factory=list)

    @property
    def cores(self) -> int:
        """Cores of all nodes."""
        return sum(node.cores for node in self.nodes)

    @property
    def memory(self) -> int:
        """Bytes of memory of all nodes."""
        return sum(node.memory_mib for node in self.nodes) * 1024**2


def make_clusters(seed: int, clusters: int, nodes: int, volumes: int, born: float) -> list[Cluster]:
    """Clusters with nodes and volumes dealt out in turn; every third cluster is for tests."""
    made = [_cluster(seed, number) for number in range(clusters)]
    for number in range(nodes if made else 0):
        cluster = made[number % len(made)]
        cluster.nodes.append(_node(seed, cluster, number))
    for number in range(volumes if made else 0):
        cluster = made[number % len(made)]
        cluster.volumes.append(_volume(seed, number, born))
    return made


def _cluster(seed: int, number: int) -> Cluster:
    rolls = dice(seed, "cluster", number)
    title = _TITLES[number % len(_TITLES)]
    return Cluster(
        number=130 + number,
        instance_id=f"c{rolls.getrandbits(128):032x}",
        title=title if number < len(_TITLES) else f"{title}-{number}",
        production=number % 3 != 2,
        business_code=("JST", "JST", "JST", "NEW_RETAIL")[number % 4],
        vpc_id=f"vpc-8vb{letters(rolls, 18)}",
        switches=(f"vsw-8vb{letters(rolls, 18)}", f"vsw-8vb{letters(rolls, 18)}"),
        password=f"canary-cluster-password-{number}",
        phase=rolls.random(),
    )


def _node(seed: int, cluster: Cluster, number: int) -> Node:
    rolls = dice(seed, "node", number)
    type_, cores, memory = _SHAPES[rolls.randrange(len(_SHAPES))]
    subscribed = number % 5 == 3
    return Node(
        id=f"i-8vb{letters(rolls, 16)}",
        name=f"worker-k8s-for-cs-{cluster.instance_id}",
        type=type_,
        cores=cores,
        memory_mib=memory,
        zone=f"{REGION}-{'ab'[number % 2]}",
        private_ip=f"192.168.{number // 250 % 250}.{number % 250 + 2}",
        eip=f"203.0.113.{number % 250 + 1}" if number % 4 == 0 else "",
        expires=f"{2027 + number % 3}-{number % 12 + 1:02d}-15" if subscribed else "2099-12-31",
    )


def _volume(seed: int, number: int, born: float) -> Volume:
    rolls = dice(seed, "volume", number)
    status = _PHASES[number % len(_PHASES)]
    return Volume(
        name=f"pv-{letters(rolls, 8)}",
        status=status,
        capacity=_CAPACITIES[number % len(_CAPACITIES)],
        access_modes=("ReadWriteOnce", "ReadWriteMany")[number % 2],
        reclaim_policy=("Retain", "Delete")[number % 3 == 0],
        storage_class=("alicloud-disk-ssd", "alicloud-nas")[number % 2],
        claim=f"data-{letters(rolls, 5)}" if status in {"Bound", "Released"} else "",
        created=born - rolls.uniform(20, 500) * DAY,
    )
