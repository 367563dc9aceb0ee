"""A Django site that signs people in by mozilla-django-oidc, as its documentation says: run with a folder and a port.

What it must know of the provider comes in the environment, as its settings.
"""

import os
import sys
from pathlib import Path
from urllib.parse import urlencode

import django
from django.conf import settings
from django.core.management import call_command
from django.http import HttpResponse
from django.urls import include, path


def away(request):
    """Return where one goes to sign out of the provider too."""
    query = {
        "id_token_hint": request.session["oidc_id_token"],
        "post_logout_redirect_uri": request.build_absolute_uri("/bye"),
    }
    return f"{os.environ['LOGOUT']}?{urlencode(query)}"


def home(request):
    return HttpResponse(getattr(request.user, "email", "nobody") + "\n")


if __name__ == "__main__":
    folder, port = sys.argv[1:]
    settings.configure(
        SECRET_KEY="of the tests",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="__main__",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": Path(folder, "db")}},
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        SESSION_COOKIE_NAME="notes",  # cookies know no ports
        AUTHENTICATION_BACKENDS=["mozilla_django_oidc.auth.OIDCAuthenticationBackend"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        LOGIN_REDIRECT_URL="/",
        OIDC_RP_SIGN_ALGO="RS256",
        OIDC_USE_PKCE=True,
        OIDC_STORE_ID_TOKEN=True,
        **{name: value for name, value in os.environ.items() if name.startswith("OIDC_")},
    )
    django.setup()
    urlpatterns = [
        path("oidc/", include("mozilla_django_oidc.urls")),
        path("", home),
        path("bye", lambda _request: HttpResponse("bye\n")),
        path("leave", lambda request: HttpResponse(away(request))),
    ]
    call_command("migrate", verbosity=0)
    call_command("runserver", f"127.0.0.1:{port}", use_reloader=False, skip_checks=True)
