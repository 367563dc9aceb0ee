"""Cartable's settings, with the views of `served` in place of its packages."""

from cartable.config.settings import *  # noqa: F403

ROOT_URLCONF = "tests.config.served"
INSTALLED_APPS = []
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
