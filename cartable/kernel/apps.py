"""Kernel: plumbing that has never heard of a teacher or a file."""

from django.apps import AppConfig
from django.urls import register_converter

from cartable.kernel import given


class Kernel(AppConfig):
    """Registered in `config/settings.py`."""

    name = "cartable.kernel"

    def ready(self) -> None:
        """Let addresses name ids and tokens."""
        register_converter(given.Id, "id")
        register_converter(given.Token, "token")
        register_converter(given.Word, "word")
