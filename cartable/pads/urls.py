"""Addresses of pads."""

from django.urls import path

from cartable.pads import hosting, pages
from cartable.pads.comments import pages as comments
from cartable.pads.extracts import pages as extracts
from cartable.pads.formats import pages as taking
from cartable.pads.hedgedoc.door import UNDER
from cartable.pads.hosts import OWN
from cartable.pads.sockets import PATH, sync

sockets = {PATH: sync}
beginnings, endings = (hosting.start,), (hosting.stop,)
hosts = {OWN: UNDER} if OWN else {}  # a host name of its own, and the path that its root stands for

urlpatterns = [
    path("p/<id:node_id>", pages.pad, name="pad"),
    path("p/", pages.my_pads, name="my-pads"),
    path("p/todo", extracts.to_do, name="to-do"),
    path("p/<id:node_id>/mention", extracts.mention, name="mention-in-pad"),
    path("p/<id:node_id>/tick", extracts.tick, name="tick-pad"),
    path("p/<id:node_id>/pin", pages.pin_pad, name="pin-pad"),
    path("p/<id:node_id>/forget", pages.forget_pad, name="forget-pad"),
    path("p/preview", pages.preview, name="preview-pad"),
    path("p/<id:node_id>/open", pages.open_pad, name="open-pad"),
    path("p/guest", pages.name_guest, name="name-guest"),
    path("p/<id:node_id>/read", pages.read, name="read-pad"),
    path("p/<id:node_id>/slides", pages.slides, name="slides-pad"),
    path("p/<id:node_id>/take", taking.take, name="take-pad"),
    path("p/<id:node_id>/as/<word:ending>", taking.taken, name="taken-pad"),
    path("p/<id:node_id>/versions/<id:version_id>/compare", pages.compare, name="compare-pad"),
    path("p/<id:node_id>/beside", pages.beside, name="beside-pad"),
    path("p/<id:node_id>/comments", comments.comments, name="comments"),
    path("p/<id:node_id>/comments/<id:comment_id>/answer", comments.answer_comment, name="answer-comment"),
    path("p/<id:node_id>/comments/<id:comment_id>/change", comments.change_comment, name="change-comment"),
    path("p/<id:node_id>/comments/<id:comment_id>/remove", comments.remove_comment, name="remove-comment"),
    path("p/<id:node_id>/comments/<id:comment_id>/judge", comments.judge_comment, name="judge-comment"),
    path("p/<id:node_id>/named", pages.named, name="named-in-pad"),
    path("p/<id:node_id>/wrote", pages.wrote, name="wrote-in-pad"),
    path("f/<id:node_id>/new-pad", pages.new_pad, name="new-pad"),
    path("p/help", pages.help_page, name="pad-help"),
]
