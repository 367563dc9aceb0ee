"""Every page is looked at by axe, in some test of this folder, or is none: by the table of addresses, so that a new one must say which."""

import re
from pathlib import Path

from django.test import Client
from django.urls import URLPattern, get_resolver, resolve

from tests.browser import test_administration, test_every_page
from tests.offices import Offices

HERE = Path(__file__).parent
ALL, ASKED = (f"test_every_page.py::test_axe_finds_no_fault{more}" for more in ("", "_in_what_is_asked_first"))
CODES, PASSKEY = (
    "test_academy.py::test_by_a_password_and_the_code_of_an_application",
    "test_passkeys.py::test_a_passkey_is_added_and_signs_in_alone",
)
JUDGED = "test_two_accounts.py::test_who_judges_makes_two_accounts_one_and_two_again"
ASKED_THEMSELVES = (
    "test_two_accounts.py::test_who_comes_by_a_new_academy_is_asked_whether_the_account_it_made_is_theirs"
)
LOOKED_AT = {  # by name of the address: in which other test
    **dict.fromkeys(("account_login", "forgotten", "clear-versions", "upload", "versions", "move"), ALL),
    **dict.fromkeys(("about", "new-folder", "rename", "share", "new-pad"), ALL),
    **dict.fromkeys(("pad", "read-pad", "take-pad", "slides-pad", "preview-pad"), ALL),
    **dict.fromkeys(("change-share", "revoke-share", "link", "remove-version", "discard", "purge"), ASKED),
    **dict.fromkeys(("empty-trash", "person", "device-allow"), ASKED),
    **dict.fromkeys(("mfa_authenticate", "mfa_reauthenticate", "mfa_view_recovery_codes"), CODES),
    **dict.fromkeys(("mfa_generate_recovery_codes", "mfa_deactivate_totp"), CODES),
    **dict.fromkeys(("mfa_edit_webauthn", "mfa_remove_webauthn", "mfa_reauthenticate_webauthn"), PASSKEY),
    **dict.fromkeys(("academy", "link-academy"), "test_academy.py::test_by_an_academy_once_it_is_linked"),
    **dict.fromkeys(("case", "merge"), JUDGED),
    **dict.fromkeys(("announced-account", "reset"), ASKED_THEMSELVES),
    "compare-pad": "test_comparing_a_pad.py::test_a_version_is_compared_from_the_list_of_versions",
    "open-pad": "test_guests.py::test_the_page_that_opens_a_pad_has_no_fault_and_fits_a_phone",
    "oidc-authorize": "test_applications.py::test_axe_finds_no_fault_on_the_way",
    "admin-application": "test_administration.py::test_an_application_is_registered_and_its_page_has_no_fault",
}
BYTES, WAY, PROTOCOL = "a file, or a piece of one", "leads elsewhere at once", "of programs"
NONE = {  # no pages of their own: why
    **dict.fromkeys(
        ("archive", "raw", "version", "link-archive", "link-download", "link-node-download", "link-raw"), BYTES
    ),
    **dict.fromkeys(("words", "taken-pad"), BYTES),
    **dict.fromkeys(("speak", "openid_connect_login", "openid_connect_callback", "mfa_login_webauthn"), WAY),
    **dict.fromkeys(("saml_login", "saml_acs", "saml_finish_acs", "saml_sls"), WAY),
    "beside-pad": WAY,
    "named-in-pad": PROTOCOL,
    **dict.fromkeys(("saml_metadata", "scim"), PROTOCOL),
    None: WAY,  # addresses of documents and links as Nextcloud has them
    "mfa_list_webauthn": "the page of second factors",
    "link-node": "the page of a link, further down",
    "comments": "shown beside a pad: test_comments.py",
    "copy": "the sheet of a move, with another button",
}


def addresses(resolver=None, before="/"):
    for one in (resolver or get_resolver()).url_patterns:
        if isinstance(one, URLPattern):
            yield one.name, before + str(one.pattern)
        else:
            yield from addresses(one, before + str(one.pattern))


def listed():
    """Return the names of the addresses that the lists of pages hold."""
    theirs = [*test_every_page.PAGES.values(), *test_administration.PAGES]
    theirs += [f"/admin/people/1{page}" for page in test_administration.OF_A_PERSON]
    return {resolve(one.partition("?")[0]).url_name for one in theirs}


def test_every_page_is_looked_at_or_says_why_not(db):
    browser = Client(headers={"accept": "text/html"})
    browser.force_login(Offices().person("admin"), "cartable.identity.credentials.ByAddress")
    left = set()
    for name, address in addresses():
        answer = browser.get(re.sub(r"<[^>]+>", "1", address).replace("^", "").replace("$", ""))
        list(answer)  # read to its end, an archive closes its file
        if answer.status_code != 405 and answer.headers.get("Content-Type", "").startswith("text/html"):
            left.add(name)
    assert sorted(map(str, left - listed() - LOOKED_AT.keys() - NONE.keys())) == []
    assert LOOKED_AT.keys() & NONE.keys() == set()
    for name, test in LOOKED_AT.items():
        module, function = test.split("::")
        assert f"def {function}(" in (HERE / module).read_text(), name
