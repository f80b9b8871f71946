"""The commands are tried against the simulated cloud on loopback."""

from tests.loopback import control, fault, here, serve, simulated_cloud, write_settings

__all__ = ["control", "fault", "here", "serve", "simulated_cloud", "write_settings"]
