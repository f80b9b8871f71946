"""What is read of RetailCloud's answers: the fields that become samples; secrets (ListCluster's Password) are not."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, field_validator

from exporter.clouds.payload import Identifier, Payload, Text

Raw = object


class Cluster(Payload):
    """An item of ListCluster."""

    instance_id: Identifier
    cluster_title: Text = ""
    region_id: Text = ""
    env_type: Raw = None
    business_code: Text = ""
    net_plug: Text = ""
    vpc_id: Text = ""
    status: Raw = None
    work_load_cpu: Raw = None
    work_load_mem: Raw = None


class WorkLoad(Payload):
    """``Result.WorkLoad`` of QueryClusterDetail: cores, bytes, and shares from 0 to 1."""

    all_node_count: Raw = None
    allocate_all_pod_count: Raw = None
    allocate_app_pod_count: Raw = None
    cpu_capacity_total: Raw = None
    cpu_level: Raw = None
    cpu_request: Raw = None
    cpu_request_percent: Raw = None
    cpu_total: Raw = None
    cpu_use: Raw = None
    cpu_use_percent: Raw = None
    mem_capacity_total: Raw = None
    mem_level: Raw = None
    mem_request: Raw = None
    mem_request_percent: Raw = None
    mem_total: Raw = None
    mem_use: Raw = None
    mem_use_percent: Raw = None


class AllocatedPods(Payload):
    """An item of ``AllocatedPodInfoList``: equal pods of one environment."""

    app_id: Identifier
    env_id: Identifier
    app_name: Text = ""
    env_name: Text = ""
    pod_count: Raw = None
    # "cupRequest" is the manual's own spelling; some of its examples have "cpuRequest".
    cup_request: Raw = None
    cpu_request: Raw = None
    mem_request: Raw = None


class AvailablePods(Payload):
    """An item of ``AvailablePodInfoList``: how many pods of one shape still fit."""

    available_pod_count: Raw = None
    cup_request: Raw = None
    cpu_request: Raw = None
    mem_request: Raw = None


@dataclass(frozen=True, slots=True)
class ClusterDetail:
    """``Result`` of QueryClusterDetail, its parts lifted up; ``unreadable_…`` count items of the pod lists."""

    cluster_id: str
    work_load: WorkLoad
    allocate_pod_count: Raw = None
    app_count: Raw = None
    allocated: tuple[AllocatedPods, ...] = ()
    available: tuple[AvailablePods, ...] = ()
    unreadable_allocated: int = 0
    unreadable_available: int = 0


class Node(Payload):
    """An item of ListClusterNode."""

    instance_id: Identifier
    instance_name: Text = ""
    instance_type: Text = ""
    ecs_zone: Text = ""
    region_id: Text = ""
    ecs_os_type: Text = ""
    ecs_private_ip: Text = ""
    ecs_cpu: Raw = None
    ecs_memory: Raw = None
    ecs_expired_time: Raw = None
    internet_max_bandwidth_in: Raw = None
    internet_max_bandwidth_out: Raw = None


class Volume(Payload):
    """An item of ListPersistentVolume."""

    name: Identifier
    storage_class: Text = ""
    access_modes: Text = ""
    reclaim_policy: Text = ""
    pvc_name: Text = ""
    status: Raw = None
    capacity: Raw = None
    create_time: Raw = None

    @field_validator("access_modes", mode="before")
    @classmethod
    def _join_modes(cls, raw: object) -> object:
        return ",".join(str(mode) for mode in raw) if isinstance(raw, list) else raw


class App(Payload):
    """An item of ListApp."""

    app_id: Identifier
    title: Text = ""
    app_state_type: Text = ""
    deploy_type: Text = ""
    language: Text = ""


class Environment(Payload):
    """An item of ListAppEnvironment."""

    env_id: Identifier
    app_id: Text = ""
    env_name: Text = ""
    env_type: Raw = None
    env_type_name: Text = ""
    region: Text = ""


class ResourceAllocation(Payload):
    """An item of ListAppResourceAllocs: an environment may use this cluster."""

    app_env_id: Identifier
    app_id: Identifier
    cluster_id: Identifier


class AppInstance(Payload):
    """An item of ListAppInstance."""

    app_instance_id: Identifier
    health: Raw = None
    restart_count: Raw = None


class Claim(Payload):
    """An item of ListPersistentVolumeClaim."""

    name: Identifier
    volume_name: Text = ""
    storage_class: Text = ""
    status: Raw = None
    capacity: Raw = None


class DeployOrder(Payload):
    """An item of ListDeployOrders, or ``Result`` of DescribeDeployOrderDetail."""

    deploy_order_id: Identifier
    env_id: Identifier
    name: Text = ""
    description: Text = ""
    deploy_type: Text = ""
    deploy_pause_type: Text = ""
    status: Raw = None
    result: Raw = None
    failure_rate: Raw = None
    start_time: Raw = None
    end_time: Raw = None
    elapsed_time: Raw = None
    total_app_instance_ct: Raw = None
    finish_app_instance_ct: Raw = None
    total_partitions: Raw = None
    current_partition_num: Raw = None


class DeployStep(Payload):
    """An item of a pod's ``DeploySteps``."""

    step_code: Raw = None
    status: Raw = None


def _steps(raw: object) -> tuple[DeployStep, ...]:
    """The steps that can be read; a pod is worth reading without them too."""
    steps = [DeployStep.read(item) for item in raw] if isinstance(raw, list) else []
    return tuple(step for step in steps if step is not None)


class Pod(Payload):
    """An item of ListPods: how one instance of a deploy order fares."""

    # The manual's own sample has no AppInstanceId.
    app_instance_id: Text = ""
    pod_ip: Text = ""
    host_ip: Text = ""
    group_name: Text = ""
    result: Raw = None
    deploy_steps: Annotated[tuple[DeployStep, ...], BeforeValidator(_steps)] = ()

    @property
    def identity(self) -> tuple[str, ...]:
        """What tells it from the order's other pods."""
        return (self.app_instance_id,) if self.app_instance_id else (self.pod_ip, self.host_ip, self.group_name)


class Backup(Payload):
    """An item of GetRdsBackUp: one backup set."""

    backup_id: Identifier
    backup_type: Raw = None
    backup_mode: Raw = None
    backup_status: Raw = None
    meta_status: Raw = None
    backup_start_time: Raw = None
    backup_end_time: Raw = None
    backup_size: Raw = None
