"""links: how many photons arrive. Geometry in, `Channel` out."""

from links.atmosphere import Atmosphere
from links.channel import Channel, LossBudget
from links.freespace import downlink
from links.telescope import Receiver, Transmitter
from links.waterfall import budget_table

__all__ = ["Atmosphere", "Channel", "LossBudget", "Receiver", "Transmitter", "budget_table", "downlink"]
