"""Where the plain files of alerts, dashboards and runbooks are."""

from pathlib import Path


def shipped() -> Path:
    """The folder with ``alerts/``, ``dashboards/`` and ``docs/``: in the installed package, else the checkout."""
    packed = Path(__file__).with_name("shipped")  # a wheel has it, see pyproject.toml
    return packed if packed.is_dir() else Path(__file__).resolve().parents[2]
