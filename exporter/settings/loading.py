"""Loads the settings: file and environment in, one `Settings` or every mistake out."""

import os
from collections.abc import Mapping
from pathlib import Path

from exporter.settings.document import Document, known_keys
from exporter.settings.environment import read_environment
from exporter.settings.login_masking import files_of
from exporter.settings.mistake import Finding, Mistake, Place, SettingsError, near
from exporter.settings.model import CollectorDefaults, Settings, Web
from exporter.settings.origin import Origin
from exporter.settings.resolution import resolved_settings
from exporter.settings.rules import broken_rules, unusable_ca_file
from exporter.settings.validation import validated
from exporter.settings.web_file import read_access
from exporter.settings.yaml_file import YamlFile, read_file


def load(path: Path | None, environ: Mapping[str, str], collectors: Mapping[str, CollectorDefaults]) -> Settings:
    """Read the file (None: there is none) and the environment, which wins, over the collectors' own defaults.

    Reads the file, the CA file, the web-config file with what it names, and nothing else; a new object every time, so
    that a reload can swap it in when it is good. Raises SettingsError with all mistakes.
    """
    file = read_file(path) if path is not None else YamlFile({}, {})
    environment = read_environment(environ)
    mistakes = [*file.mistakes, *environment.mistakes]
    # Without the file everything in it would be missing: that is one mistake, not many.
    if not file.readable:
        raise SettingsError(mistakes)
    origin = Origin(path, file.lines, environment.variables)
    document, findings = validated(environment.tree, file.tree)
    bad = {*file.bad, *(finding.place for finding in findings), *_meant(findings)}
    findings += (*broken_rules(document, collectors, bad), *_ca_file(document, origin))
    mistakes += [origin.mistake(finding) for finding in findings]
    web, of_web = _web(document, origin)
    if mistakes or of_web:
        raise SettingsError([*sorted(mistakes, key=_reading_order), *of_web])
    settings = resolved_settings(document, collectors, origin, web)
    if taken := _taken_by(settings, path):
        raise SettingsError([origin.mistake(Finding(("snapshot_path",), f"is {taken}; give it a file of its own"))])
    return settings


def _taken_by(settings: Settings, path: Path | None) -> str:
    """What the file of the snapshot is already, if anything: it would be moved away and written anew."""
    if settings.snapshot_path is None:
        return ""
    named = {
        "the settings file": path,
        "http.ca_file": settings.http.ca_file,
        "web.config_file": settings.web.config_file,
    }
    for account in settings.accounts:
        named |= {f"the {key} of account {account.name}": file for key, file in files_of(account.login).items()}
    place = os.path.abspath(settings.snapshot_path)  # noqa: PTH100 -- resolve() raises for what can be no path
    taken = (what for what, file in named.items() if file is not None and place == os.path.abspath(file))  # noqa: PTH100
    return next(taken, "")


def _meant(findings: tuple[Finding, ...]) -> set[Place]:
    """List the keys that misspelt ones may stand for: that those are missing is not told as well."""
    unknown = (finding.place for finding in findings if finding.unknown)
    return {(*place[:-1], key) for place in unknown for key in near(place[-1], known_keys(place[:-1]))}


def _ca_file(document: Document, origin: Origin) -> tuple[Finding, ...]:
    place = ("http", "ca_file")
    if document.http is None or document.http.ca_file is None:
        return ()
    problem = unusable_ca_file(origin.resolved(place, document.http.ca_file))
    return () if problem is None else (Finding(place, problem),)


def _web(document: Document, origin: Origin) -> tuple[Web, tuple[Mistake, ...]]:
    section = document.web
    if section is None:
        return Web(), ()
    actions = section.enable_actions is True
    if section.config_file is None:
        return Web(enable_actions=actions), ()
    place = ("web", "config_file")
    path = origin.resolved(place, section.config_file)
    try:
        with path.open("rb"):
            pass
        return Web(path, actions, read_access(path)), ()
    except OSError as error:
        problem = f"cannot be read: {error.strerror or type(error).__name__}"
        return Web(path, actions), (origin.mistake(Finding(place, problem)),)
    except SettingsError as error:
        return Web(path, actions), error.mistakes


def _reading_order(mistake: Mistake) -> tuple[bool, int, str]:
    return mistake.file is None, mistake.line or 0, mistake.key
