"""Addresses of sharing, the same for every service."""

from django.urls import path

from cartable.spaces import pages

urlpatterns = [
    path("f/<id:node_id>/share", pages.share, name="share"),
    path("f/<id:node_id>/share/link", pages.link, name="make-link"),
    path("f/<id:node_id>/share/<id:grant_id>", pages.change, name="change-share"),
    path("f/<id:node_id>/share/<id:grant_id>/revoke", pages.revoke, name="revoke-share"),
    path("f/<id:node_id>/share/closed", pages.close, name="close"),
]
