"""SQLite as a database of Django, with a queue at its door: see `base.py`, the name Django looks for."""
