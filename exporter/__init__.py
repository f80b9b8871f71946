"""A Prometheus exporter for the control planes of Alibaba Cloud and Huawei Cloud."""
