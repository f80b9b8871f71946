"""The commands, their options and their exit codes: 0 fine, 1 failed at its work, 2 wrong usage or settings."""

import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from exporter import logs
from exporter.app import VERSION
from exporter.cli import backfill, collect, demonstration, doctor, documentation, mixin, output, planning, serving
from exporter.cli.outcome import ReaderGoneError, WorkFailedError
from exporter.cli.output import tell, write
from exporter.listener import CannotListenError
from exporter.mixin import GRAFANA_BASE, RUNBOOK_BASE
from exporter.settings.mistake import SettingsError
from exporter.simulator import Sizes

app = typer.Typer(
    name="cloud-cluster-exporter",
    help="Prometheus exporter for the control planes of Alibaba Cloud and Huawei Cloud.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # it would print local variables, keys among them
)

ConfigFile = Annotated[
    Path | None, typer.Option("--config", help="The settings; every key can also come from the environment.")
]
Folder = Annotated[
    Path, typer.Option("--out", file_okay=False, help="The folder to write to; made where it is not there.")
]
Listen = Annotated[str, typer.Option(help="Where to serve the pages, host:port.")]
SimulatorPort = Annotated[
    int, typer.Option(min=0, max=65_535, help="The port of the simulated cloud, on loopback; 0 for any free one.")
]
Scenario = Annotated[str, typer.Option(help="What happens in the simulated cloud.")]
Seed = Annotated[int, typer.Option(help="The same seed makes the same simulated world.")]


class LogFormat(StrEnum):
    """The forms of a log line."""

    json = "json"
    text = "text"


class LogLevel(StrEnum):
    """From which level up to log."""

    debug = "debug"
    info = "info"
    warning = "warning"
    error = "error"


def _show_version(wanted: bool) -> None:
    if wanted:
        write(f"cloud-cluster-exporter {VERSION}\n")
        raise typer.Exit


@app.callback()
def _common(
    log_level: Annotated[LogLevel, typer.Option(help="Log from this level up.")] = LogLevel.info,
    log_format: Annotated[LogFormat, typer.Option(help="The form of a log line.")] = LogFormat.text,
    version: Annotated[  # noqa: ARG001 -- the option works through its callback
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    logs.set_up(log_level.value, log_format.value, sys.stderr)


@app.command()
def serve(config: ConfigFile = None) -> None:
    """Collect on a timer and serve the pages, until stopped."""
    serving.serve(config)


@app.command()
def demo(
    listen: Listen = "127.0.0.1:10990",
    simulator_port: SimulatorPort = demonstration.PORT,
    scenario: Scenario = "calm",
    seed: Seed = 1,
) -> None:
    """Try the exporter against the simulated cloud, both in this process."""
    demonstration.demo(listen, simulator_port, scenario, seed)


@app.command()
def simulate(
    port: SimulatorPort = demonstration.PORT,
    scenario: Scenario = "calm",
    seed: Seed = 1,
    clusters: Annotated[int, typer.Option(min=0)] = demonstration.SIZES.clusters,
    nodes: Annotated[int, typer.Option(min=0, help="Of all clusters.")] = demonstration.SIZES.nodes,
    apps: Annotated[int, typer.Option(min=0)] = demonstration.SIZES.apps,
    environments: Annotated[int, typer.Option(min=0, help="Of each app.")] = demonstration.SIZES.environments,
    orders_per_day: Annotated[
        float | None, typer.Option(min=0, help="Deploy orders of each environment; left out, as a shop has them.")
    ] = demonstration.SIZES.orders_per_day,
    volumes: Annotated[int, typer.Option(min=0, help="Of all clusters.")] = demonstration.SIZES.volumes,
    claims: Annotated[int, typer.Option(min=0, help="Those without a volume.")] = demonstration.SIZES.claims,
    rds_instances: Annotated[int, typer.Option(min=0)] = demonstration.SIZES.rds_instances,
    rds_replicas: Annotated[int, typer.Option(min=0, help="Read-only ones.")] = demonstration.SIZES.rds_replicas,
    rds_elsewhere: Annotated[
        int, typer.Option(min=0, help="RDS instances in cn-hangzhou.")
    ] = demonstration.SIZES.rds_elsewhere,
    backup_days: Annotated[int, typer.Option(min=0, help="Days of backups.")] = demonstration.SIZES.backup_days,
    emr_clusters: Annotated[int, typer.Option(min=0, help="Of flow projects.")] = demonstration.SIZES.emr_clusters,
    emr_2021_clusters: Annotated[
        int, typer.Option(min=0, help="Of the API of 2021; some in cn-hangzhou.")
    ] = demonstration.SIZES.emr_2021_clusters,
    hpc_clusters: Annotated[int, typer.Option(min=0)] = demonstration.SIZES.hpc_clusters,
    batchcompute_clusters: Annotated[int, typer.Option(min=0)] = demonstration.SIZES.batchcompute_clusters,
    modelarts_clusters: Annotated[int, typer.Option(min=0)] = demonstration.SIZES.modelarts_clusters,
    modelarts_pools: Annotated[int, typer.Option(min=0)] = demonstration.SIZES.modelarts_pools,
) -> None:
    """Run the simulated cloud alone, for an exporter of your own settings."""
    sizes = Sizes(
        clusters=clusters,
        nodes=nodes,
        apps=apps,
        environments=environments,
        orders_per_day=orders_per_day,
        volumes=volumes,
        claims=claims,
        rds_instances=rds_instances,
        rds_replicas=rds_replicas,
        rds_elsewhere=rds_elsewhere,
        backup_days=backup_days,
        emr_clusters=emr_clusters,
        emr_2021_clusters=emr_2021_clusters,
        hpc_clusters=hpc_clusters,
        batchcompute_clusters=batchcompute_clusters,
        modelarts_clusters=modelarts_clusters,
        modelarts_pools=modelarts_pools,
    )
    demonstration.simulate(port, scenario, seed, sizes)


@app.command()
def once(
    config: ConfigFile = None,
    collector: Annotated[list[str] | None, typer.Option(help="Only this collector; may be given again.")] = None,
) -> None:
    """Collect once and print the page; exit code 1 when a collection failed."""
    collect.once(config, collector or [])


@app.command()
def check(config: ConfigFile = None) -> None:
    """Check the settings and show what is in force, secrets masked; no cloud is called."""
    collect.check(config)


@app.command(name="doctor")
def examine(
    config: ConfigFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs: all of it as JSON.")] = False,
) -> None:
    """Ask every operation once: what works, what fails and why, the policy to grant; exit code 1 on a failure."""
    doctor.doctor(config, as_json=as_json)


@app.command()
def plan(
    config: ConfigFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Collect once and say what that costs: calls a minute and a day beside the budgets, and what does not fit.

    Exit code 1 when a collection failed, whose calls are not known then.
    """
    planning.plan(config, for_programs=as_json)


@app.command(name="backfill")
def look_back(
    since: Annotated[str, typer.Option(help="The first moment: how long ago (30d), or a time (2026-01-31T00:00:00Z).")],
    config: ConfigFile = None,
    until: Annotated[
        str | None, typer.Option(help="The end, itself left out: where the live data begins. Now, where left out.")
    ] = None,
    step: Annotated[str, typer.Option(help="The time between two samples of a series.")] = backfill.STEP,
    account: Annotated[list[str] | None, typer.Option(help="Only this account; may be given again.")] = None,
    label: Annotated[
        list[str] | None,
        typer.Option(help="name=value, for every series, such as job and instance of the scrape; may be given again."),
    ] = None,
) -> None:
    """Write the past of deploys and backups as OpenMetrics, for `promtool tsdb create-blocks-from openmetrics`."""
    backfill.backfill(config, backfill.Wanted(since, until, step, account or [], label or []))


@app.command()
def metrics(
    form: Annotated[documentation.Form, typer.Option("--format", help="The form.")] = documentation.Form.text,
) -> None:
    """List every metric that the exporter can show."""
    write(documentation.catalogue(form))


@app.command()
def alerts(
    out: Folder,
    runbook_base: Annotated[str, typer.Option(help="Where alerts find their runbooks.")] = RUNBOOK_BASE,
    grafana_base: Annotated[str, typer.Option(help="Where alerts find their dashboards.")] = GRAFANA_BASE,
) -> None:
    """Write the rule files for Prometheus, and the examples for Alertmanager, with links to your own addresses."""
    mixin.alerts(out, runbook_base, grafana_base)


@app.command()
def dashboards(out: Folder) -> None:
    """Write the dashboards for Grafana."""
    mixin.dashboards(out)


def _common_first(arguments: Sequence[str]) -> list[str]:
    """The arguments with the options of every command in front, where typer wants them: they may stand anywhere."""
    common: list[str] = []
    others: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if argument in {"--log-level", "--log-format"}:
            common += [argument, *([value] if (value := next(rest, None)) is not None else [])]
        elif argument.startswith(("--log-level=", "--log-format=")) or argument == "--version":
            common.append(argument)
        else:
            others.append(argument)
    return common + others


def main(arguments: Sequence[str] | None = None) -> None:
    """The entry point, with the process' arguments unless others are given; ends in SystemExit, not in a traceback."""
    output.set_up()
    try:
        app(args=_common_first(sys.argv[1:] if arguments is None else arguments))
    except SettingsError as error:
        tell(str(error))
        sys.exit(2)
    except (WorkFailedError, CannotListenError) as error:
        tell(str(error))
        sys.exit(1)
    except ReaderGoneError:
        sys.exit(1)
