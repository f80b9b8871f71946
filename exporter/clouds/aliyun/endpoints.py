"""Where Alibaba Cloud's products answer, as the vendor's SDKs have it."""

_EMR_CENTRAL = {
    "cn-beijing",
    "cn-hangzhou",
    "cn-shanghai",
    "cn-shenzhen",
    "ap-southeast-1",
    "us-west-1",
    "cn-hangzhou-finance",
    "cn-shenzhen-finance-1",
    "cn-shanghai-finance-1",
}
_RDS_CENTRAL = {
    "cn-qingdao",
    "cn-beijing",
    "cn-hangzhou",
    "cn-shanghai",
    "cn-shenzhen",
    "cn-heyuan",
    "cn-hongkong",
    "ap-southeast-1",
    "us-west-1",
    "us-east-1",
}
_CENTRAL = {"emr": _EMR_CENTRAL, "rds": _RDS_CENTRAL}


def endpoint(product: str, region: str) -> str:
    """The address of a product in a region; RetailCloud has one for all regions."""
    if product == "retailcloud":
        return "https://retailcloud.aliyuncs.com"
    if product == "ecs" and region == "cn-hangzhou":
        return "https://ecs-cn-hangzhou.aliyuncs.com"
    if region in _CENTRAL.get(product, ()):
        return f"https://{product}.aliyuncs.com"
    return f"https://{product}.{region}.aliyuncs.com"
