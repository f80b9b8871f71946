"""What `check` says about settings that can be used, but may not be what their writer wanted."""

from collections.abc import Iterator, Mapping

from exporter.clouds.credentials import missing_variables
from exporter.settings.masking import is_there
from exporter.settings.mistake import near, quoted
from exporter.settings.model import Account, Settings
from exporter.settings.regions import REGIONS


def warnings(settings: Settings, environ: Mapping[str, str]) -> list[str]:
    """One line each; the exporter runs all the same. Looks whether the credential files are there.

    ``environ`` is searched for the vendors' variables.
    """
    return [
        *(line for account in settings.accounts for line in _unknown_regions(account)),
        *(line for account in settings.accounts for line in _no_regions(account)),
        *(line for account in settings.accounts for line in _missing_files(account)),
        *(line for account in settings.accounts for line in _no_credentials(account, environ)),
        *_deprecated(settings),
    ]


def _unknown_regions(account: Account) -> Iterator[str]:
    known = REGIONS[account.provider]
    for region in account.regions:
        if region not in known:
            meant = " or ".join(near(region, known))
            hint = f" (did you mean {meant}?)" if meant else ""
            yield (
                f"account {account.name}: {quoted(region)} is not a region known of {account.provider}{hint}; "
                "the run goes on with it"
            )


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


def _deprecated(settings: Settings) -> Iterator[str]:
    name = "batchcompute_clusters"
    runs = [account.collectors[name] for account in settings.accounts if name in account.collectors]
    if any(collector.enabled for collector in runs):
        yield f"collector {name} is enabled, but the vendor has deprecated BatchCompute"
