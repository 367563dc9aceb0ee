"""What pads say, drawn out of their texts: a Django app of its own inside pads, whose tables are beside those of the tree (decision 26)."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from cartable.web.notices import Kind
from cartable.web.register import Kept


class Extracts(AppConfig):
    """Registered in `config/settings.py`."""

    name = "cartable.pads.extracts"
    label = "extracts"
    register = (
        Kept(
            _("Ce que disent les pads"),
            _("Chercher dans les textes, réunir les tâches, retrouver ce qui mène à un document"),
            _("Les mots, les liens et les tâches de chaque texte ; ni qui les a écrits, ni qui les a lus"),
            ("extracts.Extract", "extracts.Link", "extracts.Task", "extracts.Place"),
            _("Qui peut lire le fichier"),
            _("Autant que le fichier"),
            (),
        ),
        Kept(
            _("Mentions dans les pads"),
            _("Avertir les personnes qu’un texte mentionne"),
            _("Qui est mentionné, sous quel nom, dans quel pad, par qui et quand"),
            ("extracts.Mention",),
            _("Qui peut lire le pad voit le nom ; l’agent, où il est mentionné"),
            _("Autant que le fichier"),
            (),
        ),
    )
    notices = (
        Kind(
            "mention", _("%(who)s vous mentionne dans « %(what)s »"), "user", "pad", "cartable.pads.extracts.near.names"
        ),
        Kind("answer", _("%(who)s vous répond dans « %(what)s »"), "inbox", "pad", "cartable.pads.extracts.near.names"),
        Kind(
            "accepted",
            _("%(who)s accepte ce que vous proposez dans « %(what)s »"),
            "check",
            "pad",
            "cartable.pads.extracts.near.names",
        ),
        Kind(
            "declined",
            _("%(who)s n’a pas retenu ce que vous proposez dans « %(what)s »"),
            "close",
            "pad",
            "cartable.pads.extracts.near.names",
        ),
    )
    erase, export = "cartable.pads.extracts.leaving.erase", "cartable.pads.extracts.leaving.export"
    merge, unmerge = "cartable.pads.extracts.leaving.merge", "cartable.pads.extracts.leaving.unmerge"
