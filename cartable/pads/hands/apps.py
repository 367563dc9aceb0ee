"""Whose hand wrote what in pads: a Django app of its own inside pads, whose table is beside those of the tree."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from cartable.web.register import Kept


class Hands(AppConfig):
    """Registered in `config/settings.py`."""

    name = "cartable.pads.hands"
    label = "hands"
    register = (
        Kept(
            _("Auteurs de pads"),
            _("Voir qui a écrit quoi dans un texte à plusieurs"),
            _("Quels passages d’un pad sont de qui"),
            ("hands.Hand",),
            _("Qui peut lire le pad"),
            _("Autant que le fichier ; jusqu’à ce que leur auteur soit effacé"),
            (),
        ),
    )
    erase, export = "cartable.pads.hands.leaving.erase", "cartable.pads.hands.leaving.export"
    merge, unmerge = "cartable.pads.hands.leaving.merge", "cartable.pads.hands.leaving.unmerge"
