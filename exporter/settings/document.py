"""The settings as they stand in the file and the environment: every key, and the check of every single value.

All keys are optional here: what must be there, and what must fit together, `rules` says, so that one mistake hides no
other.
"""

import types
from typing import Annotated, Union, get_args, get_origin

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from exporter.settings import login_value as login
from exporter.settings import value as kinds
from exporter.settings.mistake import Place


class Section(BaseModel):
    """A mapping with fixed keys."""

    # Without hide_input_in_errors a failing secret would print its value.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _mapping(cls, value: object) -> object:
        return kinds.mapping(value)


class HttpSection(Section):
    """The way out to the clouds."""

    proxy: kinds.Proxy | None = None
    no_proxy: Annotated[tuple[kinds.Bypass, ...], BeforeValidator(kinds.words)] | None = None
    ca_file: kinds.FilePath | None = None
    connect_timeout: kinds.Duration | None = None
    timeout: kinds.Duration | None = None


class OidcSection(Section):
    """The identity provider whose token lets into a role."""

    provider_arn: login.ProviderArn | None = None
    token_file: kinds.FilePath | None = None


class CredentialsSection(Section):
    """How one account logs in; left out, the vendor's standard chain is searched."""

    access_key_id: kinds.Secret | None = None
    access_key_id_file: kinds.FilePath | None = None
    access_key_secret: kinds.Secret | None = None
    access_key_secret_file: kinds.FilePath | None = None
    security_token: kinds.Secret | None = None
    security_token_file: kinds.FilePath | None = None
    role_arn: login.RoleArn | None = None
    role_session_name: login.SessionName | None = None
    external_id: kinds.Secret | None = None
    role_duration: login.RoleDuration | None = None
    role_policy: login.Policy | None = None
    oidc: OidcSection | None = None
    ecs_ram_role: login.InstanceRole | None = None
    imds_v1: login.Flag | None = None
    credentials_uri: login.Uri | None = None
    profile: login.Name | None = None
    profile_file: kinds.FilePath | None = None
    username: login.Name | None = None
    domain: login.Name | None = None
    password: login.Password | None = None
    password_file: kinds.FilePath | None = None
    ecs_agency: login.Flag | None = None


class EndpointsSection(Section):
    """Other addresses for products."""

    retailcloud: kinds.Endpoint | None = None
    emr: kinds.RegionalEndpoint | None = None
    ecs: kinds.RegionalEndpoint | None = None
    rds: kinds.RegionalEndpoint | None = None
    batchcompute: kinds.RegionalEndpoint | None = None
    sts: kinds.Endpoint | None = None
    modelarts: kinds.RegionalEndpoint | None = None
    iam: kinds.RegionalEndpoint | None = None
    metadata: kinds.MetadataEndpoint | None = None


class RateSection(Section):
    """How often one product may be called."""

    rate: kinds.Rate | None = None
    burst: kinds.Count | None = None


class BudgetSection(Section):
    """API budgets by product; the metadata service has none."""

    retailcloud: RateSection | None = None
    emr: RateSection | None = None
    ecs: RateSection | None = None
    rds: RateSection | None = None
    batchcompute: RateSection | None = None
    sts: RateSection | None = None
    modelarts: RateSection | None = None
    iam: RateSection | None = None


class NamesSection(Section):
    """Names of objects, as regular expressions."""

    cluster: Annotated[tuple[kinds.Expression, ...], BeforeValidator(kinds.expressions)] | None = None
    app: Annotated[tuple[kinds.Expression, ...], BeforeValidator(kinds.expressions)] | None = None
    environment: Annotated[tuple[kinds.Expression, ...], BeforeValidator(kinds.expressions)] | None = None


class CollectorSection(Section):
    """What differs from a collector's defaults; in an account, from what holds for all."""

    enabled: kinds.Flag | None = None
    interval: kinds.Duration | None = None
    timeout: kinds.Duration | None = None
    max_staleness: kinds.Duration | None = None
    max_series: kinds.Count | None = None
    window: kinds.Duration | None = None
    history: kinds.Duration | None = None


class AccountSection(Section):
    """One account at one vendor."""

    name: kinds.AccountName | None = None
    provider: kinds.Provider | None = None
    regions: Annotated[tuple[kinds.Region, ...], BeforeValidator(kinds.words), AfterValidator(kinds.once)] | None = None
    credentials: CredentialsSection | None = None
    endpoints: EndpointsSection | None = None
    rds_instances: (
        Annotated[tuple[kinds.InstanceId, ...], BeforeValidator(kinds.words), AfterValidator(kinds.once)] | None
    ) = None
    include: NamesSection | None = None
    exclude: NamesSection | None = None
    collectors: Annotated[dict[str, CollectorSection], BeforeValidator(kinds.mapping)] | None = None
    budget: BudgetSection | None = None
    projects: Annotated[dict[str, kinds.ProjectId], BeforeValidator(kinds.mapping)] | None = None
    project_id: kinds.ProjectId | None = None


class WebSection(Section):
    """Access to our own pages."""

    config_file: kinds.FilePath | None = None
    enable_actions: kinds.Flag | None = None


class Document(BaseSettings):
    """All of it. Made from sources that are handed in (`_build_sources`); never from the process's own environment."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    listen: kinds.Listen | None = None
    naive_time_zone: kinds.Zone | None = None
    snapshot_path: kinds.FilePath | None = None
    http: HttpSection | None = None
    accounts: Annotated[tuple[AccountSection, ...], BeforeValidator(kinds.items)] | None = None
    collectors: Annotated[dict[str, CollectorSection], BeforeValidator(kinds.mapping)] | None = None
    web: WebSection | None = None


def known_keys(place: Place) -> tuple[str, ...]:
    """List the keys that may stand in a section; none where there is no section."""
    section: type[BaseModel] | None = Document
    for part in place:
        # What is no field is a position in a list or the name of a collector: it leads to a section of the same kind.
        if section is not None and part in section.model_fields:
            section = _section_of(section.model_fields[part].annotation)
    return tuple(section.model_fields) if section is not None else ()


def _section_of(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in {tuple, dict, Annotated, Union, types.UnionType}:
        return next((found for part in get_args(annotation) if (found := _section_of(part))), None)
    return None
