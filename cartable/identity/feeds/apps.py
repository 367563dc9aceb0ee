"""Feeds: a Django app of its own inside identity, with its own tables."""

from django.apps import AppConfig


class Feeds(AppConfig):
    """Registered in `config/settings.py`."""

    name = "cartable.identity.feeds"
    label = "feeds"
    erase = "cartable.identity.feeds.leaving.erase"
    export = "cartable.identity.feeds.leaving.export"
