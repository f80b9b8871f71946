"""The Grafana dashboards, written in Python and committed as JSON.

``python -m tools.dashboards`` writes ``dashboards/*.json``; with ``--check`` it only says which is not what the code
says. One file a dashboard reads like its layout; the words that they are written in are in ``promql``, ``style``,
``panels``, ``tables``, ``freshness``, ``links``, ``variables`` and ``dashboard``.
"""

import warnings

with warnings.catch_warnings():
    # The SDK would rather write the second model of dashboards, which no Grafana before 12 reads.
    warnings.simplefilter("ignore", DeprecationWarning)
    import grafana_foundation_sdk.models.dashboard  # noqa: F401 -- it warns when it is first imported
