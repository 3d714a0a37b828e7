"""Packaged data: the excerpt of the planetary ephemeris."""
