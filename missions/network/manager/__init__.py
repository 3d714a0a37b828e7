"""The simulated stores as a key manager with the interface of ETSI GS QKD 014: test keys only, on this computer."""
