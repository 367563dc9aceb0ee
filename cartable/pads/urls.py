"""Addresses of pads."""

from django.urls import path

from cartable.pads import hosting, pages
from cartable.pads.sockets import sync

sockets = {"/pads/": sync}
endings = (hosting.stop,)

urlpatterns = [
    path("p/<id:node_id>", pages.pad, name="pad"),
    path("p/<id:node_id>/read", pages.read, name="read-pad"),
    path("f/<id:node_id>/new-pad", pages.new_pad, name="new-pad"),
    path("p/help", pages.help_page, name="pad-help"),
]
