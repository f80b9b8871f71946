"""Tables: a row an object, its names from one query, each value from another."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models import table as table_model

from tools.dashboards.links import DataLink
from tools.dashboards.panels import now, override, panel
from tools.dashboards.promql import Key, not_elsewhere
from tools.dashboards.style import GREY, NOT_SEEN, PLAIN, State, mapped, nothing_known

COLOURED_TEXT: dict[str, Any] = {"type": "color-text"}
COLOURED_CELL: dict[str, Any] = {"type": "color-background", "mode": "basic"}
GAUGE: dict[str, Any] = {"type": "gauge", "mode": "basic", "valueDisplayMode": "text"}
NARROWEST = 90  # pixels; 150 unless set, which makes a table of ten columns wider than a screen
# For the tables of now and of Grafana 11.
HIDDEN: dict[str, Any] = {"custom__hideFrom": {"legend": False, "tooltip": False, "viz": True}, "custom__hidden": True}


@dataclass(frozen=True, slots=True)
class Label:
    """A column with a label of the rows."""

    name: str
    heading: str
    link: DataLink | None = None
    width: int | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """A column with a value of its own query; coloured where states or colours are given."""

    heading: str
    expression: str
    unit: str = "none"
    colours: model.ThresholdsConfig | None = None
    states: Sequence[State] = ()
    gauge: bool = False
    width: int | None = None
    decimals: int | None = None
    text: bool = False  # colour the text, not the cell
    link: DataLink | None = None


def table(
    number: int,
    title: str,
    rows: str,
    columns: Sequence[Label | Value],
    description: str,
    *,
    size: tuple[int, int] = (24, 8),
    sort: str,
    descending: bool = True,
    then: str = "",
    nothing: str = NOT_SEEN,
    region_of: tuple[Key, str] | None = None,
    without: Sequence[str] = (),
) -> model.Panel:
    """A row for each series of ``rows``. Values are added where all labels of theirs are those of a row.

    ``region_of`` is an info that knows the region of objects that do not: those of other regions would make rows of
    their own. Labels that links need are there, but hidden; those ``without`` which the table can be are left out.
    Rows that are equal by ``sort`` are sorted by ``then``.
    """
    values = [column for column in columns if isinstance(column, Value)]
    asked = [rows, *(value.expression for value in values)]
    if region_of is not None:
        asked = [not_elsewhere(expression, *region_of) for expression in asked]
    refs = "ABCDEFGHIJKLMNOP"[: len(asked)]
    # So Grafana calls values where several queries have an answer; where one has, it is Value.
    fields = {id(value): f"Value #{ref}" for value, ref in zip(values, refs[1:], strict=True)}
    names = [column.name if isinstance(column, Label) else fields[id(column)] for column in columns]
    linked = re.findall(r"data\.fields\.(\w+)", " ".join(column.link.url or "" for column in columns if column.link))
    organize = model.DataTransformerConfig(
        id_val="organize",
        options={
            "excludeByName": dict.fromkeys(("Time", "Value", "Value #A", *without), True),
            "indexByName": {name: position for position, name in enumerate(names)},
            "renameByName": {name: column.heading for name, column in zip(names, columns, strict=True)},
        },
    )
    merge = model.DataTransformerConfig(id_val="merge", options={})
    return panel(
        kind="table",
        number=number,
        title=title,
        description=description,
        size=size,
        targets=[now(expression, ref, table=True) for expression, ref in zip(asked, refs, strict=True)],
        options=table_model.Options(
            cell_height=common.TableCellHeight.SM,
            sort_by=[common.TableSortByFieldState(display_name=each, desc=descending) for each in (sort, then) if each],
        ),
        fields=model.FieldConfig(
            unit="none",
            thresholds=PLAIN,
            color=model.FieldColor(mode=model.FieldColorModeId.THRESHOLDS),
            no_value=nothing,
            custom=common.TableFieldOptions(align=common.FieldTextAlignment.AUTO, min_width=NARROWEST),
        ),
        overrides=[
            *(_looks(column) for column in columns),
            *(override("byName", name, **HIDDEN) for name in dict.fromkeys(linked) if name not in names),
        ],
        transformations=[merge, organize],
    )


def _looks(column: Label | Value) -> model.DashboardFieldConfigSourceOverrides:
    properties: dict[str, Any] = {"noValue": "–"}
    if column.width is not None:
        properties["custom__width"] = column.width
    if column.link is not None:
        properties["links"] = [column.link]
    if isinstance(column, Value):
        return override("byName", column.heading, **properties, **_of_value(column))
    properties["unit"] = "string"  # otherwise Grafana writes an id or a version as the number that it looks like
    return override("byName", column.heading, **properties)


def _of_value(column: Value) -> dict[str, Any]:
    properties: dict[str, Any] = {"unit": column.unit}
    if column.decimals is not None:
        properties["decimals"] = column.decimals
    if column.colours is not None:
        properties["thresholds"] = column.colours
    if column.gauge:
        properties |= {"custom__cellOptions": GAUGE, "min": 0, "max": 1}
    elif column.states or column.colours:
        properties["custom__cellOptions"] = COLOURED_TEXT if column.text else COLOURED_CELL
        unknown = nothing_known("–", GREY if column.text else "transparent")
        properties["mappings"] = [*mapped(column.states), unknown]
    return properties
