"""Comments on pads: a Django app of its own inside pads, whose tables are beside those of the tree."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from cartable.web.register import Kept


class Comments(AppConfig):
    """Registered in `config/settings.py`."""

    name = "cartable.pads.comments"
    label = "comments"
    register = (
        Kept(
            _("Commentaires sur des pads"),
            _("Relire à plusieurs, proposer, répondre"),
            _("Ce qui est dit d’un passage, par qui et quand ; qui a tranché"),
            ("comments.Comment",),
            _("Qui peut lire le pad"),
            _("Autant que le fichier ; sans leur auteur une fois celui-ci effacé"),
            (),
        ),
    )
    erase, export = "cartable.pads.comments.leaving.erase", "cartable.pads.comments.leaving.export"
    merge, unmerge = "cartable.pads.comments.leaving.merge", "cartable.pads.comments.leaving.unmerge"
