"""An academy that speaks SAML 2.0: pysaml2 is its identity provider, unmodified."""

import time
import warnings
from base64 import b64decode, b64encode
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.management import CommandError, call_command
from django.test import Client as BareClient
from onelogin.saml2.utils import OneLogin_Saml2_Utils as SamlUtils

from cartable.identity import upstreams
from cartable.kernel import clock
from tests.identity.academy import forget_proofs
from tests.identity.test_pages import PASSWORD, page
from tests.servers import need
from tests.worlds import academies, person

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its own use of cryptography
    from saml2 import BINDING_HTTP_REDIRECT
    from saml2.config import IdPConfig
    from saml2.metadata import entity_descriptor
    from saml2.saml import NAMEID_FORMAT_PERSISTENT, NAMEID_FORMAT_TRANSIENT, NameID
    from saml2.server import Server

MAIL, ENTITY = "ada@ac-lyon.example", "https://idp.ac-lyon.example/metadata"


def Client():  # noqa: N802 - the test client, with the header that every request of a browser has
    return BareClient(headers={"host": "testserver"})


def key_pair(folder, name):
    """Make a key and its certificate; return their files."""
    key = rsa.generate_private_key(65537, 2048)
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = clock.now().replace(tzinfo=None)
    made = x509.CertificateBuilder(
        who, who, key.public_key(), x509.random_serial_number(), now, now.replace(year=now.year + 1)
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    (folder / f"{name}.key").write_bytes(private)
    (folder / f"{name}.pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return str(folder / f"{name}.key"), str(folder / f"{name}.pem")


class Academy:
    """The identity provider of an academy, who is signed in there, and how it signs."""

    def __init__(self, folder, site_metadata=None, name="lyon"):
        key, certificate = key_pair(folder, name)
        settings = {
            "entityid": ENTITY,
            "service": {
                "idp": {
                    "endpoints": {
                        "single_sign_on_service": [("https://idp.ac-lyon.example/sso", BINDING_HTTP_REDIRECT)]
                    },
                    "policy": {"default": {"lifetime": {"minutes": 5}, "attribute_restrictions": None}},
                }
            },
            "key_file": key,
            "cert_file": certificate,
            "xmlsec_binary": need("xmlsec1"),
            "metadata": {"inline": [site_metadata]} if site_metadata else {},
        }
        self.config = IdPConfig().load(settings)
        self.subject, self.format = "lyon-1", NAMEID_FORMAT_PERSISTENT
        self.signed = {"sign_assertion": True, "sign_response": False}
        self.since, self.forced = time.time(), False  # when the person signed in there; whether it was to ask again

    def metadata(self):
        return str(entity_descriptor(self.config))

    def answer(self, location):
        """Return the fields that the browser posts to us, after the person signed in there."""
        query = parse_qs(urlsplit(location).query)
        server = Server(config=self.config)
        asked = server.parse_authn_request(query["SAMLRequest"][0], BINDING_HTTP_REDIRECT).message
        self.forced = asked.force_authn == "true"
        method = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
        said = server.create_authn_response(
            {"givenName": ["Ada"], "sn": ["Lovelace"], "mail": [MAIL]},
            in_response_to=asked.id,
            destination=asked.assertion_consumer_service_url,
            sp_entity_id=asked.issuer.text,
            name_id=NameID(format=self.format, text=self.subject),
            authn={"class_ref": method, "authn_instant": self.since},
            sign_alg="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            digest_alg="http://www.w3.org/2001/04/xmlenc#sha256",
            **self.signed,
        )
        return {"SAMLResponse": b64encode(str(said).encode()).decode(), "RelayState": ""}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("academy")


@pytest.fixture
def lyon(db, folder, capsys):
    """The academy of Lyon and this site know one another by their metadata."""
    academies()
    (folder / "idp.xml").write_text(Academy(folder).metadata())
    key, certificate = (folder / name for name in ("lyon.key", "lyon.pem"))
    pair = key.read_bytes(), certificate.read_bytes()
    call_command("federation", "add", "saml", "--academy", "LYON", "--metadata", str(folder / "idp.xml"))
    assert "/login/saml/lyon/metadata" in capsys.readouterr().out
    one = Academy(folder, Client().get("/login/saml/lyon/metadata").content.decode(), "other")
    (folder / "other.key").write_bytes(pair[0])
    (folder / "other.pem").write_bytes(pair[1])
    return one


@pytest.fixture
def ada(db):
    return person("Ada Lovelace", MAIL, PASSWORD)


def come_back(browser, lyon, spoil=lambda fields: fields, way="/login/saml/lyon?next=/me"):
    """Sign in there, and return what our page at the end answers."""
    sent = browser.get(way)
    assert sent.headers["Location"].startswith("https://idp.ac-lyon.example/sso?SAMLRequest=")
    posted = browser.post("/login/saml/lyon/acs", spoil(lyon.answer(sent.headers["Location"])))
    return browser.get(posted.headers["Location"])


def linked(ada, subject="lyon-1"):
    upstreams.link(ada, upstreams.Claim("lyon", subject, "", ""))


def test_a_known_subject_signs_in(lyon, ada):
    linked(ada)
    browser = Client()
    assert come_back(browser, lyon).headers["Location"] == "/me"
    assert "Ada Lovelace" in page(browser.get("/me"))
    assert SocialAccount.objects.get().extra_data == {"name": "Ada Lovelace", "mail": MAIL}


def test_an_unknown_subject_says_which_account_is_theirs(lyon, ada):
    browser = Client()
    assert come_back(browser, lyon).headers["Location"] == "/login/academy/account"
    assert "<strong>Ada Lovelace</strong>" in page(browser.get("/login/academy/account"))
    browser.post("/login?next=/login/academy/account", {"login": MAIL, "password": PASSWORD})
    assert browser.post("/login/academy/account/link").headers["Location"] == "/me"
    assert come_back(Client(), lyon).headers["Location"] == "/me"


def test_who_has_only_their_academy_is_asked_there_again(lyon, db):
    linked(person("Zoé Durand", "zoe@ac-lyon.example"))
    browser, confirmed = Client(), "/me/factors/app"
    come_back(browser, lyon)
    assert browser.get(confirmed).status_code == 200
    forget_proofs(browser)
    assert come_back(browser, lyon).headers["Location"] == "/me"
    assert not lyon.forced
    way = browser.get(confirmed).headers["Location"]
    assert way == "/login/saml/lyon?next=%2Fme%2Ffactors%2Fapp&again=1", (
        "an answer that nobody asked for proves nothing"
    )
    lyon.since = time.time() - 3600  # it answers by itself, whatever it was asked
    assert come_back(browser, lyon, way=way).headers["Location"] == "/login"
    assert browser.get(confirmed).headers["Location"] == way
    lyon.since = time.time()
    assert come_back(browser, lyon, way=way).headers["Location"] == confirmed
    assert lyon.forced
    assert browser.get(confirmed).status_code == 200


def decoded(fields):
    return b64decode(fields["SAMLResponse"]).decode()


def encoded(text):
    return {"SAMLResponse": b64encode(text.encode()).decode(), "RelayState": ""}


FOREIGN = '?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
SPOILED = {
    "another subject": lambda fields: encoded(decoded(fields).replace("lyon-1", "lyon-2")),
    "another audience": lambda fields: encoded(
        decoded(fields).replace("testserver/login/saml/lyon/metadata", "elsewhere")
    ),
    "no XML": lambda _fields: encoded("not XML"),
    "no Base64": lambda _fields: {"SAMLResponse": "é", "RelayState": ""},
    "nothing": lambda _fields: {},
    "a foreign entity": lambda fields: encoded(decoded(fields).replace("?>", FOREIGN, 1)),
}


@pytest.mark.parametrize("how", SPOILED)
def test_an_answer_that_was_changed_signs_nobody_in(lyon, ada, how):
    linked(ada)
    linked(person("Bob Dupont", "bob@ac-lyon.example"), "lyon-2")
    browser = Client()
    assert come_back(browser, lyon, SPOILED[how]).headers["Location"] == "/login"
    assert browser.get("/me").status_code == 302
    assert "n’a pas abouti" in page(browser.get("/login"))


def test_an_answer_without_a_signature_or_by_another_key_signs_nobody_in(lyon, ada, folder):
    linked(ada)
    for around in (False, True):
        lyon.signed = {"sign_assertion": False, "sign_response": around}
        assert come_back(Client(), lyon).headers["Location"] == "/login"
    lyon.signed = {"sign_assertion": True, "sign_response": False}
    key_pair(folder, "other")
    assert come_back(Client(), lyon).headers["Location"] == "/login"


def test_an_answer_serves_once_and_only_who_asked(lyon, ada):
    linked(ada)
    mine, other = Client(), Client()
    fields = lyon.answer(mine.get("/login/saml/lyon?next=/me").headers["Location"])

    def use(browser):
        return browser.get(browser.post("/login/saml/lyon/acs", fields).headers["Location"])

    assert use(other).headers.get("Location") != "/me"
    assert other.get("/me").status_code == 302
    assert use(mine).headers["Location"] == "/me"
    again = Client()
    use(again)
    assert again.get("/me").status_code == 302


@pytest.mark.parametrize(
    ("minutes", "why"),
    [
        (-6, "not yet valid. Check system clock"),
        (-4, ""),
        (4, ""),
        (6, "A valid SubjectConfirmation was not found"),  # which says until when, after five minutes
        (90, "expired. Check system clock"),
    ],
)
def test_clocks_may_differ_by_less_than_five_minutes(lyon, ada, monkeypatch, caplog, minutes, why):
    """Ours goes before that of the academy by so many; its answers hold for five minutes (SAML 2.0 Core §2.5.1)."""
    linked(ada)
    shifted = SamlUtils.now
    monkeypatch.setattr(SamlUtils, "now", staticmethod(lambda: shifted() + 60 * minutes))
    browser = Client()
    assert come_back(browser, lyon).headers["Location"] == ("/login" if why else "/me")
    assert browser.get("/me").status_code == (302 if why else 200)
    if why:
        assert "n’a pas abouti" in page(browser.get("/login"))
        assert any(why in getattr(one, "reason", "") for one in caplog.records), "whoever runs the site reads why"


def test_an_answer_that_is_sent_again_signs_nobody_in_and_says_so(lyon, ada):
    linked(ada)
    browser = Client()
    fields = lyon.answer(browser.get("/login/saml/lyon?next=/me").headers["Location"])

    def send():
        return browser.get(browser.post("/login/saml/lyon/acs", fields).headers["Location"])

    assert send().headers["Location"] == "/me"
    browser.logout()
    assert send().headers["Location"] == "/login"
    assert "n’a pas abouti" in page(browser.get("/login"))
    assert browser.get("/me").status_code == 302


def test_a_name_that_does_not_last_is_no_key(lyon, ada):
    linked(ada)
    lyon.format = NAMEID_FORMAT_TRANSIENT
    browser = Client()
    assert come_back(browser, lyon).headers["Location"] == "/login"
    assert browser.get("/me").status_code == 302


def test_an_academy_that_signs_out_does_not_sign_out_here(lyon):
    assert Client().get("/login/saml/lyon/logout?SAMLRequest=x").status_code == 404


def test_what_is_no_metadata_is_refused_in_a_sentence(db, tmp_path):
    academies()
    for text in ("", "<a/>", "not XML"):
        (tmp_path / "idp.xml").write_text(text)
        with pytest.raises(CommandError):
            call_command("federation", "add", "saml", "--academy", "LYON", "--metadata", str(tmp_path / "idp.xml"))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("federation", "add", "saml", "--academy", "LYON", "--metadata", str(tmp_path / "absent.xml"))
