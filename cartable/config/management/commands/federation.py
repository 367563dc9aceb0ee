"""`cartable federation add oidc | add saml | secret | list | drop`: academies where people sign in before they come here."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.urls import reverse
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser

from cartable.config.arguments import an_academy
from cartable.identity import upstreams
from cartable.identity.names import fold
from cartable.kernel import errors
from cartable.kernel.outgoing import Asked, Unreachable, ask
from cartable.options import public_url

STDIN = "-"


class Command(BaseCommand):
    """Dispatch to one function for each verb."""

    help = "Let people sign in by their academy, with OpenID Connect or SAML."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the verbs and their flags."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        kinds = verbs.add_parser("add", help="record an academy's provider").add_subparsers(dest="kind", required=True)
        oidc = kinds.add_parser("oidc", help="OpenID Connect, ProConnect among others")
        oidc.add_argument("--issuer", required=True, help="address that its discovery document is below")
        oidc.add_argument("--client-id", required=True, help="what it calls us")
        oidc.add_argument("--scope", default="", help="scopes, with spaces between (openid profile email)")
        saml = kinds.add_parser("saml", help="SAML 2.0")
        saml.add_argument("--metadata", required=True, help="its metadata: a file, - for stdin, or an https:// address")
        saml.add_argument(
            "--subject", default="", help="attribute that names a person for good (subject-id, or the NameID)"
        )
        for one in (oidc, saml):
            one.add_argument(
                "--academy", required=True, help="capitals of its name (DIJON, AIX-MARSEILLE), or its number"
            )
            one.add_argument("--key", help="its name in our addresses (that of the academy)")
            one.add_argument(
                "--arrivals", action="store_true", help="whom it sends may be new here: they get an account"
            )
        again = verbs.add_parser("secret", help="keep another secret that an OpenID provider gave us")
        again.add_argument("key")
        for one in (oidc, again):
            one.add_argument("--secret-file", help="file of the secret it gave us; without it, the first line of stdin")
        verbs.add_parser("list", help="say which there are, and what each must know of us")
        one = verbs.add_parser("drop", help="forget one; its people sign in otherwise, or link it anew")
        one.add_argument("key")

    def handle(self, *_: Any, verb: str, **words: Any) -> None:
        """Run the command."""
        self.stdout.write(VERBS[verb](Namespace(**words)))


def add(words: Namespace) -> str:
    """Record a provider; return what to tell it of us."""
    academy = an_academy(words.academy)
    key = words.key or fold(academy.name).replace(" ", "-")
    try:
        made = KINDS[words.kind](words, key, academy)
    except errors.NameTaken as refusal:
        raise CommandError(f"There is a provider {refusal} already: drop it first, or give another --key.") from refusal
    except errors.BadInput as refusal:
        raise CommandError(f"{refusal} is neither https:// nor a key of letters, digits and dashes.") from refusal
    return _told(made)


def oidc(words: Namespace, key: str, academy: Any) -> upstreams.Upstream:
    """Record an OpenID provider."""
    known = {"issuer": words.issuer, "client_id": words.client_id, "secret": _secret(words)}
    return upstreams.add_oidc(key, academy, **known, arrivals=words.arrivals, scope=words.scope)


def secret(words: Namespace) -> str:
    """Keep another secret of a provider."""
    try:
        upstreams.give_secret(words.key, _secret(words))
    except errors.NotFound as refusal:
        raise CommandError(f"There is no OpenID provider {words.key}; see `cartable federation list`.") from refusal
    return f"The secret of {words.key} is changed; the links to it stay."


def _secret(words: Namespace) -> str:
    try:
        given = Path(words.secret_file).read_text().strip() if words.secret_file else sys.stdin.readline().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{words.secret_file} cannot be read: {error}") from error
    if not given:
        raise CommandError("The secret is empty: give it on the first line of stdin, or by --secret-file.")
    return given


def saml(words: Namespace, key: str, academy: Any) -> upstreams.Upstream:
    """Record a SAML provider, from its metadata."""
    try:
        idp = OneLogin_Saml2_IdPMetadataParser.parse(_metadata(words.metadata))["idp"]
        certificates = idp.get("x509certMulti", {}).get("signing") or [idp["x509cert"]]
        known = {
            "entity_id": idp["entityId"],
            "sso_url": idp["singleSignOnService"]["url"],
            "certificate": certificates[0],
        }
    except (KeyError, ValueError, SyntaxError) as error:
        raise CommandError(
            "These are no metadata of a SAML identity provider with a redirect address and a key."
        ) from error
    return upstreams.add_saml(key, academy, **known, arrivals=words.arrivals, subject=words.subject)


def _metadata(place: str) -> str:
    try:
        if place == STDIN:
            return sys.stdin.read()
        if place.startswith("https://"):
            return ask(place, Asked(inside=True)).body.decode()
        return Path(place).read_text()
    except (OSError, UnicodeDecodeError, Unreachable, errors.BadInput) as error:
        raise CommandError(f"{place} cannot be read: {error}") from error


def show(_words: Namespace) -> str:
    """Return each provider and what it must know of us."""
    return "\n".join(_told(one) for one in upstreams.known())


def drop(words: Namespace) -> str:
    """Forget a provider."""
    try:
        return f"{words.key} is forgotten, and the {upstreams.drop(words.key)} links to it."
    except errors.NotFound as refusal:
        raise CommandError(f"There is no provider {words.key}; see `cartable federation list`.") from refusal


def _told(one: upstreams.Upstream) -> str:
    if one.kind == upstreams.OIDC:
        return f"{one.key}: {one.issuer}\n  redirect URI: {public_url()}{reverse('openid_connect_callback', args=[one.key])}"
    return f"{one.key}: {one.issuer}\n  metadata: {public_url()}{reverse('saml_metadata', args=[one.key])}"


KINDS = {"oidc": oidc, "saml": saml}
VERBS = {"add": add, "secret": secret, "list": show, "drop": drop}
