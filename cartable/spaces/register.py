"""What the tree keeps of people, for the register of processing (`web/register.py`)."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from cartable.web.register import Kept, Retention, Toll

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
        _("Corbeille"),
        _("Reprendre ce qui a été jeté par erreur"),
        _("Documents jetés ; qui les a jetés, et quand"),
        ("spaces.Node",),
        _("Ceux qui peuvent écrire là où était le document"),
        _("Après la mise à la corbeille, ou dès que quelqu’un la vide"),
        ("trash_days",),
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
RETENTIONS = (
    Retention(
        "trash_days",
        _("Corbeille"),
        _("Une semaine est le moins pour s’apercevoir d’une erreur ; au-delà d’un an, ce serait une archive."),
        7,
        366,
        (
            Toll(
                ngettext_lazy(
                    "%d document de la corbeille serait effacé dans l’heure.",
                    "%d documents de la corbeille seraient effacés dans l’heure.",
                ),
                "cartable.spaces.trash.would_go",
            ),
        ),
    ),
)
