"""Huawei's projects: each region has one of its own, with the region's name; some have others beside it."""

from dataclasses import dataclass

DOMAIN = "simulated-domain"
DOMAIN_ID = "d0ma1n6789abcdef0123456789abcdef"
HOME_REGION = "cn-north-4"


@dataclass(frozen=True, slots=True)
class Project:
    """One project; the built-in ones have the account's domain as their parent."""

    id: str
    name: str
    parent_id: str = DOMAIN_ID
    description: str = ""


def projects_of(home_id: str) -> tuple[Project, ...]:
    """The account's projects; only the one of ``home_id``, region cn-north-4, has anything in it."""
    return (
        Project(home_id, HOME_REGION),
        Project("1123456789abcdef0123456789abcdef", "cn-south-1"),
        Project("2123456789abcdef0123456789abcdef", "cn-east-3"),
        Project("3123456789abcdef0123456789abcdef", "ap-southeast-1"),
        Project("4123456789abcdef0123456789abcdef", f"{HOME_REGION}_research", home_id, "a project within a region"),
        Project("5123456789abcdef0123456789abcdef", "MOS", DOMAIN_ID, "built in for object storage"),
    )
