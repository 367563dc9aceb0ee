"""How people come to pads: a Django app of its own inside pads, whose tables are beside those of the tree (decision 23)."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from cartable.web.register import Kept


class Addresses(AppConfig):
    """Registered in `config/settings.py`."""

    name = "cartable.pads.addresses"
    label = "addresses"
    register = (
        Kept(
            _("Pads ouverts"),
            _("Retrouver les pads où l’on est passé"),
            _("Quels pads l’agent a ouverts, et quand ; ceux qu’il a épinglés"),
            ("addresses.Visit",),
            _("L’agent"),
        ),
        Kept(
            _("Adresses des pads"),
            _("Ouvrir un pad par son adresse, sur ce site ou par un programme"),
            _(
                "Adresses d’un pad et des images envoyées par elles, et combien de fois il a été lu par elles, sans savoir de qui"
            ),
            ("addresses.Name", "addresses.Pad", "addresses.Upload"),
            _("Qui peut lire le pad"),
            _("Autant que le fichier"),
            (),
        ),
    )
    erase, export = "cartable.pads.addresses.leaving.erase", "cartable.pads.addresses.leaving.export"
    merge, unmerge = "cartable.pads.addresses.leaving.merge", "cartable.pads.addresses.leaving.unmerge"
