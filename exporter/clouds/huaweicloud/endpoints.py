"""Where Huawei Cloud's products answer."""


def endpoint(product: str, region: str) -> str:
    """The address of a product in a region.

    The vendor's SDK has ``.cn`` at the end for ap-southeast-1 alone; whether that is right is not known, so it is the
    setting ``endpoints`` that decides there.
    """
    return f"https://{product}.{region}.myhuaweicloud.com"
