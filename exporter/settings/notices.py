"""What `check` says about settings that can be used, but may not be what their writer wanted."""

import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from exporter.clouds.aliyun.standard_chain import suggests_a_source
from exporter.clouds.credentials import missing_variables
from exporter.settings.login_masking import files_of, is_there
from exporter.settings.mistake import near, quoted
from exporter.settings.model import Account, Settings
from exporter.settings.regions import REGIONS


def warnings(settings: Settings, environ: Mapping[str, str]) -> list[str]:
    """One line each; the exporter runs all the same. Looks whether the files that are named are there.

    ``environ`` is searched for the vendors' variables.
    """
    return [
        *(line for account in settings.accounts for line in _unknown_regions(account)),
        *(line for account in settings.accounts for line in _no_regions(account)),
        *(line for account in settings.accounts for line in _missing_files(account)),
        *(line for account in settings.accounts for line in _no_credentials(account, environ)),
        *_cut_off_calls(settings),
        *_deprecated(settings),
        *_no_snapshots(settings.snapshot_path),
        *settings.web.access.notices,
        *_open_actions(settings),
    ]


def odd_regions(account: Account) -> Mapping[str, str]:
    """The account's regions that are not known of its vendor, and what is to be said about them."""
    known = REGIONS[account.provider]
    return {region: _odd_region(region, account, known) for region in account.regions if region not in known}


def _odd_region(region: str, account: Account, known: Collection[str]) -> str:
    meant = " or ".join(near(region, known))
    hint = f" (did you mean {meant}?)" if meant else ""
    return f"{quoted(region)} is not a region known of {account.provider}{hint}"


def _unknown_regions(account: Account) -> Iterator[str]:
    for said in odd_regions(account).values():
        yield f"account {account.name}: {said}; the run goes on with it"


def _no_regions(account: Account) -> Iterator[str]:
    if account.regions:
        return
    enabled = {name: collector for name, collector in account.collectors.items() if collector.enabled}
    off = [name for name, collector in enabled.items() if collector.scope == "regional"]
    if off:
        yield (
            f"account {account.name}: {', '.join(off)} off for this account until its regions are listed; "
            f"without need of {'it' if len(off) == 1 else 'them'}, disable {'it' if len(off) == 1 else 'them'}"
        )
    # An empty list says that there are none; without a list they are looked for in the regions.
    for name in [name for name, collector in enabled.items() if collector.needs_instances]:
        if account.rds_instances is None:
            yield (
                f"account {account.name}: {name} is off for this account until its instances are listed under "
                "rds_instances, or its regions to find them in"
            )


def idle_collectors(account: Account) -> Mapping[str, str]:
    """The enabled collectors that have nothing to ask for in an account, and why."""
    idle: dict[str, str] = {}
    for name, collector in account.collectors.items():
        if collector.enabled and collector.scope == "regional" and not account.regions:
            idle[name] = "off for this account until its regions are listed"
        elif collector.enabled and collector.needs_instances and not account.has_instances:
            idle[name] = (
                "off for this account, because its list of rds_instances is empty"
                if account.rds_instances == ()
                else "off until the account's rds_instances are listed, or its regions to find them in"
            )
    return idle


def _no_credentials(account: Account, environ: Mapping[str, str]) -> Iterator[str]:
    if account.login.source is not None:
        return
    if account.provider == "aliyun":
        is_pointed_to, last = suggests_a_source(environ), "the role of an ECS instance"
    else:
        is_pointed_to, last = not missing_variables(environ, account.provider), "the agency of an ECS instance"
    if not is_pointed_to:
        yield (
            f"account {account.name}: has no credentials, and nothing in the environment points to any; "
            f"calls fail unless {last} serves"
        )


def _missing_files(account: Account) -> Iterator[str]:
    for key, path in files_of(account.login).items():
        # The path is not repeated: people put the secret itself where its file belongs.
        if not is_there(path):
            yield f"account {account.name}: {key} names no file now; calls fail until it is there"


def _cut_off_calls(settings: Settings) -> Iterator[str]:
    """A host that hangs is held back after calls without an answer: those that the run cut off are none."""
    longest = settings.http.timeout
    short = {
        name: collector.timeout
        for account in settings.accounts
        for name, collector in account.collectors.items()
        if collector.enabled and collector.timeout <= longest
    }
    for name, timeout in short.items():
        yield (
            f"collector {name}: its timeout of {timeout:g} s is not above http.timeout ({longest:g} s): a call that "
            "hangs ends the run, and every run tries a silent host anew; raise the one or lower the other"
        )


def _deprecated(settings: Settings) -> Iterator[str]:
    name = "batchcompute_clusters"
    runs = [account.collectors[name] for account in settings.accounts if name in account.collectors]
    if any(collector.enabled for collector in runs):
        yield f"collector {name} is enabled, but the vendor has deprecated BatchCompute"


def _no_snapshots(path: Path | None) -> Iterator[str]:
    """Why snapshots cannot be saved, as far as that shows now; the exporter does without, and goes on trying."""
    if path is None:
        return
    goes_on = "a restart will not go on from it"
    if not path.parent.is_dir():
        yield f"snapshot_path: there is no folder {path.parent}; make it, or {goes_on}"
    elif path.is_dir():
        yield f"snapshot_path: {path} is a folder; name a file in it, or {goes_on}"
    elif not os.access(path.parent, os.W_OK | os.X_OK):
        yield f"snapshot_path: the folder {path.parent} cannot be written to by this user; allow it, or {goes_on}"
    elif path.exists() and not os.access(path, os.R_OK):
        yield f"snapshot_path: {path} cannot be read by this user; take it away, or {goes_on}"


def _open_actions(settings: Settings) -> Iterator[str]:
    if settings.web.enable_actions and not settings.web.access.users:
        yield "web.enable_actions: everybody who reaches the port can have the settings read again"
