from typing import Any

from django.db import migrations, models

from cartable.identity.feeds import keys, resources


def seal(apps: Any, _editor: Any) -> None:
    """Give each user the key that means who is behind it, and seal the national identifiers."""
    for user in apps.get_model("feeds", "ScimResource").objects.filter(kind="User").select_related("feed").iterator():
        user.digest = keys.digest("scim", user.feed.scope, str(user.pk))
        resources.keep(user, user.document)
        user.save(update_fields=["digest", "document", "sealed"])


def unseal(apps: Any, _editor: Any) -> None:
    """Keep them in the documents again."""
    for user in apps.get_model("feeds", "ScimResource").objects.exclude(sealed="").iterator():
        user.document = resources.stated(user)
        user.save(update_fields=["document"])


class Migration(migrations.Migration):
    dependencies = [("feeds", "0005_scim_teams")]

    operations = [
        migrations.AddField("scimresource", "sealed", models.TextField(default="")),
        migrations.AddField("scimresource", "digest", models.BinaryField(max_length=16, null=True, unique=True)),
        migrations.RunPython(seal, unseal),
    ]
