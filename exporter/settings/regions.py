"""The regions known when this was written; a region outside the list gets a warning, not a refusal."""

from collections.abc import Mapping

# https://www.alibabacloud.com/help/en/cloud-migration-guide-for-beginners/latest/regions-and-zones, with the closed
# ones left in (ap-south-1, ap-southeast-2) and the finance and government clouds, which answer under the same domain.
_ALIYUN = (
    "cn-qingdao cn-beijing cn-zhangjiakou cn-huhehaote cn-wulanchabu cn-hangzhou cn-shanghai cn-nanjing cn-fuzhou"
    " cn-shenzhen cn-heyuan cn-guangzhou cn-chengdu cn-hongkong cn-wuhan-lr cn-zhengzhou-jva"
    " ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-5"
    " ap-southeast-6 ap-southeast-7 us-east-1 us-west-1 us-southeast-1 na-south-1 eu-central-1 eu-west-1"
    " me-east-1 me-central-1"
    " cn-hangzhou-finance cn-shanghai-finance-1 cn-shenzhen-finance-1 cn-beijing-finance-1 cn-north-2-gov-1"
)
# The regions of ModelArts' endpoints in the vendor's SDK.
_HUAWEICLOUD = (
    "cn-north-1 cn-north-2 cn-north-4 cn-north-9 cn-north-11 cn-north-12 cn-south-1 cn-east-3 cn-east-4"
    " cn-southwest-2 cn-southwest-3 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4"
    " la-south-2 la-north-2 sa-brazil-1 af-south-1 af-north-1 tr-west-1 me-east-1"
)

REGIONS: Mapping[str, frozenset[str]] = {
    "aliyun": frozenset(_ALIYUN.split()),
    "huaweicloud": frozenset(_HUAWEICLOUD.split()),
}
