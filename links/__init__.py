"""links: how many photons arrive. Geometry in, `Channel` out."""

from links.atmosphere import Atmosphere
from links.channel import Channel, LossBudget
from links.citations import citations
from links.fibre import Fibre, fibre, fixed
from links.freespace import downlink, uplink
from links.telescope import Receiver, Transmitter
from links.turbulence import Turbulence
from links.waterfall import BudgetTable, budget_table

__all__ = [
    "Atmosphere",
    "BudgetTable",
    "Channel",
    "Fibre",
    "LossBudget",
    "Receiver",
    "Transmitter",
    "Turbulence",
    "budget_table",
    "citations",
    "downlink",
    "fibre",
    "fixed",
    "uplink",
]
