"""A dashboard: its rows of panels on the grid, its variables, and the JSON that Grafana reads."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as model

from tools.dashboards.links import TAG, head, uid, without_placement
from tools.dashboards.variables import DATASOURCE, SOURCE

GRID = 24  # columns
SCHEMA = 39  # of Grafana 11.0; a newer Grafana brings it up to date, an older one has most of it


@dataclass(frozen=True, slots=True)
class Row:
    """Panels side by side; the numbers of headings begin at 100, so that panels and headings can be added."""

    panels: Sequence[model.Panel]
    heading: tuple[int, str] | None = None


class Annotation(model.AnnotationQuery):
    """Marks on the time axis, from Prometheus."""

    def to_json(self) -> dict[str, object]:
        """Without the place that the SDK sets: it would hide the switch in a menu."""
        return without_placement(super().to_json())


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One file of ``dashboards/``; ``stem`` is its name and, with a prefix, its uid."""

    stem: str
    title: str
    description: str
    rows: Sequence[Row]
    variables: Sequence[model.VariableModel]
    annotations: Sequence[Annotation] = ()
    since: str = "now-6h"

    def built(self) -> model.Dashboard:
        """The dashboard as the SDK has it."""
        return model.Dashboard(
            uid=uid(self.stem),
            title=f"Cloud clusters: {self.title}",
            description=self.description,
            tags=[TAG],
            timezone="browser",
            editable=False,  # the next release would undo it: a copy is for changing
            graph_tooltip=model.DashboardCursorSync.CROSSHAIR,
            time=model.DashboardDashboardTime(from_val=self.since, to="now"),
            refresh="1m",
            schema_version=SCHEMA,
            version=1,
            fiscal_year_start_month=None,
            panels=[*self._placed()],
            templating=model.DashboardDashboardTemplating(list_val=[DATASOURCE, *self.variables]),
            annotations=model.AnnotationContainer(list_val=list(self.annotations)),
            links=head(self.stem),
        )

    def text(self) -> str:
        """The JSON, as it is committed."""
        return json.dumps(self.built(), cls=JSONEncoder, indent=2, ensure_ascii=False) + "\n"

    def _placed(self) -> Sequence[model.Panel | model.RowPanel]:
        placed: list[model.Panel | model.RowPanel] = []
        top = 0
        for row in self.rows:
            if row.heading is not None:
                number, title = row.heading
                place = model.GridPos(h=1, w=GRID, x=0, y=top)
                placed.append(model.RowPanel(title=title, id_val=number, grid_pos=place, datasource=SOURCE))
                top += 1
            left = 0
            for panel in row.panels:
                place = panel.grid_pos or model.GridPos()
                panel.grid_pos = model.GridPos(h=place.h, w=place.w, x=left, y=top)
                left += place.w
                placed.append(panel)
            if left != GRID:
                raise ValueError(f"{self.stem}: a row is {left} columns wide: {[panel.title for panel in row.panels]}")
            top += max((panel.grid_pos.h for panel in row.panels if panel.grid_pos), default=0)
        return placed
