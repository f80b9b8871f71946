"""The examination of an account: one call of each operation, what it found, and the policy that is needed."""

from exporter.doctor.examination import examine
from exporter.doctor.findings import Cause, Finding, Result
from exporter.doctor.login import Login
from exporter.doctor.patient import Diagnosis, Patient
from exporter.doctor.probes import Watched

__all__ = ["Cause", "Diagnosis", "Finding", "Login", "Patient", "Result", "Watched", "examine"]
