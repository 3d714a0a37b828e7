"""The key-budget report that a person reads."""

from missions.report.html import render

__all__ = ["render"]
