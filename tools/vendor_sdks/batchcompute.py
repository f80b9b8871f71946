"""BatchCompute, signed by the ROA signer of Alibaba Cloud's older SDK core: the product's own SDK is GPL."""

import json
import uuid

from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest

from tools.vendor_sdks.account import ACCESS_KEY_ID, REGION, Account, Call, Ids, same

_CLUSTER = {
    "Name": "vendor-check",
    "ImageId": "img-ubuntu",
    "InstanceType": "ecs.sn1ne.large",
    "Groups": {"workers": {"DesiredVMCount": 2, "ResourceType": "OnDemand"}},
}


def batchcompute_calls(account: Account) -> list[Call]:
    """GET /clusters, then POST /clusters with a token, whose cluster GET /clusters/{ClusterId} shows."""
    once = uuid.uuid4().hex

    def call(path: str, secret: str, token: str | None, **query: object) -> dict[str, object]:
        request = CommonRequest(domain=account.address, version="2015-11-11", uri_pattern=path)
        request.set_protocol_type("http")
        request.set_method("GET")
        for name, value in query.items():
            request.add_query_param(name, value)
        if "IdempotentToken" in query:
            request.set_method("POST")
            request.set_content_type("application/json")
            request.set_content(json.dumps(_CLUSTER).encode())
        request.add_header("x-acs-signature-nonce", str(uuid.uuid4()))
        if token:
            request.add_header("x-acs-security-token", token)
        answer: dict[str, object] = json.loads(
            AcsClient(ACCESS_KEY_ID, secret, REGION).do_action_with_exception(request)
        )
        return answer

    def clusters(secret: str, token: str | None) -> Ids:
        return {item["Id"] for item in call("/clusters", secret, token, MaxItemCount=100)["Items"]}

    def created(secret: str, token: str | None) -> Ids:
        cluster_id = call("/clusters", secret, token, IdempotentToken=once)["Id"]
        again = call("/clusters", secret, token, IdempotentToken=once)["Id"]
        same("the id that a token stands for", again, cluster_id)
        cluster = call(f"/clusters/{cluster_id}", secret, token)
        return {f"{cluster['Name']}, {cluster['Groups']['workers']['DesiredVMCount']} machines"}

    return [
        ("BatchCompute GET /clusters", clusters, set(account.truth["batchcompute_clusters"])),
        ("BatchCompute POST /clusters", created, {"vendor-check, 2 machines"}),
    ]
