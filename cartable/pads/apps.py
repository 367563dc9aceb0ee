"""Pads: Markdown files that several people edit at once."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from cartable.spaces.kinds import Action, Belongings, Editor, Maker
from cartable.web.menu import Entry
from cartable.web.register import Kept


class Pads(AppConfig):
    """Registered in `config/settings.py`."""

    name = "cartable.pads"
    actions = (
        Action(_("Ouvrir dans l’éditeur"), ("text/markdown",), "pad"),
        Action(_("Lire mis en page"), ("text/markdown",), "read-pad"),
    )
    version_actions = (Action(_("Comparer"), ("text/markdown",), "compare-pad"),)
    menu = (Entry(25, _("Pads"), "pad", "my-pads", frozenset({"to-do"})),)
    makers = (Maker(_("Nouveau pad"), "pad", "new-pad"),)
    editors = (
        Editor(
            ("text/markdown",),
            "cartable.pads.owning.is_open",
            "cartable.pads.files.joined",
            "cartable.pads.asking.write",
        ),
    )
    belongings = (Belongings(("text/markdown",), "cartable.pads.along.of"),)
    register = (
        Kept(
            _("Pads"),
            _("Ne rien perdre de ce qui s’écrit à plusieurs avant que le fichier ne le contienne"),
            _("Le texte, et qui l’a écrit"),
            ("pads.Update", "pads.Snapshot", "pads.Former", "pads.Owner"),
            _("Qui peut lire le fichier"),
            _("Le texte, autant que le fichier ; qui l’a écrit, jusqu’à la fermeture du pad"),
            (),
        ),
    )
