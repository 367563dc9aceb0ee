"""The OpenID provider."""

from django.apps import AppConfig


class Oidc(AppConfig):
    """Registered in `config/settings.py`."""

    name = "cartable.identity.oidc"
    label = "oidc"
    follow = "cartable.identity.oidc.outbox.follow"
    merge, unmerge = "cartable.identity.oidc.merging.merge", "cartable.identity.oidc.merging.unmerge"
