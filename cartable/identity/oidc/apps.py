"""The OpenID provider."""

from django.apps import AppConfig

from cartable.identity.register import PROVIDER


class Oidc(AppConfig):
    """Registered in `config/settings.py`."""

    name = "cartable.identity.oidc"
    label = "oidc"
    register = PROVIDER
    leave = "cartable.identity.oidc.ending.person_over"
    erase, export = "cartable.identity.oidc.ending.erase", "cartable.identity.oidc.consents.export"
    follow = "cartable.identity.oidc.outbox.follow"
    merge, unmerge = "cartable.identity.oidc.merging.merge", "cartable.identity.oidc.merging.unmerge"
