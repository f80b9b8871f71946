"""Every call that the vendors' own SDKs have of our operations, made against a simulated cloud; see vendor_check.py.

Runs in the environment of the SDKs, not in the project's: python -m tools.vendor_calls PORT.
"""

import sys

from tools.vendor_sdks.account import SECRET, Account, Call
from tools.vendor_sdks.batchcompute import batchcompute_calls
from tools.vendor_sdks.huawei import modelarts_calls
from tools.vendor_sdks.logins import login_calls
from tools.vendor_sdks.regional import emr_clusters_calls, emr_flow_and_ecs_calls, rds_calls
from tools.vendor_sdks.retailcloud import apps_calls, clusters_calls, deploys_calls, environments_calls

REFUSALS = ("SignatureDoesNotMatch", "APIGW.0301")
CALLS = (
    clusters_calls,
    apps_calls,
    deploys_calls,
    environments_calls,
    emr_flow_and_ecs_calls,
    emr_clusters_calls,
    rds_calls,
    modelarts_calls,
    batchcompute_calls,
    login_calls,
)


def mismatch(call: Call) -> str:
    """What is wrong with one call, or an empty string: right secret, temporary key, wrong secret."""
    _, ids_of, wanted = call
    refusal = ""
    try:
        for token in (None, "a-token"):
            found = ids_of(SECRET, token)
            if not wanted or found != wanted:
                return f"found {sorted(found)} instead of {sorted(wanted)}"
    except Exception as error:  # noqa: BLE001 - whatever an SDK raises is a mismatch
        return f"{type(error).__name__}: {error}"
    try:
        ids_of("a wrong secret", None)
    except Exception as error:  # noqa: BLE001 - every SDK has its own exceptions
        refusal = str(error)
    if not any(code in refusal for code in REFUSALS):
        return f"a wrong secret was not refused: {refusal or 'it was answered'}"
    return ""


def main() -> int:
    """Make all calls and print a line for each; returns the exit code."""
    account = Account(int(sys.argv[1]))
    mismatches = 0
    for call in (call for calls in CALLS for call in calls(account)):
        wrong = mismatch(call)
        mismatches += bool(wrong)
        print(f"{'MISMATCH' if wrong else 'ok'}  {call[0]}: {wrong or f'{len(call[2])} found, wrong secret refused'}")
    print("note: ModelArts v1 is not in Huawei's SDK: its signer signed a plain request")
    print("note: BatchCompute's own SDK is GPL and is not installed: the ROA signer of aliyun-python-sdk-core signed")
    print(f"{mismatches} mismatches")
    return 1 if mismatches else 0


if __name__ == "__main__":
    sys.exit(main())
