"""The regions of Alibaba Cloud that the simulated gateways know; all but two of them have nothing in them."""

from exporter.simulator.errors import ApiError
from exporter.simulator.world.clusters import REGION

REGIONS: dict[str, str] = {
    "cn-qingdao": "华北1（青岛）",
    "cn-beijing": "华北2（北京）",
    "cn-zhangjiakou": "华北3（张家口）",
    "cn-huhehaote": "华北5（呼和浩特）",
    "cn-hangzhou": "华东1（杭州）",
    "cn-shanghai": "华东2（上海）",
    "cn-shenzhen": "华南1（深圳）",
    "cn-chengdu": "西南1（成都）",
    "cn-hongkong": "中国（香港）",
    "ap-southeast-1": "新加坡",
    "eu-central-1": "德国（法兰克福）",
    "us-east-1": "美国（弗吉尼亚）",
    "us-west-1": "美国（硅谷）",
}


def known_region(region_id: str, status: int) -> str:
    """The region; raises InvalidRegionId.NotFound (with this HTTP status) for one that there is not."""
    if region_id not in REGIONS:
        raise ApiError(status, "InvalidRegionId.NotFound", "The specified RegionId does not exist.")
    return region_id


def is_inhabited(region_id: str, status: int) -> bool:
    """Whether the region is the one in which most products are; raises InvalidRegionId.NotFound for one unknown."""
    return known_region(region_id, status) == REGION
