"""``python -m missions`` is ``skykey``."""

from missions.cli import main

main()
