"""The panels: a number, lines over time, states over time. Tables have a file of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.models import common, prometheus, statetimeline, timeseries
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models import stat as stat_model

from tools.dashboards.links import DataLink
from tools.dashboards.style import GREY, NOT_SEEN, PLAIN, State, mapped, nothing_known
from tools.dashboards.variables import SOURCE

MODEL_OF = "11.0.0"  # the Grafana whose model this is, as schemaVersion 39 is; a newer one brings it up to date


@dataclass(frozen=True, slots=True)
class Line:
    """A query over time, and what its series are called."""

    expression: str
    legend: str


def panel(
    *,
    kind: str,
    number: int,
    title: str,
    description: str,
    size: tuple[int, int],
    targets: Sequence[prometheus.Dataquery],
    options: object,
    fields: model.FieldConfig,
    overrides: Sequence[model.DashboardFieldConfigSourceOverrides] = (),
    transformations: Sequence[model.DataTransformerConfig] = (),
) -> model.Panel:
    """What all panels have; ``size`` is width and height. The number is for good: links to a panel hold it."""
    return model.Panel(
        type_val=kind,
        id_val=number,
        plugin_version=MODEL_OF,
        title=title,
        description=description,
        datasource=SOURCE,
        grid_pos=model.GridPos(w=size[0], h=size[1]),
        targets=list(targets),
        options=options,
        field_config=model.FieldConfigSource(defaults=fields, overrides=list(overrides)),
        transformations=list(transformations) or None,
        transparent=None,
    )


def now(expression: str, ref: str = "A", legend: str = "", *, table: bool = False) -> prometheus.Dataquery:
    """A question to Prometheus about this moment."""
    kind = prometheus.PromQueryFormat.TABLE if table else prometheus.PromQueryFormat.TIME_SERIES
    return prometheus.Dataquery(
        datasource=SOURCE,
        expr=expression,
        ref_id=ref,
        legend_format=legend,
        instant=True,
        range_val=False,
        format_val=kind,
    )


def over_time(lines: Sequence[Line]) -> list[prometheus.Dataquery]:
    """Questions to Prometheus about the time that the dashboard shows."""
    return [
        prometheus.Dataquery(
            datasource=SOURCE,
            expr=line.expression,
            ref_id="ABCDEFGH"[position],
            legend_format=line.legend,
            instant=False,
            range_val=True,
            format_val=prometheus.PromQueryFormat.TIME_SERIES,
        )
        for position, line in enumerate(lines)
    ]


def stat(
    number: int,
    title: str,
    expression: str,
    description: str,
    *,
    size: tuple[int, int] = (4, 4),
    unit: str = "none",
    decimals: int | None = None,
    colours: model.ThresholdsConfig = PLAIN,
    states: Sequence[State] = (),
    link: DataLink | None = None,
    legend: str = "",
    named: bool = False,
    nothing: str = NOT_SEEN,
) -> model.Panel:
    """A number on a background whose colour says how good it is; ``legend`` names several, or one that is ``named``."""
    text_mode = common.BigValueTextMode.AUTO if legend else common.BigValueTextMode.VALUE
    if named:
        text_mode = common.BigValueTextMode.VALUE_AND_NAME
    options = stat_model.Options(
        graph_mode=common.BigValueGraphMode.NONE,
        color_mode=common.BigValueColorMode.BACKGROUND_SOLID,
        text_mode=text_mode,
        text=common.VizTextDisplayOptions(title_size=16, value_size=40) if named else None,
        reduce_options=common.ReduceDataOptions(values=False, calcs=["lastNotNull"], fields=""),
    )
    fields = model.FieldConfig(
        unit=unit,
        decimals=decimals,
        thresholds=colours,
        color=model.FieldColor(mode=model.FieldColorModeId.THRESHOLDS),
        mappings=[*mapped(states), nothing_known(nothing)],
        no_value=nothing,
        links=[link] if link else None,
    )
    return panel(
        kind="stat",
        number=number,
        title=title,
        description=description,
        size=size,
        targets=[now(expression, legend=legend)],
        options=options,
        fields=fields,
    )


def graph(
    number: int,
    title: str,
    lines: Sequence[Line],
    description: str,
    *,
    size: tuple[int, int] = (8, 9),
    unit: str = "none",
    colours: model.ThresholdsConfig | None = None,
    fixed: Mapping[str, str] | None = None,
    stacked: bool = False,
    maximum: float | None = None,
    nothing: str = NOT_SEEN,
    link: DataLink | None = None,
) -> model.Panel:
    """Lines over time, the highest first in the legend.

    ``colours`` are drawn as dashed lines; ``fixed`` gives series of a name a colour.
    """
    style = common.GraphThresholdsStyleMode.DASHED if colours else common.GraphThresholdsStyleMode.OFF
    custom = common.GraphFieldConfig(
        draw_style=common.GraphDrawStyle.LINE,
        line_width=1,
        fill_opacity=30 if stacked else 0,
        show_points=common.VisibilityMode.AUTO,
        thresholds_style=common.GraphThresholdsStyleConfig(mode=style),
        stacking=common.StackingConfig(
            mode=common.StackingMode.NORMAL if stacked else common.StackingMode.NONE, group="A"
        ),
        span_nulls=False,  # a gap is honest
    )
    options = timeseries.Options(
        legend=common.VizLegendOptions(
            display_mode=common.LegendDisplayMode.TABLE,
            placement=common.LegendPlacement.BOTTOM,
            show_legend=True,
            calcs=["lastNotNull"],
            sort_by="Last *",
            sort_desc=True,
        ),
        tooltip=common.VizTooltipOptions(mode=common.TooltipDisplayMode.MULTI, sort=common.SortOrder.DESCENDING),
    )
    fields = model.FieldConfig(
        unit=unit,
        min_val=0,
        max_val=maximum,
        thresholds=colours or PLAIN,
        # Not by value: all that is well would look alike.
        color=model.FieldColor(mode=model.FieldColorModeId.PALETTE_CLASSIC_BY_NAME),
        no_value=nothing,
        links=[link] if link else None,
        custom=custom,
    )
    overrides = [
        override("byName", name, color={"mode": "fixed", "fixedColor": colour})
        for name, colour in (fixed or {}).items()
    ]
    return panel(
        kind="timeseries",
        number=number,
        title=title,
        description=description,
        size=size,
        targets=over_time(lines),
        options=options,
        fields=fields,
        overrides=overrides,
    )


def timeline(
    number: int,
    title: str,
    lines: Sequence[Line],
    states: Sequence[State],
    description: str,
    *,
    size: tuple[int, int] = (24, 8),
    link: DataLink | None = None,
) -> model.Panel:
    """The state of each object over time, a bar an object."""
    options = statetimeline.Options(
        show_value=common.VisibilityMode.AUTO,
        row_height=0.8,
        merge_values=True,
        align_value=common.TimelineValueAlignment.LEFT,
        legend=common.VizLegendOptions(
            display_mode=common.LegendDisplayMode.LIST, placement=common.LegendPlacement.BOTTOM, show_legend=True
        ),
        tooltip=common.VizTooltipOptions(mode=common.TooltipDisplayMode.SINGLE),
        per_page=20,
    )
    fields = model.FieldConfig(
        unit="none",
        thresholds=PLAIN,
        # By thresholds, Grafana would make one state of all between two of them, whatever the mappings say.
        color=model.FieldColor(mode=model.FieldColorModeId.FIXED, fixed_color=GREY),
        mappings=mapped(states),
        no_value=NOT_SEEN,
        links=[link] if link else None,
        custom=statetimeline.FieldConfig(line_width=0, fill_opacity=80, span_nulls=False),
    )
    return panel(
        kind="state-timeline",
        number=number,
        title=title,
        description=description,
        size=size,
        targets=over_time(lines),
        options=options,
        fields=fields,
    )


def override(matcher: str, which: str, **properties: object) -> model.DashboardFieldConfigSourceOverrides:
    """Other looks for some fields: keys of ``properties`` are Grafana's, a double underscore standing for a dot."""
    return model.DashboardFieldConfigSourceOverrides(
        matcher=model.MatcherConfig(id_val=matcher, options=which),
        properties=[
            model.DynamicConfigValue(id_val=name.replace("__", "."), value=value) for name, value in properties.items()
        ],
    )
