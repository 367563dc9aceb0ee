"""The languages pages are in, by code, each under its own name. French is that of the msgids."""

LANGUAGES = {"fr": "Français", "en": "English"}
