"""Links from one dashboard to another. They keep the data source and the time."""

from typing import Any

from grafana_foundation_sdk.models import dashboard as model

TAG = "cloud-cluster-exporter"


def uid(stem: str) -> str:
    """What a dashboard is called in URLs, by the name of its file. Alerts lead there: it never changes."""
    return f"cloud-cluster-{stem}"


def field(name: str) -> str:
    """The value of a field in the row of a table that is clicked."""
    return f"${{__data.fields.{name}}}"


def label(name: str) -> str:
    """The label of the series that is clicked."""
    return f"${{__field.labels.{name}}}"


class DataLink(model.DashboardLink):
    """What a value leads to. The SDK takes these for links of a dashboard, whose other keys mean nothing here."""

    def to_json(self) -> dict[str, object]:
        """Only what a data link has."""
        return {"title": self.title, "url": self.url}


class TopLink(model.DashboardLink):
    """A link in the head of a dashboard."""

    def to_json(self) -> dict[str, object]:
        """Without the place that the SDK sets: it would hide the link in a menu."""
        return without_placement(super().to_json())


def without_placement(written: dict[str, Any]) -> dict[str, object]:
    """What the SDK writes, less where it would put it."""
    return {key: value for key, value in written.items() if key != "placement"}


def to(stem: str, title: str, **variables: str) -> DataLink:
    """A data link to another dashboard; what is not given of its variables is taken from this one's account."""
    variables.setdefault("account", "")
    chosen = [f"var-{name}={value}" if value else f"${{{name}:queryparam}}" for name, value in variables.items()]
    query = "&".join(["${datasource:queryparam}", *chosen, "${__url_time_range}"])
    return DataLink(title=title, url=f"/d/{uid(stem)}?{query}")


# For the rows of tables that have an environment.
TO_DEPLOYS = to(
    "retailcloud-deploys",
    "Deploys of this environment",
    account=field("account"),
    app=field("app_id"),
    environment=field("env_id"),
)


def head(stem: str) -> list[model.DashboardLink]:
    """The links in the head: to the overview, and to all dashboards of this kind."""
    every = TopLink(
        title="Cloud clusters",
        type_val=model.DashboardLinkType.DASHBOARDS,
        tags=[TAG],
        as_dropdown=True,
        include_vars=True,
        keep_time=True,
        icon="external link",
        tooltip="All dashboards of cloud-cluster-exporter",
    )
    overview = TopLink(
        title="Overview",
        type_val=model.DashboardLinkType.LINK,
        url=f"/d/{uid('overview')}",
        include_vars=True,
        keep_time=True,
        icon="dashboard",
        tooltip="What is broken now",
    )
    return [every] if stem == "overview" else [overview, every]
