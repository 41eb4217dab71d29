"""
What comes with the metrics: a Grafana dashboard, and alert rules for Prometheus.
"""

from __future__ import annotations

from importlib.resources import files

__all__ = ["alert_rules", "dashboard"]


def dashboard() -> str:
    """
    A Grafana dashboard of the service, as JSON to import.
    """
    return files("aegis_sdk.metrics").joinpath("dashboard.json").read_text("utf-8")


def alert_rules() -> str:
    """
    Alert and recording rules, as YAML for ``rule_files`` of Prometheus.
    """
    return files("aegis_sdk.metrics").joinpath("alerts.yaml").read_text("utf-8")
