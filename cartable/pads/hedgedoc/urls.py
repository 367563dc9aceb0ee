"""The addresses of HedgeDoc 1.12 and CodiMD 2.6, below `/pads/`; at their own host name the bridge leads here (decision 23).

docs/protocols/hedgedoc.md has them one by one.
"""

from django.urls import path

from cartable.pads.hedgedoc import account, elsewhere, notes, pictures
from cartable.pads.hedgedoc.door import UNDER, View, door
from cartable.web.pages import words

ROUTES: dict[str, dict[str, View]] = {
    "": {"GET": elsewhere.root},
    "new": {"GET": notes.new, "POST": notes.create},
    "new/<word:name>": {"POST": notes.create},
    "login": {"POST": account.login},
    "auth/ldap": {"POST": account.login},
    "logout": {"GET": account.logout, "POST": account.logout},
    "me": {"GET": account.me},
    "me/export": {"GET": account.export, "POST": account.export},
    "me/delete": {"GET": account.delete},
    "me/delete/<word:token>": {"GET": account.delete},
    "history": {"GET": account.show, "POST": account.replace, "DELETE": account.clear},
    "history/<word:name>": {"POST": account.pin, "DELETE": account.forget},
    "config": {"GET": elsewhere.config},
    "status": {"GET": elsewhere.off},
    "metrics": {"GET": elsewhere.off},
    "_health": {"GET": elsewhere.health},
    "robots.txt": {"GET": elsewhere.robots},
    "favicon.ico": {"GET": elsewhere.absent},
    "uploads/<word:name>": {"GET": pictures.show},
    notes.FRAME: {"GET": elsewhere.frame},
    "api/notes/myNotes": {"GET": elsewhere.my_notes},
    "api/notes/<word:name>": {"PUT": elsewhere.write, "DELETE": elsewhere.discard},
    "socket.io/<path:rest>": {"GET": elsewhere.gone, "POST": elsewhere.gone},
    "socket.io/": {"GET": elsewhere.gone, "POST": elsewhere.gone},
    "s/<word:name>": {"GET": notes.published},
    "s/<word:name>/download": {"GET": notes.published_download},
    "s/<word:name>/edit": {"GET": notes.published_edit},
    "s/<word:name>/<word:action>": {"GET": notes.published_other},
    "p/<word:name>": {"GET": notes.slides},
    "p/<word:name>/edit": {"GET": notes.published_edit},
    "p/<word:name>/<word:action>": {"GET": notes.slides_other},
    "<word:name>": {"GET": notes.show},
    "<word:name>/download": {"GET": notes.download},
    "<word:name>/info": {"GET": notes.info},
    "<word:name>/beside": {"GET": pictures.beside},
    "<word:name>/publish": {"GET": notes.publish},
    "<word:name>/pretty": {"GET": notes.publish},
    "<word:name>/slide": {"GET": notes.slide},
    "<word:name>/pdf": {"GET": notes.pdf},
    "<word:name>/pandoc": {"GET": notes.pandoc},
    "<word:name>/revision": {"GET": notes.revision_list},
    "<word:name>/revision/<word:at>": {"GET": notes.revision},
    "<word:name>/<word:action>": {"GET": notes.other},
    "<path:rest>": {"GET": elsewhere.absent},
}

BELOW = UNDER.lstrip("/")
urlpatterns = [
    path(f"{BELOW}/uploadimage", pictures.upload),
    path(
        f"{BELOW}/views/<word:language>.js", words
    ),  # what published pages and slides say in another language than French
]
urlpatterns += [path(f"{BELOW}/{route}", door(**methods)) for route, methods in ROUTES.items()]
