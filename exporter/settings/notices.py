"""What `check` says about settings that can be used, but may not be what their writer wanted."""

from collections.abc import Collection, Iterator, Mapping

from exporter.clouds.credentials import missing_variables
from exporter.settings.masking import is_there
from exporter.settings.mistake import near, quoted
from exporter.settings.model import Account, Settings
from exporter.settings.regions import REGIONS

# The collectors that run for each region.
_REGIONAL = {"emr_flow_clusters": "EMR", "ecs_hpc_clusters": "ECS HPC", "batchcompute_clusters": "BatchCompute"}


def warnings(settings: Settings, environ: Mapping[str, str]) -> list[str]:
    """One line each; the exporter runs all the same. Looks whether the credential files are there.

    ``environ`` is searched for the vendors' variables.
    """
    return [
        *(line for account in settings.accounts for line in _unknown_regions(account)),
        *(line for account in settings.accounts for line in _no_regions(account, settings)),
        *(line for account in settings.accounts for line in _missing_files(account)),
        *(line for account in settings.accounts for line in _no_credentials(account, environ)),
        *_collectors(settings),
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


def _no_regions(account: Account, settings: Settings) -> Iterator[str]:
    if account.provider != "aliyun" or account.regions:
        return
    off = [name for name in _REGIONAL if name in settings.collectors and settings.collectors[name].enabled]
    if off:
        yield (
            f"account {account.name}: {', '.join(_REGIONAL[name] for name in off)} off for this account until its "
            f"regions are listed; without need of them, disable {', '.join(off)}"
        )


def idle_collectors(account: Account, settings: Settings) -> Mapping[str, str]:
    """The enabled collectors that have nothing to ask for in an account, and why."""
    if account.provider != "aliyun":
        return {}
    idle = {} if account.regions else dict.fromkeys(_REGIONAL, "off for this account until its regions are listed")
    if not account.rds_instances:
        idle["rds_backups"] = "off for this account until its instances are listed under rds_instances"
    return {name: why for name, why in idle.items() if settings.collectors[name].enabled}


def _no_credentials(account: Account, environ: Mapping[str, str]) -> Iterator[str]:
    missing = missing_variables(environ, account.provider) if account.credentials is None else []
    if missing:
        yield (
            f"account {account.name}: has no credentials, and {' and '.join(missing)} not set in the environment; "
            "calls fail until there is a key"
        )


def _missing_files(account: Account) -> Iterator[str]:
    if account.credentials is None:
        return
    files = {
        "access_key_id_file": account.credentials.access_key_id_file,
        "access_key_secret_file": account.credentials.access_key_secret_file,
        "security_token_file": account.credentials.security_token_file,
    }
    for key, path in files.items():
        # The path is not repeated: people put the secret itself where its file belongs.
        if path is not None and not is_there(path):
            yield f"account {account.name}: {key} names no file now; calls fail until it is there"


def _collectors(settings: Settings) -> Iterator[str]:
    backups = settings.collectors.get("rds_backups")
    if backups is not None and backups.enabled:
        for account in settings.accounts:
            if account.provider == "aliyun" and not account.rds_instances:
                yield (
                    f"account {account.name}: rds_backups is off for this account until its instances "
                    "are listed under rds_instances"
                )
    batchcompute = settings.collectors.get("batchcompute_clusters")
    if batchcompute is not None and batchcompute.enabled:
        yield "collector batchcompute_clusters is enabled, but the vendor has deprecated BatchCompute"
