"""Real servers look at an exporter of the simulated cloud on loopback."""

from tests.loopback import serve, simulated_cloud, write_settings

__all__ = ["serve", "simulated_cloud", "write_settings"]
