"""Switches for every oddity that the vendors' documents contradict each other about, or only hint at."""

import dataclasses
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args, get_origin, get_type_hints


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirks:
    """How the simulated clouds deviate; the defaults are the most plausible real behaviour.

    ``numbers``: ``documented`` as in the manual's JSON samples, all as ``strings``, or all as ``numbers``.
    ``env_type``: 0/1, 1/2, TEST/PRO or test/online for test/production in ListCluster, QueryClusterDetail and
    ListAppEnvironment; ``env_type_name``: whether ListAppEnvironment also names it.
    ``rds_casing``: GetRdsBackUp's keys as the SDKs read them (``upper``) or as the manual's samples (``lower``).
    ``rds_counters``: its record counts, and those of DescribeBackups, as the documented strings, or as numbers.
    ``cpu_request``: the manual's typo ``cupRequest``, the right word, or both in one answer as its sample has it.
    ``pod_lists``: pods as objects (the manual) or JSON strings (what the SDK's type allows).
    ``error_text``: the field of a business error's text as the SDKs have it per operation, or one of the two always.
    ``failure_rate``: 0.5, 50 or 50% for one failed of two; its unit is undocumented.
    ``times``: each RetailCloud operation as in its sample, or all naive in +8, UTC without seconds, UTC with seconds.
    ``total_count``: the truth, 0, one too small, or a page too large.
    ``ignore_page_number``: the first page for ever. ``endless_pages``: rows begin again after the last page.
    ``moving_pages``: an object was ``added`` before, or ``deleted`` from, the pages already read.
    ``max_page_size``: larger pages are refused by RetailCloud, EMR, ECS and RDS; 0 is no limit.
    ``deploy_order``: how ListDeployOrders sorts by start. ``deploy_filter_zone``: the zone of its time filters.
    ``ignore_deploy_category``, ``ignore_deploy_lists``: DeployCategory, or StatusList and ResultList, do nothing.
    ``resource_allocs``: ListAppResourceAllocs plain, wrapped once more as in the manual's sample, or not there.
    ``batchcompute_bare_array``: clusters without the envelope. ``modelarts_offset``: counts rows or pages.
    ``pool_resources``: the nodes of a ModelArts pool in a state as a ``list`` of rows, one for each flavor and node
    pool, or as the single ``object`` that the SDK's type has: all rows of the first flavor in one.
    ``metadata``: both metadata services with tokens (v2) and without (v1), one of the two only, or not there
    at all; ``no_role``: there, on a machine that was given no role (Huawei: no agency).
    """

    numbers: Literal["documented", "strings", "numbers"] = "documented"
    env_type: Literal["zero_one", "one_two", "TEST_PRO", "test_online"] = "zero_one"
    env_type_name: bool = True
    rds_casing: Literal["upper", "lower"] = "upper"
    rds_counters: Literal["strings", "numbers"] = "strings"
    cpu_request: Literal["mixed", "cup", "cpu"] = "mixed"
    pod_lists: Literal["objects", "json_strings"] = "objects"
    error_text: Literal["documented", "ErrMsg", "ErrorMsg"] = "documented"
    failure_rate: Literal["ratio", "percent", "percent_sign"] = "ratio"
    times: Literal["documented", "naive_local", "utc_minutes", "utc_seconds"] = "documented"
    total_count: Literal["true", "zero", "too_small", "too_large"] = "true"
    ignore_page_number: bool = False
    endless_pages: bool = False
    moving_pages: Literal["none", "added", "deleted"] = "none"
    max_page_size: int = 0
    deploy_order: Literal["descending", "ascending", "shuffled"] = "descending"
    deploy_filter_zone: Literal["+8", "UTC"] = "+8"
    ignore_deploy_category: bool = False
    ignore_deploy_lists: bool = False
    resource_allocs: Literal["plain", "wrapped", "absent"] = "plain"
    batchcompute_bare_array: bool = False
    modelarts_offset: Literal["rows", "pages"] = "rows"
    pool_resources: Literal["list", "object"] = "list"
    metadata: Literal["both", "v2_only", "v1_only", "absent", "no_role"] = "both"

    def __post_init__(self) -> None:
        """Refuse values that no oddity has; raises ValueError naming what there is."""
        for name, choices in self.choices().items():
            value = getattr(self, name)
            if choices == "a whole number, 0 or more":
                if type(value) is not int or value < 0:
                    raise ValueError(f"{name} is {choices}")
            elif value not in choices or type(value) is not type(choices[0]):
                raise ValueError(f"{name} is one of {', '.join(str(choice) for choice in choices)}")

    @classmethod
    @functools.cache  # the types are read from their text, which takes long for what every call may ask
    def choices(cls) -> Mapping[str, tuple[object, ...] | str]:
        """What each quirk may be set to."""
        hints = get_type_hints(cls)
        return {
            field.name: (
                get_args(hints[field.name])
                if get_origin(hints[field.name]) is Literal
                else (False, True)
                if hints[field.name] is bool
                else "a whole number, 0 or more"
            )
            for field in dataclasses.fields(cls)
        }

    def changed(self, changes: Mapping[str, object]) -> "Quirks":
        """The same quirks but for the given ones; raises ValueError for an unknown name or value."""
        known = {field.name for field in dataclasses.fields(self)}
        unknown = ", ".join(sorted(set(changes) - known))
        if unknown:
            raise ValueError(f"no such quirk: {unknown}; there are {', '.join(sorted(known))}")
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]  # from JSON; __post_init__ checks them
