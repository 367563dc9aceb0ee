"""Kernel: plumbing that has never heard of a teacher or a file."""

from django.apps import AppConfig


class Kernel(AppConfig):
    """Registered in `config/settings.py`."""

    name = "cartable.kernel"
