"""`cartable client add | list | show | secret | drop | scim | rotate-keys`: applications that sign people in with their account here.

What a script needs (an id, a secret) is on stdout; with --json as one object.
"""

import json
import sys
from argparse import ArgumentParser, Namespace
from typing import Any

from django.core.management import BaseCommand, CommandError

from cartable.config.arguments import a_function, a_name, a_place
from cartable.identity.oidc import clients, keys, outbox
from cartable.identity.oidc.claims import SCOPES
from cartable.identity.oidc.clients import Registration
from cartable.identity.oidc.library import Client
from cartable.kernel import errors
from cartable.options import public_url


class Command(BaseCommand):
    """Dispatch to one function for each verb."""

    help = "Register applications that sign people in with their account here."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the verbs and their flags."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        one = verbs.add_parser("add", help="register an application; prints its id and its secret")
        one.add_argument("--name", type=a_name, required=True, help="as people read it when they sign in")
        one.add_argument(
            "--redirect", action="append", required=True, metavar="URI", help="where codes go; may be given again"
        )
        one.add_argument(
            "--after-logout", action="append", default=[], metavar="URI", help="where one may go once signed out"
        )
        one.add_argument("--backchannel", default="", metavar="URI", help="told when a session ends")
        one.add_argument(
            "--scope", action="append", choices=list(SCOPES), help="what it may ask for (all); may be given again"
        )
        one.add_argument("--public", action="store_true", help="it runs where it can keep no secret: a phone, a page")
        one.add_argument("--trusted", action="store_true", help="ours: people are not asked whether it may know them")
        one.add_argument(
            "--sector", default="", metavar="HOST", help="it knows people by ids of its own, shared in this sector"
        )
        one.add_argument(
            "--structure",
            action="append",
            default=[],
            metavar="ACADEMY_OR_UAI",
            help="for those posted there, or below; may be given again",
        )
        one.add_argument(
            "--function",
            type=a_function,
            action="append",
            default=[],
            metavar="CODE",
            help="for those of this function: ENS, DIR…; may be given again",
        )
        one.add_argument("--json", action="store_true", help="for programs")
        one = verbs.add_parser("list", help="say which applications there are")
        one.add_argument("--json", action="store_true", help="for programs")
        for verb, meaning in (
            ("show", "say what is known of an application"),
            ("secret", "give it a new secret, and print it; the former one is worthless"),
            ("drop", "forget it, and end all it was given"),
        ):
            one = verbs.add_parser(verb, help=meaning)
            one.add_argument("client", metavar="CLIENT_ID")
            one.add_argument("--json", action="store_true", help="for programs")
        one = verbs.add_parser("scim", help="tell it who there is, at its SCIM server")
        one.add_argument("client", metavar="CLIENT_ID")
        one.add_argument(
            "--url", default="", help="such as https://app.example/scim/v2; without it, it is told nothing more"
        )
        one.add_argument(
            "--token-stdin", action="store_true", help="read its bearer token from the first line of stdin"
        )
        one = verbs.add_parser(
            "rotate-keys", help="draw the next signing key; it signs in an hour, the present one stays published"
        )
        one.add_argument("--now", action="store_true", help="the present one was stolen: withdraw it at once")

    def handle(self, *_: Any, verb: str, **words: Any) -> None:
        """Run the command."""
        try:
            self.stdout.write(VERBS[verb](Namespace(**words)))
        except errors.BadInput as refusal:
            raise CommandError(f"{str(refusal)[:1].upper()}{str(refusal)[1:]}.") from refusal
        except errors.NotFound as refusal:
            raise CommandError(f"No application has the id {refusal}: see `cartable client list`.") from refusal


def add(words: Namespace) -> str:
    """Register an application; return its id and its secret, which cannot be read again."""
    client, secret = clients.add(
        Registration(
            name=words.name,
            redirect_uris=words.redirect,
            after_logout=words.after_logout,
            backchannel=words.backchannel,
            scopes=words.scope or tuple(SCOPES),
            public=words.public,
            trusted=words.trusted,
            sector=words.sector,
            structures=[a_place(one) for one in words.structure],
            functions=words.function,
        )
    )
    given = {"client_id": client.pk, **({"client_secret": secret} if secret else {})}
    if words.json:
        return json.dumps({**given, "issuer": public_url()}, indent=2)
    return "\n".join(f"{name} {value}" for name, value in given.items())


def show_all(words: Namespace) -> str:
    """Return every application."""
    every = clients.every()
    if words.json:
        return json.dumps([facts(one) for one in every], ensure_ascii=False, indent=2)
    return "\n".join(f"{one.pk}  {one.name}" for one in every) or "No application is registered."


def show(words: Namespace) -> str:
    """Return what is known of one: no secret."""
    known = facts(clients.find(words.client))
    if words.json:
        return json.dumps(known, ensure_ascii=False, indent=2)
    return "\n".join(
        f"{name}: {', '.join(value) if isinstance(value, list) else value}" for name, value in known.items()
    )


def secret(words: Namespace) -> str:
    """Return a new secret."""
    made = clients.new_secret(words.client)
    return json.dumps({"client_id": words.client, "client_secret": made}) if words.json else made


def drop(words: Namespace) -> str:
    """Forget an application."""
    clients.drop(words.client)
    return json.dumps({"client_id": words.client}) if words.json else f"{words.client} is forgotten."


def scim(words: Namespace) -> str:
    """Tell an application who there is, from now on; or nothing more."""
    if not words.url:
        outbox.stop(words.client)
        return f"{words.client} is told nothing more."
    token = sys.stdin.readline().strip() if words.token_stdin else ""
    if not token:
        raise CommandError("Its bearer token is needed, on the first line of stdin: --token-stdin.")
    outbox.begin(words.client, words.url, token)
    return f"{words.client} is told who there is, and what changes."


def rotate_keys(words: Namespace) -> str:
    """Return the id of the next signing key."""
    return keys.rotate(at_once=words.now)


def facts(client: Client) -> dict[str, Any]:
    """Return what is known of an application."""
    about = client.application
    return {
        "client_id": client.pk,
        "name": client.name,
        "type": str(client.type),
        "redirect_uris": client.get_redirect_uris(),
        "after_logout": client.get_post_logout_redirect_uris(),
        "backchannel": about.backchannel,
        "inside": about.inside,
        "scim": about.scim_url,
        "scopes": client.get_scopes(),
        "trusted": client.skip_consent,
        "sector": about.sector,
        "structures": [one.code for one in about.structures.order_by("code")],
        "functions": about.functions,
    }


VERBS = {
    "add": add,
    "list": show_all,
    "show": show,
    "secret": secret,
    "drop": drop,
    "scim": scim,
    "rotate-keys": rotate_keys,
}
