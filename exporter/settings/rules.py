"""What must be there and what must fit together in the settings; single values were checked before."""

import ssl
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from exporter.settings.collector_rules import collector_findings
from exporter.settings.document import AccountSection, Document
from exporter.settings.login_rules import credentials_rules
from exporter.settings.mistake import Finding, Place, quoted, suggestion
from exporter.settings.model import CollectorDefaults

# Which products an address or a budget can be for, by vendor.
PRODUCTS: Mapping[str, frozenset[str]] = {
    "aliyun": frozenset({"retailcloud", "emr", "ecs", "rds", "batchcompute", "sts", "metadata"}),
    "huaweicloud": frozenset({"modelarts", "iam", "sts", "metadata"}),
}


def broken_rules(
    document: Document, collectors: Mapping[str, CollectorDefaults], bad: Collection[Place]
) -> Iterator[Finding]:
    """Find every rule the document breaks, but for echoes: what was bad has been left out of the document."""
    for finding in _broken(document, collectors):
        looked_at = (finding.place, *finding.inputs)
        if not any(one[: len(other)] == other[: len(one)] for one in looked_at for other in bad):
            yield finding


def _broken(document: Document, collectors: Mapping[str, CollectorDefaults]) -> Iterator[Finding]:
    accounts = document.accounts or ()
    if not accounts:
        yield Finding(
            ("accounts",),
            "at least one account is needed, with name and provider: in the file of --config, or in variables",
        )
    names = [account.name for account in accounts]
    for number, account in enumerate(accounts):
        place = ("accounts", str(number))
        if account.name is not None and account.name in names[:number]:
            first = names.index(account.name)
            yield Finding((*place, "name"), f"{quoted(account.name)} is the name of accounts[{first}] as well")
        yield from _account(place, account)
    yield from collector_findings(document, collectors)


def unusable_ca_file(path: Path) -> str | None:
    """Say what is wrong with a file of CA certificates; None when it can be used."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except ssl.SSLError:
        return "holds no certificate in PEM form"
    except OSError as error:
        return f"cannot be read: {error.strerror or type(error).__name__}"
    return None


def _account(place: Place, account: AccountSection) -> Iterator[Finding]:
    if account.name is None:
        yield Finding((*place, "name"), "is missing; it becomes the label account")
    if account.provider is None:
        yield Finding((*place, "provider"), "is missing; use aliyun or huaweicloud")
    else:
        yield from _products(place, account, PRODUCTS[account.provider])
    if account.provider == "huaweicloud":
        yield from _huaweicloud(place, account)
    if account.provider == "aliyun":
        for key in ("projects", "project_id"):
            if getattr(account, key) is not None:
                yield Finding((*place, key), "is for huaweicloud accounts; leave it out")
    for product, budget in account.budget or ():
        if budget is not None and budget.rate is None:
            yield Finding((*place, "budget", product, "rate"), "is missing; write 10/s, 600/m or 1000/h")
    if account.credentials:
        yield from credentials_rules((*place, "credentials"), account.credentials, account.provider)


def _names(place: Place, account: AccountSection) -> Iterator[Finding]:
    for key, names in (("include", account.include), ("exclude", account.exclude)):
        for kind in ("app", "environment"):
            if names is not None and getattr(names, kind) is not None:
                text = "is for aliyun accounts: huaweicloud has clusters only; leave it out"
                yield Finding((*place, key, kind), text, inputs=((*place, "provider"),))


def _products(place: Place, account: AccountSection, own: frozenset[str]) -> Iterator[Finding]:
    for key, section in (("endpoints", account.endpoints), ("budget", account.budget)):
        for product, given in section or ():
            if given is not None and product not in own:
                text = f"no product of {account.provider}; its own are {', '.join(sorted(own))}"
                yield Finding((*place, key, product), text)


def _huaweicloud(place: Place, account: AccountSection) -> Iterator[Finding]:
    if account.rds_instances is not None:
        yield Finding((*place, "rds_instances"), "is for aliyun accounts; leave it out")
    yield from _names(place, account)
    if not account.regions:
        yield Finding((*place, "regions"), "a huaweicloud account needs at least one region, such as [cn-north-4]")
    regions = account.regions or ()
    projects = account.projects or {}
    for region in projects:
        if region not in regions:
            hint = suggestion(region, regions)
            yield Finding(
                (*place, "projects", region), f"not among the account's regions; {hint}", inputs=((*place, "regions"),)
            )
