"""Trusted nodes, key stores, relay and demand: secret key from links to applications."""
