"""Addresses of sharing, the same for every service."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
