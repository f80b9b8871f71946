"""Huawei's IAM in the simulated cloud: tokens, projects, and the products that are called with either."""

import pytest

PROJECT = "0123456789abcdef0123456789abcdef"
SOUTH = "1123456789abcdef0123456789abcdef"
HOME = {"project": {"name": "cn-north-4"}}


def login(scope: object = HOME, **user: object) -> dict[str, object]:
    person = {"name": "simulated-user", "password": "simulated-password", "domain": {"name": "simulated-domain"}}
    auth = {"identity": {"methods": ["password"], "password": {"user": person | user}}}
    return {"auth": auth | ({} if scope is None else {"scope": scope})}


async def token_for(simulator, scope: object = HOME) -> str:
    answer = await simulator.client.post("/v3/auth/tokens?nocatalog=true", json=login(scope))
    assert 201 == answer.status_code, answer.text
    return answer.headers["X-Subject-Token"]


async def clusters(simulator, token: str, project: str = PROJECT):
    return await simulator.client.get(f"/v1/{project}/clusters", headers={"X-Auth-Token": token})


async def projects(simulator, query: str = ""):
    """GET /v3/projects signed with the access key."""
    return await simulator.huawei(query, path="/v3/projects")


async def test_a_user_logs_in_for_a_project(simulator):
    answer = await simulator.client.post("/v3/auth/tokens?nocatalog=true", json=login())
    assert 201 == answer.status_code
    token = answer.json()["token"]
    assert ("2026-01-06T08:00:00.000000Z", "2026-01-05T08:00:00.000000Z") == (token["expires_at"], token["issued_at"])
    assert (PROJECT, "cn-north-4") == (token["project"]["id"], token["project"]["name"])
    assert "catalog" not in token
    assert answer.headers["X-Subject-Token"].startswith("canary-iam-token-")
    assert answer.headers["X-Subject-Token"] not in answer.text


async def test_the_catalog_comes_unless_it_is_declined(simulator):
    assert "catalog" in (await simulator.client.post("/v3/auth/tokens", json=login())).json()["token"]


async def test_a_project_may_be_named_by_its_id(simulator):
    answer = await simulator.client.post("/v3/auth/tokens", json=login({"project": {"id": SOUTH}}))
    assert "cn-south-1" == answer.json()["token"]["project"]["name"]


@pytest.mark.parametrize("scope", [None, {"domain": {"name": "simulated-domain"}}])
async def test_a_token_of_the_whole_domain_is_for_no_project(simulator, scope):
    answer = await simulator.client.post("/v3/auth/tokens", json=login(scope))
    assert "simulated-domain" == answer.json()["token"]["domain"]["name"]
    refused = await clusters(simulator, answer.headers["X-Subject-Token"])
    assert (401, "APIGW.0307") == (refused.status_code, refused.json()["error_code"])


@pytest.mark.parametrize(
    ("order", "status", "title"),
    [
        (login(password="wrong"), 401, "Unauthorized"),
        (login(name="nobody"), 401, "Unauthorized"),
        (login(domain={"name": "other"}), 401, "Unauthorized"),
        (login(name="blocked-user"), 403, "Forbidden"),
        (login({"project": {"name": "cn-moon-1"}}), 404, "Not Found"),
        (login({"project": {"name": "cn-south-1", "id": PROJECT}}), 404, "Not Found"),
        (login({"project": {}}), 400, "Bad Request"),
        (login("cn-north-4"), 400, "Bad Request"),
        (login(password=7), 400, "Bad Request"),
        (login(domain=None), 400, "Bad Request"),
        ({"auth": {"identity": {"methods": ["dance"]}}}, 400, "Bad Request"),
        ({"auth": {"identity": {"methods": 1}}}, 400, "Bad Request"),
        ({}, 400, "Bad Request"),
        ([], 400, "Bad Request"),
    ],
)
async def test_logins_that_are_refused(simulator, order, status, title):
    answer = await simulator.client.post("/v3/auth/tokens", json=order)
    error = answer.json()["error"]
    assert (status, status, title) == (answer.status_code, error["code"], error["title"])
    assert "X-Subject-Token" not in answer.headers


async def test_a_login_that_is_not_json(simulator):
    assert 400 == (await simulator.client.post("/v3/auth/tokens", content=b"{")).status_code


async def test_a_token_is_good_for_its_project_for_a_day(simulator):
    token = await token_for(simulator)
    assert 3 == (await clusters(simulator, token)).json()["total_count"]
    simulator.clock.advance(86399)
    assert 200 == (await clusters(simulator, token)).status_code
    simulator.clock.advance(1)
    expired = await clusters(simulator, token)
    assert (401, "APIGW.0307") == (expired.status_code, expired.json()["error_code"])


async def test_a_token_is_not_good_for_another_project(simulator):
    refused = await clusters(simulator, await token_for(simulator), SOUTH)
    assert (401, "APIGW.0307") == (refused.status_code, refused.json()["error_code"])


async def test_a_token_that_was_never_issued(simulator):
    refused = await clusters(simulator, "made-up")
    assert (401, "APIGW.0301") == (refused.status_code, refused.json()["error_code"])


async def test_tokens_that_were_made_to_end(simulator):
    token = await token_for(simulator)
    await simulator.tell("expire")
    assert "APIGW.0307" == (await clusters(simulator, token)).json()["error_code"]
    assert 200 == (await clusters(simulator, await token_for(simulator))).status_code


async def test_other_regions_have_projects_with_nothing_in_them(simulator):
    answer = await simulator.huawei(project=SOUTH)
    assert (200, 0, []) == (answer.status_code, answer.json()["total_count"], answer.json()["clusters"])
    pools = [await simulator.huawei(project=project, path="/v2/{}/pools") for project in (PROJECT, SOUTH)]
    assert [True, False] == [bool(answer.json()["items"]) for answer in pools]
    assert (
        0 == (await clusters(simulator, await token_for(simulator, {"project": {"id": SOUTH}}), SOUTH)).json()["count"]
    )


async def test_a_project_header_that_is_not_the_paths(simulator):
    answer = await simulator.huawei(x_project_id=SOUTH)
    assert (403, "APIGW.0310") == (answer.status_code, answer.json()["error_code"])


async def test_the_project_of_a_region_is_found_by_name(simulator):
    found = (await projects(simulator, "name=cn-north-4")).json()["projects"]
    assert [(PROJECT, "cn-north-4", True)] == [(each["id"], each["name"], each["enabled"]) for each in found]


async def test_all_projects_are_listed(simulator):
    names = [project["name"] for project in (await projects(simulator)).json()["projects"]]
    assert ["cn-north-4", "cn-south-1", "cn-east-3", "ap-southeast-1", "cn-north-4_research", "MOS"] == names


@pytest.mark.parametrize(
    ("query", "count"),
    [("name=cn-moon-1", 0), (f"parent_id={PROJECT}", 1), ("enabled=false", 0), ("page=2&per_page=4", 2), ("page=2", 6)],
)
async def test_projects_are_filtered_and_paged(simulator, query, count):
    assert count == len((await projects(simulator, query)).json()["projects"])


async def test_projects_are_listed_with_a_token(simulator):
    token = await token_for(simulator, None)
    answer = await simulator.client.get("/v3/projects?name=cn-east-3", headers={"X-Auth-Token": token})
    assert ["cn-east-3"] == [project["name"] for project in answer.json()["projects"]]
    refused = await simulator.client.get("/v3/projects", headers={"X-Auth-Token": "made-up"})
    assert (401, 401) == (refused.status_code, refused.json()["error"]["code"])


async def test_projects_are_not_listed_without_a_key_or_permission(simulator):
    unsigned = await simulator.client.get("/v3/projects")
    assert (401, "APIGW.0301") == (unsigned.status_code, unsigned.json()["error_code"])
    await simulator.tell("keys", {"access_key_id": "simulated-id", "denied": ["Iam.ListProjects"]})
    refused = await projects(simulator)
    assert (403, "Forbidden") == (refused.status_code, refused.json()["error"]["title"])


async def test_they_are_counted_and_spoiled_like_all_calls(simulator):
    await simulator.tell("faults", {"operation": "Iam.CreateToken", "fault": "throttled", "times": 1})
    throttled = await simulator.client.post("/v3/auth/tokens", json=login())
    assert (429, "APIGW.0308") == (throttled.status_code, throttled.json()["error_code"])
    await token_for(simulator)
    await projects(simulator)
    assert {"Iam.CreateToken": 2, "Iam.ListProjects": 1} == dict(simulator.app.state.calls)
