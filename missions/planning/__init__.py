"""Which satellite serves which station, and what the weather leaves of it."""

from missions.planning.schedule import Contacts, choose

__all__ = ["Contacts", "choose"]
