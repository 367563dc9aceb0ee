"""What the tree keeps of people, for the register of processing (`web/register.py`)."""

from django.utils.translation import gettext_lazy as _

from cartable.web.register import Kept

KEPT = (
    Kept(
        _("Documents"),
        _("Garder et partager son travail"),
        _("Documents, versions, corbeille ; qui les a écrits et à qui ils sont ouverts ; liens, favoris, verrous"),
        (
            "spaces.Space",
            "spaces.Node",
            "spaces.Blob",
            "spaces.Version",
            "spaces.Property",
            "spaces.Grant",
            "spaces.Link",
            "spaces.Mount",
            "spaces.Lock",
            "spaces.Favorite",
            "spaces.Transit",
            "spaces.Twin",
        ),
        _("L’agent, et ceux à qui il les ouvre ; dans une équipe ou une structure, ses membres, même après son départ"),
    ),
    Kept(
        _("Journal des documents"),
        _("Tenir les appareils à jour, retrouver ce qui a changé"),
        _("Qui a changé quel document, et quand"),
        ("spaces.Change",),
        _("Ceux qui voient l’espace"),
        _("Treize mois"),
        (),
    ),
)
