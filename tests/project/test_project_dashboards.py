"""The dashboards as files: generated, whole, and linked to each other."""

import json
import re
from collections import Counter
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from grafana_foundation_sdk.cog.plugins import register_default_plugins

import tools.dashboards.__main__ as generated
from tests.project.panels import ROOT, dashboards, panels_of
from tests.project.watching import RULE_FILES, rules_of
from tools.dashboards import deploy_rates, retailcloud_deploys, style, trouble
from tools.dashboards.dashboard import JSONEncoder, model

DASHBOARDS = dashboards()
UIDS = {f"cloud-cluster-{stem}" for stem in DASHBOARDS}
FIXED = (
    "overview",
    "retailcloud-cluster",
    "retailcloud-deploys",
    "retailcloud-nodes-volumes",
    "rds-backups",
    "emr",
    "modelarts-batch-hpc",
    "exporter",
)
OVERRIDES = {"noValue", "links", "unit", "decimals", "mappings", "thresholds", "min", "max", "color"}
OVERRIDES |= {"custom.width", "custom.cellOptions", "custom.hidden", "custom.hideFrom"}


@pytest.fixture(params=DASHBOARDS)
def dashboard(request):
    return DASHBOARDS[request.param]


def queries(dashboard) -> list[dict[str, Any]]:
    return [variable for variable in dashboard["templating"]["list"] if variable["type"] == "query"]


def links_of(dashboard) -> list[dict[str, Any]]:
    """The links on the values of all panels."""
    found = []
    for panel in panels_of(dashboard):
        config = panel["fieldConfig"]
        found += config["defaults"].get("links", [])
        properties = [each for override in config["overrides"] for each in override["properties"]]
        found += [link for each in properties if each["id"] == "links" for link in each["value"]]
    return found


def lost(written: Any, read: Any, path: str = "") -> list[str]:
    """What of a JSON is not in another one."""
    if isinstance(written, dict) and isinstance(read, dict):
        return [part for key in written for part in lost(written[key], read.get(key, "nothing"), f"{path}/{key}")]
    if isinstance(written, list) and isinstance(read, list) and len(written) == len(read):
        pairs = enumerate(zip(written, read, strict=True))
        return [part for at, (one, other) in pairs for part in lost(one, other, f"{path}/{at}")]
    return [] if written == read else [path]


def test_the_dashboards_are_what_the_code_says():
    assert [] == generated.stale(generated.wanted()), "make generate"


def test_generating_and_checking_are_part_of_make():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    check, generate = makefile.index("\ncheck:"), makefile.index("\ngenerate:")
    assert "-m tools.dashboards --check\n" in makefile[check:generate]
    assert "-m tools.dashboards\n" in makefile[generate:]


def test_a_file_that_differs_is_missing_or_strange_is_found(tmp_path):
    fine, old, missing, strange = (tmp_path / f"{name}.json" for name in ("fine", "old", "missing", "strange"))
    for path, text in ((fine, "new"), (old, "old"), (strange, "?")):
        path.write_text(text, encoding="utf-8")
    assert [old, missing, strange] == generated.stale({fine: "new", old: "new", missing: "new"}, tmp_path)


def test_the_names_that_alerts_lead_to_stay():
    assert {stem: f"cloud-cluster-{stem}" for stem in FIXED} == {
        stem: dashboard["uid"] for stem, dashboard in DASHBOARDS.items()
    }


def test_the_sdk_knows_every_key(dashboard):
    register_default_plugins()
    read = json.loads(json.dumps(model.Dashboard.from_json(dashboard), cls=JSONEncoder))
    assert [] == lost(dashboard, read)


def test_nothing_is_hidden_in_a_menu(dashboard):
    parts = [*dashboard["links"], *dashboard["annotations"]["list"], *links_of(dashboard)]
    assert [] == [part for part in parts if "placement" in part]


def test_an_override_says_what_grafana_knows_of_a_field_that_there_is(dashboard):
    for panel in panels_of(dashboard):
        overrides = panel["fieldConfig"]["overrides"]
        assert {each["id"] for override in overrides for each in override["properties"]} <= OVERRIDES
        assert {"byName"} >= {override["matcher"]["id"] for override in overrides}


def test_all_dashboards_are_of_one_kind(dashboard):
    assert ["cloud-cluster-exporter"] == dashboard["tags"]
    assert (39, "browser", "1m", 1) == tuple(
        dashboard[key] for key in ("schemaVersion", "timezone", "refresh", "version")
    )


def test_panels_have_numbers_of_their_own(dashboard):
    numbers = Counter(panel["id"] for panel in dashboard["panels"])
    assert [] == [number for number, times in numbers.items() if times > 1]
    assert all((panel["id"] > 100) == (panel["type"] == "row") for panel in dashboard["panels"])


def test_panels_fill_the_grid_and_do_not_overlap(dashboard):
    taken = Counter(
        (x, y)
        for panel in dashboard["panels"]
        for place in [panel["gridPos"]]
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    )
    assert {1} == set(taken.values())
    assert set(range(24)) == {x for x, _ in taken}
    assert len(taken) == 24 * (1 + max(y for _, y in taken))


def test_a_dashboard_can_be_taken_in(dashboard):
    assert len(panels_of(dashboard)) <= 16


def test_a_link_leads_to_a_dashboard_and_to_variables_that_there_are(dashboard):
    own = {variable["name"] for variable in dashboard["templating"]["list"]}
    for link in links_of(dashboard):
        path, query = urlsplit(link["url"])[2:4]
        uid = path.removeprefix("/d/")
        assert uid in UIDS
        [other] = [each for each in DASHBOARDS.values() if each["uid"] == uid]
        given = {name.removeprefix("var-") for name, _ in parse_qsl(query) if name.startswith("var-")}
        handed_on = set(re.findall(r"\$\{(\w+):queryparam\}", query))
        assert given | handed_on <= {variable["name"] for variable in other["templating"]["list"]}, link
        assert handed_on <= own, link
        assert "datasource" in handed_on, link
        assert "${__url_time_range}" in query, link


def test_every_dashboard_leads_to_all_others_and_to_the_overview(dashboard):
    kinds = {link["type"]: link for link in dashboard["links"]}
    assert ["cloud-cluster-exporter"] == kinds["dashboards"]["tags"]
    assert dashboard["uid"] == "cloud-cluster-overview" or "/d/cloud-cluster-overview" == kinds["link"]["url"]
    assert all(link["includeVars"] and link["keepTime"] for link in dashboard["links"])


def test_every_dashboard_ends_with_how_old_its_data_is(dashboard):
    titles = [panel["title"] for panel in dashboard["panels"]]
    at = titles.index("Freshness of this data")
    assert "Freshness" == titles[at + 1]
    assert len(titles) == at + 2 or dashboard["uid"] == "cloud-cluster-exporter"  # there it is what one looks for


def test_variables_have_several_values_or_all(dashboard):
    for variable in queries(dashboard):
        assert variable["multi"]
        assert variable["includeAll"]
        assert ".*" == variable["allValue"]


def test_a_variable_takes_the_id_and_shows_the_name(dashboard):
    for variable in queries(dashboard):
        if variable["name"] in {"account", "region"}:
            continue
        labels = {"app_id": "12", "app_name": "shop", "cluster_id": "12", "cluster_name": "shop"}
        labels |= {"env_id": "12", "env_name": "shop"}
        shown = sorted(labels.keys() & set(re.findall(r"\w+", variable["regex"])))
        row = "{" + ",".join(f'{label}="{labels[label]}"' for label in shown) + "} 1 1700000000000"
        match = re.search(variable["regex"].strip("/").replace("(?<", "(?P<"), row)
        assert {"value": "12", "text": "shop"} == match.groupdict()


@pytest.mark.parametrize(
    ("alert", "number"),
    [
        ("RetailCloudClusterCpuRequestsHigh", style.REQUESTED.steps[1].value),
        ("RetailCloudClusterCpuRequestsCritical", style.REQUESTED.steps[2].value),
        ("RetailCloudClusterMemoryRequestsHigh", style.REQUESTED.steps[1].value),
        ("RetailCloudClusterMemoryRequestsCritical", style.REQUESTED.steps[2].value),
        ("RetailCloudClusterCpuUsageHigh", style.USED.steps[1].value),
        ("RetailCloudNodeExpiring", trouble.NODE_EXPIRING / style.DAY),
        ("RetailCloudDeployStuck", retailcloud_deploys.OPEN_FOR.steps[1].value),
        ("RetailCloudDeployStuck", retailcloud_deploys.OPEN_FOR.steps[2].value),
        ("RetailCloudDeployFailureRatioHigh", deploy_rates.FAILURES.steps[2].value),
        ("RdsBackupOverdue", trouble.BACKUP_OVERDUE / 3600),
        ("RdsInstanceExpiring", trouble.EXPIRING / style.DAY),
        ("EmrClusterExpiring", trouble.EXPIRING / style.DAY),
        ("CloudClusterExporterCollectionStale", style.FRESHNESS.steps[1].value),
    ],
)
def test_what_turns_red_or_orange_is_what_alerts(alert, number):
    rules = [rule for path in RULE_FILES for rule in rules_of(path) if rule.get("alert") == alert]
    if not rules:
        pytest.skip(f"there is no alert {alert} yet")
    numbers = {float(word) for word in re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])", rules[0]["expr"])}
    assert float(number) in numbers


def test_tables_are_no_wider_than_a_window_of_1600_pixels(dashboard):
    """Grafana gives a column its width, or what is left in equal shares, and scrolls where that is too little."""
    for panel in panels_of(dashboard):
        if panel["type"] != "table":
            continue
        columns = {each["matcher"]["options"]: properties_of(each) for each in panel["fieldConfig"]["overrides"]}
        shown = [each.get("custom.width") for each in columns.values() if not each.get("custom.hidden")]
        room = panel["gridPos"]["w"] / 24 * 1568 - 8 - sum(width or 0 for width in shown)
        assert room / max(1, shown.count(None)) >= panel["fieldConfig"]["defaults"]["custom"]["minWidth"], (
            panel["title"],
            room,
        )


def properties_of(override) -> dict[str, Any]:
    return {each["id"]: each["value"] for each in override["properties"]}
