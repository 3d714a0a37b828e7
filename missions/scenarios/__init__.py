"""The built-in missions, one TOML file each."""
