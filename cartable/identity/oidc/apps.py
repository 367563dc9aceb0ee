"""The OpenID provider."""

from django.apps import AppConfig


class Oidc(AppConfig):
    """Registered in `config/settings.py`."""

    name = "cartable.identity.oidc"
    label = "oidc"
