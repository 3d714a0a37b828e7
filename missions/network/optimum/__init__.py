"""The best that any relay could do with full foresight: a bound for every schedule, and what more key would buy."""

from missions.network.optimum.bound import Gap, Optimum, gap, optimum

__all__ = ["Gap", "Optimum", "gap", "optimum"]
