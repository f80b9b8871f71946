"""What RetailCloud tells about one environment: ListAppInstance, ListPersistentVolumeClaim."""

from exporter.simulator.errors import BusinessError
from exporter.simulator.operations import Call, Json, Parameters
from exporter.simulator.products.retailcloud.product import OPERATIONS, listing
from exporter.simulator.quirks import Quirks
from exporter.simulator.times import written
from exporter.simulator.world.apps import Environment
from exporter.simulator.world.claims import Claim
from exporter.simulator.world.instances import AppInstance

NO_SUCH_ENVIRONMENT = 102407


@OPERATIONS.operation("ListAppInstance", "ErrMsg")
def list_app_instance(call: Call) -> Json:
    """Manual 1.4.1: AppId, EnvId and the page are required and in the form, as the SDKs send them."""
    environment = _wanted(call, call.form)
    number, size = call.form.number("PageNumber"), call.form.number("PageSize")
    page = call.page(call.world.instances(environment), number, size)
    return listing(call, page.of(lambda instance: _instance(call.quirks, environment, instance)))


def _instance(quirks: Quirks, environment: Environment, instance: AppInstance) -> Json:
    resources = f"cpu: {environment.cores:g}, memory: {environment.memory}"
    return {
        "AppInstanceId": instance.id,
        "CreateTime": written(instance.created, quirks, "naive_t"),
        "Health": "RUNNING" if instance.healthy else "ABNORMAL",
        "HostIp": host_ip(environment, instance.number),
        "Limits": resources,
        "PodIp": pod_ip(environment, instance.number),
        "Requests": resources,
        "RestartCount": instance.restarts,
        "Spec": f"{environment.cores:g}vcpu {environment.memory}",
        "Status": "Running" if instance.healthy else "CrashLoopBackOff",
        "Version": instance.id.rpartition("-")[0],
    }


def host_ip(environment: Environment, number: int) -> str:
    """The node of the environment's cluster that an instance is on; empty where there is none."""
    nodes = environment.cluster.nodes if environment.cluster else []
    return nodes[(environment.number + number) % len(nodes)].private_ip if nodes else ""


def pod_ip(environment: Environment, number: int) -> str:
    """An address of the cluster's pod network."""
    return f"172.22.{environment.number % 250}.{number % 250 + 2}"


@OPERATIONS.operation("ListPersistentVolumeClaim")
def list_persistent_volume_claim(call: Call) -> Json:
    """Manual 1.5.3: AppId, EnvId and the page are required, in the query; a claim that waits has no volume yet."""
    environment = _wanted(call, call.query)
    number, size = call.query.number("PageNumber"), call.query.number("PageSize")
    page = call.page(call.world.claims_of(environment), number, size)
    return listing(call, page.of(lambda claim: _claim(call.quirks, claim)))


def _claim(quirks: Quirks, claim: Claim) -> Json:
    row: Json = {
        "AccessModes": claim.access_modes,
        "Capacity": claim.capacity,
        "CreateTime": written(claim.created, quirks, "naive_local"),
        "Name": claim.name,
        "Status": claim.status,
        "StorageClass": claim.storage_class,
        "VolumeName": claim.volume,
    }
    return {name: value for name, value in row.items() if value}


def _wanted(call: Call, parameters: Parameters) -> Environment:
    app_id, environment_id = parameters.number("AppId"), parameters.number("EnvId")
    app_is_there = any(app.id == app_id for app in call.world.apps)
    for environment in call.world.environments if app_is_there else ():
        if environment.id == environment_id and environment.app.id == app_id:
            return environment
    raise BusinessError(NO_SUCH_ENVIRONMENT, "The environment does not exist")
