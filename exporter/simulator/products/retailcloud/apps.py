"""RetailCloud's app operations: ListApp, ListAppEnvironment, ListAppResourceAllocs."""

from exporter.simulator.errors import ApiError
from exporter.simulator.operations import Call, Json
from exporter.simulator.products.retailcloud.product import OPERATIONS, env_type, listing
from exporter.simulator.world.apps import App, Environment
from exporter.simulator.world.clusters import REGION


@OPERATIONS.operation("ListApp")
def list_app(call: Call) -> Json:
    """Manual 1.1.3: optional page parameters in the query, which the answer does not repeat; a member's apps only."""
    apps = () if call.member_of_no_app else call.world.apps
    page = call.page(apps, call.query.number("PageNumber", 1), call.query.number("PageSize", 20))
    answer = listing(call, page.of(_app))
    del answer["PageNumber"], answer["PageSize"]
    return answer


def _app(app: App) -> Json:
    return {
        "AppId": app.id,
        "AppStateType": "stateful" if app.stateful else "stateless",
        "BizName": "JST",
        "BizTitle": app.alias,
        "DeployType": "ContainerDeployment",
        "Description": "",
        "Language": app.language,
        "MiddleWareList": [],
        "OperatingSystem": "Linux",
        "ServiceType": "GeneralApplication",
        "Title": app.title,
    }


@OPERATIONS.operation("ListAppEnvironment")
def list_app_environment(call: Call) -> Json:
    """Manual 1.2.3: AppId and both page parameters are required, in the query; EnvType filters as 1 test, 2 prod."""
    app_id, kind = call.query.number("AppId"), call.query.optional_number("EnvType")
    name = call.query.optional("EnvName")
    found = [
        environment
        for environment in call.world.environments
        if environment.app.id == app_id
        and name in {"", environment.name}
        and kind in {None, 2 if environment.production else 1}
    ]
    page = call.page(found, call.query.number("PageNumber"), call.query.number("PageSize"))
    return listing(call, page.of(lambda environment: _environment(call, environment)))


def _environment(call: Call, environment: Environment) -> Json:
    row: Json = {
        "AppId": environment.app.id,
        "AppSchemaId": environment.schema_id,
        "EnvId": environment.id,
        "EnvName": environment.name,
        "EnvType": env_type(call.quirks, production=environment.production),
        "Region": REGION,
    }
    if call.quirks.env_type_name:
        row["EnvTypeName"] = "正式" if environment.production else "测试"
    return row


@OPERATIONS.operation("ListAppResourceAllocs")
def list_app_resource_allocs(call: Call) -> Json:
    """Manual 5.3.2: page parameters required, in the query; its sample wraps the answer once more. Not in the SDK."""
    if call.quirks.resource_allocs == "absent":
        raise ApiError(404, "InvalidAction.NotFound", "The specified action is not found: check name and version.")
    environment_id, app_id = call.query.optional_number("AppEnvId"), call.query.optional_number("AppId")
    cluster_id = call.query.optional("ClusterId")
    rows: list[Json] = [
        {
            "AppEnvId": environment.id,
            "AppId": environment.app.id,
            "ClusterId": environment.cluster.instance_id,
            "Id": environment.number + 1,
        }
        for environment in call.world.environments
        if environment.cluster is not None
        and not call.member_of_no_app
        and environment_id in {None, environment.id}
        and app_id in {None, environment.app.id}
        and cluster_id in {"", environment.cluster.instance_id}
    ]
    answer = listing(call, call.page(rows, call.query.number("PageNumber"), call.query.number("PageSize")))
    return {"ListAppResourceAllocsResponse": answer} if call.quirks.resource_allocs == "wrapped" else answer
