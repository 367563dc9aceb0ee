from typing import Any

from django.db import migrations, models

from cartable.kernel import sealing

PURPOSE = "upstream secret"


def seal(apps: Any, _editor: Any) -> None:
    """Seal the secrets of academies' providers: tens of rows."""
    for app in apps.get_model("socialaccount", "SocialApp").objects.filter(provider="openid_connect"):
        if "sealed" not in app.settings:
            app.settings["sealed"], app.secret = sealing.seal(app.secret, PURPOSE), ""
            app.save(update_fields=["settings", "secret"])


def unseal(apps: Any, _editor: Any) -> None:
    """Keep them again as the library does."""
    for app in apps.get_model("socialaccount", "SocialApp").objects.filter(provider="openid_connect"):
        app.secret = sealing.unseal(app.settings.pop("sealed"), PURPOSE)
        app.save(update_fields=["settings", "secret"])


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0008_departures"),
        ("socialaccount", "0006_alter_socialaccount_extra_data"),
    ]

    operations = [
        migrations.AddField("team", "source", models.CharField(default="", max_length=40)),
        migrations.RunPython(seal, unseal),
    ]
