from typing import Any

from django.db import migrations

from cartable.identity.feeds.facts import LOOK_AGAIN
from cartable.identity.feeds.models import source_of


def by_record(apps: Any, _editor: Any) -> None:
    """Keep by record who claims an address, of whom it was kept: they are few.

    It may be any of the live records of whoever did, and is stated no longer by some: the next feed looks at them again.
    """
    address, claim = (apps.get_model("identity", name) for name in ("Address", "AddressClaim"))
    rows = apps.get_model("feeds", "Row").objects.filter(live=True)
    merged = dict(apps.get_model("identity", "Person").objects.exclude(merged_into=None).values_list("pk", "merged_into"))
    for one in address.objects.exclude(claimed_by=None):
        claimant = one.claimed_by_id
        while claimant in merged:
            claimant = merged[claimant]
        theirs = rows.filter(person=claimant)
        claim.objects.bulk_create(
            claim(address=one, person_id=claimant, source=source_of(row.feed.name, row.part))
            for row in theirs.select_related("feed")
        )
        theirs.update(hash=LOOK_AGAIN)


class Migration(migrations.Migration):

    dependencies = [
        ('feeds', '0011_compared'),
        ('identity', '0017_claims_by_record'),
    ]

    operations = [
        migrations.RunPython(by_record, migrations.RunPython.noop),
    ]
