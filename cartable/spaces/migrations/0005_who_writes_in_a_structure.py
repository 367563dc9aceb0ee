from typing import Any

from django.db import migrations
from django.db.models import F, OuterRef, Subquery

READ = 3


def lower(apps: Any, schema_editor: Any) -> None:
    """What all of a structure above schools could write, they read (decision 12). Clients learn of it from the roots."""
    Structure, Space, Node, Grant = (
        apps.get_model(*name.split('.')) for name in ('identity.Structure', 'spaces.Space', 'spaces.Node', 'spaces.Grant')
    )
    above = Structure.objects.exclude(kind='school').values_list('pk', flat=True)
    owners = [f'structure:{pk}' for pk in above]  # some hundred
    spaces = Space.objects.filter(owner__in=owners)
    roots = Node.objects.filter(pk__in=spaces.values('root'))
    Grant.objects.filter(node__in=roots, principal__in=owners, given_by=None).update(rights=READ)
    spaces.update(seq=F('seq') + 1)
    roots.update(seq=Subquery(Space.objects.filter(pk=OuterRef('space_id')).values('seq')))


class Migration(migrations.Migration):

    dependencies = [
        ('spaces', '0004_hot_statements'),
        ('identity', '0001_people'),
    ]

    operations = [migrations.RunPython(lower, migrations.RunPython.noop)]
