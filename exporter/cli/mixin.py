"""``alerts`` and ``dashboards``: the files for Prometheus, Alertmanager and Grafana, written into a folder."""

from collections.abc import Mapping
from pathlib import Path

from exporter.cli.outcome import WorkFailedError
from exporter.cli.output import say, tell
from exporter.mixin import Bases, base_of, shipped
from exporter.settings.mistake import Mistake, SettingsError, quoted


def alerts(out: Path, runbook_base: str, grafana_base: str) -> None:
    """Write the rule files and Alertmanager's examples with links of the user's own; SettingsError on a wrong one."""
    bases = _bases(runbook_base, grafana_base)
    source = shipped() / "alerts"
    rules = sorted(source.glob("*.rules.yaml"))
    examples = sorted(path for path in source.glob("alertmanager/**/*") if path.is_file())
    _write(out, {str(path.relative_to(source)): bases.put_into(_text(path)) for path in [*rules, *examples]})
    tell(f"for prometheus.yml: rule_files: ['{out.absolute()}/*.rules.yaml']")


def dashboards(out: Path) -> None:
    """Write the dashboards, which have their data source chosen when they are opened."""
    _write(out, {path.name: _text(path) for path in sorted((shipped() / "dashboards").glob("*.json"))})


def _bases(runbook_base: str, grafana_base: str) -> Bases:
    found, mistakes = [], []
    for option, value in (("--runbook-base", runbook_base), ("--grafana-base", grafana_base)):
        try:
            found.append(base_of(value))
        except ValueError as error:
            shown = "it" if "@" in value else quoted(value)  # a password may stand there
            mistakes.append(Mistake(option, f"{shown} {error}", None, None))
    if mistakes:
        raise SettingsError(mistakes)
    return Bases(*found)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _write(out: Path, files: Mapping[str, str]) -> None:
    """Write files by name over those that are there, say which, and let all others be."""
    if not files:
        raise WorkFailedError("this installation came without the files; install the wheel or the image anew")
    for name, text in files.items():
        path = out / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            raise WorkFailedError(f"cannot write {path}: {error.strerror}; choose another folder with --out") from None
        say(f"wrote {path}")
