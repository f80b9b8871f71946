"""ModelArts, called by Huawei Cloud's SDK: the pools by its own method, the older clusters by its signer alone."""

import requests
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer
from huaweicloudsdkmodelarts.v1 import ListPoolsRequest, ModelArtsClient

from tools.vendor_sdks.account import ACCESS_KEY_ID, PROJECT, Account, Call, Ids, same


def modelarts_calls(account: Account) -> list[Call]:
    """GET /v1/{project_id}/clusters, which the SDK has no method for; ListPools, of both statuses."""

    def clusters(secret: str, token: str | None) -> Ids:
        credentials = BasicCredentials(ACCESS_KEY_ID, secret, PROJECT)
        headers = {"X-Project-Id": PROJECT, **({"X-Security-Token": token} if token else {})}
        path = f"/v1/{PROJECT}/clusters"
        query = [("limit", 100), ("offset", 0), ("sort_by", "created_at")]
        unsigned = SdkRequest("GET", "http", account.address, path, query_params=query, header_params=headers, body="")
        signed = Signer(credentials).sign(unsigned)
        answer = requests.get(f"http://{account.address}{signed.uri}", headers=signed.header_params, timeout=10)
        if not answer.ok:
            raise RuntimeError(answer.text)
        return {item["cluster_id"] for item in answer.json()["clusters"]}

    def pools(secret: str, token: str | None) -> Ids:
        credentials = BasicCredentials(ACCESS_KEY_ID, secret, PROJECT)
        if token:
            credentials = credentials.with_security_token(token)
        builder = ModelArtsClient.new_builder().with_credentials(credentials)
        client = builder.with_endpoints([f"http://{account.address}"]).build()
        listed = client.list_pools(ListPoolsRequest(workspace_id="0")).items
        failed = client.list_pools(ListPoolsRequest(status="failed")).items
        # The SDK's type of a pool's nodes is one object, not a list of rows.
        account.set_quirk("pool_resources", "object")
        try:
            objects = client.list_pools(ListPoolsRequest()).items
        finally:
            account.set_quirk("pool_resources", "list")
        for pool in objects:
            available = pool.status.resources.available
            if available:
                wanted = nodes[pool.metadata.name][available.flavor]["available"]
                same(f"available nodes of {pool.metadata.name}", available.count, wanted)
        return {f"{pool.metadata.name} {pool.status.phase}" for pool in (*listed, *failed)}

    nodes = {pool["pool_id"]: pool["nodes"] for pool in account.truth["modelarts_pools"]}
    wanted_pools = {f"{pool['pool_id']} {pool['phase']}" for pool in account.truth["modelarts_pools"]}
    return [
        ("ModelArts GET /v1/{project_id}/clusters", clusters, set(account.truth["modelarts_clusters"])),
        ("ModelArts ListPools", pools, wanted_pools),
    ]
