"""Reads the description of a BatchCompute cluster to be created, and refuses what the vendor's page says is refused."""

import ipaddress
import re
from collections.abc import Mapping

from exporter.simulator.errors import ApiError
from exporter.simulator.world.batch import BatchGroup, BatchPlan

_NAME = re.compile(r"[a-zA-Z_-][a-zA-Z0-9_-]*")
_INSTANCE_TYPE = re.compile(r"(bcs|ecs)(\.[A-Za-z0-9-]+)+")
_RESOURCE_TYPES = ("OnDemand", "Spot")
_STRATEGIES = ("", "NoSpot", "SpotWithPriceLimit", "SpotAsPriceGo")
_ROUTER_TYPES = ("VRouter", "VBR")
_OPPOSITE = ("OppositeRouterId", "OppositeAccessPointId", "OppositeRegionId")
MAX_USER_DATA = 64
MAX_DESIRED = 65_536

Object = Mapping[str, object]


def invalid(name: str, why: str = "") -> ApiError:
    """The refusal of a parameter that is there and not valid."""
    return ApiError(400, f"Invalid{name}", f"Specified parameter {name} is not valid. {why}".rstrip())


def missing(name: str) -> ApiError:
    """The refusal where a parameter is not there."""
    return ApiError(400, f"Missing{name}", f"{name} is mandatory for this action.")


def plan_of(document: Object) -> BatchPlan:
    """The cluster that is asked for; raises the first refusal there is."""
    name = _text(document, "Name", 1, 64)
    if not _NAME.fullmatch(name):
        raise invalid("Name", "It must only contain characters within [a-zA-Z0-9_-], and must not start with [0-9].")
    description = "" if document.get("Description") is None else _text(document, "Description", 0, 1024)
    image_id = _text(document, "ImageId", 1, 256)
    instance_type = _instance_type(document.get("InstanceType"))
    if not instance_type:
        raise missing("InstanceType")
    user_data = _object(document, "UserData")
    _check_user_data(user_data)
    configs = _object(document, "Configs")
    _check_configs(configs)
    return BatchPlan(
        name=name,
        description=description,
        image_id=image_id,
        instance_type=instance_type,
        user_data=user_data,
        env_vars=_object(document, "EnvVars"),
        notification=_object(document, "Notification"),
        configs=configs,
        groups=_groups(document, instance_type),
    )


def _text(document: Object, name: str, least: int, most: int) -> str:
    value = document.get(name)
    if value is None:
        raise missing(name)
    if not isinstance(value, str):
        raise invalid(name, "Its type must be string.")
    if not least <= len(value) <= most:
        raise invalid(name, f"Its length must be in [{least}, {most}].")
    return value


def _object(document: Object, name: str, within: str = "") -> Object:
    value = document.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise invalid(within + name, "Its type must be object.")
    return value


def _instance_type(value: object) -> str:
    """An instance type, or an empty string where there is none."""
    if value is None or value == "":  # not a look-up: the value may be of any JSON type
        return ""
    if not isinstance(value, str) or not _INSTANCE_TYPE.fullmatch(value):
        raise invalid("InstanceType")
    return value


def _check_user_data(data: Object) -> None:
    if len(data) > MAX_USER_DATA:
        raise invalid("UserData", f"Its size must be in [0, {MAX_USER_DATA}].")
    for key, value in data.items():
        if not 1 <= len(key) <= 128:
            raise invalid(f"UserData.{key}", "Its length must be in [1, 128].")
        if not isinstance(value, str):
            raise invalid(f"UserData.{key}.value", "Its type must be string.")
        if len(value) > 1024:
            raise invalid(f"UserData.{key}.value", "Its length must be in [0, 1024].")


def _check_configs(configs: Object) -> None:
    for name in ("Disks", "Mounts"):
        _object(configs, name, "Configs.")
    network = _object(_object(configs, "Networks", "Configs."), "VPC", "Configs.Networks.")
    block = network.get("CidrBlock")
    if block is not None and not _is_network(block):
        raise invalid("CidrBlock", "Configs.Networks.VPC.CidrBlock is not valid.")
    router = network.get("OppositeRouterType")
    path = "Configs.Networks.VPC"
    if router is not None and router not in _ROUTER_TYPES:
        code = f"QuotaExhausted.{path}.OppositeRouterType"
        raise ApiError(403, code, f"The {path}.OppositeRouterType ({router}) is forbidden.")
    if router is not None or any(network.get(name) for name in _OPPOSITE):
        for name in _OPPOSITE:
            if not network.get(name):
                raise missing(f"{path}.{name}")


def _is_network(block: object) -> bool:
    try:
        ipaddress.IPv4Network(str(block))
    except ValueError:
        return False
    return isinstance(block, str) and "/" in block


def _groups(document: Object, instance_type: str) -> tuple[BatchGroup, ...]:
    if document.get("Groups") is None:
        raise missing("Groups")
    groups = _object(document, "Groups")
    if not groups:
        raise invalid("Groups", "Its size must be 1 or more.")
    return tuple(_group(name, value, instance_type) for name, value in groups.items())


def _group(name: str, group: object, instance_type: str) -> BatchGroup:
    if not isinstance(group, dict):
        raise invalid(f"Groups.{name}", "Its type must be object.")
    if not 1 <= len(name) <= 64:
        raise invalid(f"Groups.{name}", "Its size must be in [1, 64].")
    kind, strategy = group.get("ResourceType") or "", group.get("SpotStrategy") or ""
    limit = group.get("SpotPriceLimit") or 0.0
    if not kind:
        raise missing("ResourceType")
    if kind not in _RESOURCE_TYPES:
        raise invalid("ResourceType")
    if strategy not in _STRATEGIES:
        raise invalid("SpotStrategy")
    if isinstance(limit, bool) or not isinstance(limit, int | float) or limit < 0:
        raise invalid("SpotPriceLimit")
    return BatchGroup(
        name=name,
        desired=_desired(group.get("DesiredVMCount")),
        instance_type=_instance_type(group.get("InstanceType")) or instance_type,
        spot=kind == "Spot",
        strategy=strategy or "NoSpot",
        price_limit=float(limit),
    )


def _desired(value: object) -> int:
    if value is None:
        raise missing("DesiredVMCount")
    if type(value) is not int:
        raise invalid("DesiredVMCount", "Its type must be integer.")
    if not 1 <= value <= MAX_DESIRED:
        raise invalid("DesiredVMCount", f"It must be in [1, {MAX_DESIRED}].")
    return value
