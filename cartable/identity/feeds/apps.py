"""Feeds: a Django app of its own inside identity, with its own tables."""

from django.apps import AppConfig

from cartable.identity.register import FEED_RETENTIONS, FEEDS


class Feeds(AppConfig):
    """Registered in `config/settings.py`."""

    name = "cartable.identity.feeds"
    label = "feeds"
    register, retentions = FEEDS, FEED_RETENTIONS
    erase = "cartable.identity.feeds.leaving.erase"
    export = "cartable.identity.feeds.leaving.export"
