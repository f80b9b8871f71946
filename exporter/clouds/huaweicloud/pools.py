"""The answer of ModelArts to GET /v2/{project_id}/pools: resource pools in the shape of Kubernetes objects."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, Field

from exporter.clouds.payload import Identifier, Payload, Text, mapping

Raw = object


class PoolLabels(Payload):
    """``metadata.labels``: the display name is one of them."""

    name: Text = Field("", alias="os.modelarts/name")


class PoolAnnotations(Payload):
    """``metadata.annotations``."""

    billing_mode: Text = Field("", alias="os.modelarts/billing.mode")


class PoolMetadata(Payload):
    """``metadata``, whose ``name`` is the pool's id."""

    name: Identifier
    creation_timestamp: Raw = None
    labels: Annotated[PoolLabels, BeforeValidator(mapping)] = PoolLabels()
    annotations: Annotated[PoolAnnotations, BeforeValidator(mapping)] = PoolAnnotations()


class PoolResource(Payload):
    """Nodes of one flavor; ``max_count`` is what they may be scaled to."""

    flavor: Identifier
    count: Raw = None
    max_count: Raw = None


@dataclass(frozen=True, slots=True)
class Resources:
    """Nodes by flavor; a flavor may have several rows.

    ``is_whole`` tells that a flavor without a row has no nodes: not so where one object stands in place of the list,
    as the vendor's SDK has it for ``status``, or where a row cannot be read.
    """

    items: tuple[PoolResource, ...] = ()
    unreadable: int = 0
    is_whole: bool = True


def _resources(raw: object) -> Resources:
    if raw is None or raw == {}:
        return Resources()
    listed = raw if isinstance(raw, list) else [raw]
    items = [item for each in listed if (item := PoolResource.read(each)) is not None]
    unreadable = len(listed) - len(items)
    return Resources(tuple(items), unreadable, isinstance(raw, list) and not unreadable)


Rows = Annotated[Resources, BeforeValidator(_resources)]


class PoolSpec(Payload):
    """``spec``: what the pool should be."""

    type: Text = ""
    control_mode: Raw = None
    resources: Rows = Resources()


class PoolNodes(Payload):
    """``status.resources``: the nodes in each of four states."""

    available: Rows = Resources()
    creating: Rows = Resources()
    abnormal: Rows = Resources()
    deleting: Rows = Resources()


def _nodes(raw: object) -> object:
    return raw if isinstance(raw, Mapping) else None


class PoolStatus(Payload):
    """``status``: what the pool is."""

    phase: Raw = None
    resources: Annotated[PoolNodes | None, BeforeValidator(_nodes)] = None


class Pool(Payload):
    """An item of ListPools."""

    metadata: PoolMetadata
    spec: Annotated[PoolSpec, BeforeValidator(mapping)] = PoolSpec()
    status: Annotated[PoolStatus, BeforeValidator(mapping)] = PoolStatus()
