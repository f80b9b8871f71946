"""The logins of the simulated clouds: STS, Huawei's IAM, both metadata services, a credentials URI; and the keys."""
