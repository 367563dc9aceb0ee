"""The OpenID provider."""

from django.apps import AppConfig


class Oidc(AppConfig):
    """Registered in `config/settings.py`."""

    name = "cartable.identity.oidc"
    label = "oidc"
    follows_people = (
        "cartable.identity.oidc.outbox.follow"  # called with the ids of those who change, in the same transaction
    )
