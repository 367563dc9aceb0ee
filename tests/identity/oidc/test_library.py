"""What of the inside of allauth and oauthlib we rely on. When one of them changes, this fails: read what changed first."""

import hashlib
import inspect

from allauth.idp.oidc.internal import clientkit
from allauth.idp.oidc.internal.oauthlib import utils
from allauth.idp.oidc.internal.oauthlib.request_validator import OAuthLibRequestValidator as Theirs
from allauth.idp.oidc.models import Client
from django.contrib.auth.hashers import identify_hasher
from oauthlib.oauth2.rfc6749.grant_types.authorization_code import AuthorizationCodeGrant
from oauthlib.oauth2.rfc6749.grant_types.refresh_token import RefreshTokenGrant

from cartable.identity.oidc import clients
from cartable.identity.oidc.library import Validator
from tests.identity.oidc.relying import registered

KEPT = {  # of theirs, as they are
    "_lookup_client",
    "_use_client",
    "authenticate_client",
    "authenticate_client_id",
    "client_authentication_required",
    "get_default_redirect_uri",
    "get_default_scopes",
    "validate_client_id",
    "validate_grant_type",
    "validate_response_type",
}
OUT_OF_REACH = {  # of theirs; nothing that we serve comes there
    "_lookup_authorization_code",
    "_prep_access_token",
    "_prep_refresh_token",
    "_validate_jwt_bearer_access_token",
    "_validate_jwt_bearer_id_token",
    "introspect_token",
    "is_origin_allowed",
    "rotate_refresh_token",
    "validate_jwt_bearer_token",
    "validate_user",
}


def digest(*sources):
    return hashlib.sha256("".join(map(inspect.getsource, sources)).encode()).hexdigest()[:16]


def test_each_method_of_theirs_is_ours_or_known():
    theirs = {name for name, one in vars(Theirs).items() if inspect.isfunction(one)}
    assert theirs - set(vars(Validator)) == KEPT | OUT_OF_REACH


def test_what_we_keep_of_theirs_is_as_we_read_it():
    read = (getattr(Theirs, name) for name in sorted(KEPT))
    assert digest(*read) == "4d459a63aa5cd23e"
    assert (
        digest(utils.extract_params, utils.extract_headers, utils.get_uri, utils.get_validator_context)
        == "86b0962b933afd27"
    )
    assert digest(clientkit.lookup_client, Client.check_secret, Client.get_redirect_uris) == "35797dfcc298d2fa"


def test_oauthlib_checks_in_the_order_we_read():
    """PKCE before the redirect, the client before the code; what is saved is saved once all was checked."""
    read = (AuthorizationCodeGrant.validate_token_request, AuthorizationCodeGrant.create_token_response)
    more = (AuthorizationCodeGrant.validate_authorization_request, RefreshTokenGrant.validate_token_request)
    assert digest(*read, *more) == "6ba43b0bc00c5239"


def test_secrets_of_machines_cost_nothing_to_check_and_those_of_people_much(ada, db):
    secret = clients.find(registered().id).secret
    assert identify_hasher(secret).algorithm == "machine"
    assert ada.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
