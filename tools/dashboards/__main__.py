"""``python -m tools.dashboards``: writes the dashboards; with ``--check`` it says which is not what the code says."""

import sys
from pathlib import Path

from tools.dashboards import (
    emr,
    exporter,
    modelarts_batch_hpc,
    overview,
    rds_backups,
    retailcloud_cluster,
    retailcloud_deploys,
    retailcloud_nodes_volumes,
)
from tools.dashboards.dashboard import Dashboard

FOLDER = Path(__file__).resolve().parents[2] / "dashboards"
DASHBOARDS: tuple[Dashboard, ...] = (
    overview.DASHBOARD,
    retailcloud_cluster.DASHBOARD,
    retailcloud_deploys.DASHBOARD,
    retailcloud_nodes_volumes.DASHBOARD,
    rds_backups.DASHBOARD,
    emr.DASHBOARD,
    modelarts_batch_hpc.DASHBOARD,
    exporter.DASHBOARD,
)


def wanted(folder: Path = FOLDER) -> dict[Path, str]:
    """What each file should hold."""
    return {folder / f"{each.stem}.json": each.text() for each in DASHBOARDS}


def stale(texts: dict[Path, str], folder: Path = FOLDER) -> list[Path]:
    """The files that do not hold it, and those that should not be there."""
    strange = [path for path in sorted(folder.glob("*.json")) if path not in texts]
    different = [path for path, text in texts.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    return different + strange


def main(arguments: list[str]) -> int:
    """Write or check."""
    texts = wanted()
    paths = stale(texts)
    if arguments == ["--check"]:
        for path in paths:
            print(f"dashboards/{path.name} is not what tools/dashboards says: make generate", file=sys.stderr)
        return 1 if paths else 0
    for path in paths:
        if path in texts:
            path.write_text(texts[path], encoding="utf-8")
        else:
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
