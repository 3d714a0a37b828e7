"""Which satellite serves which station, and what the weather leaves of it."""

from missions.planning.bound import Prospect, prospect
from missions.planning.contacts import Contacts
from missions.planning.ensemble import Ensemble, ensemble
from missions.planning.schedule import Schedule, choose

__all__ = ["Contacts", "Ensemble", "Prospect", "Schedule", "choose", "ensemble", "prospect"]
