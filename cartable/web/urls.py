"""Addresses of the look."""

from django.urls import path

from cartable.web import pages

urlpatterns = [path("words/<str:language>.js", pages.words, name="words")]
