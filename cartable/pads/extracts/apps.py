"""What pads say, drawn out of their texts: a Django app of its own inside pads, whose tables are beside those of the tree (decision 26)."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

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
    )
