"""Pages of a forgotten password: ask for a link, choose another by it. Open to all."""

from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from cartable.identity import resets
from cartable.identity.requests import address_of
from cartable.kernel import given
from cartable.kernel.errors import Expired, WeakPassword

MAIL = 254  # characters of an address at most (RFC 5321 §4.5.3.1.3)
AUTOCOMPLETE = {"autocomplete": "new-password"}


class Choose(forms.Form):
    """A new password, twice."""

    password = forms.CharField(
        label=_("Nouveau mot de passe"),
        strip=False,
        widget=forms.PasswordInput(attrs=AUTOCOMPLETE),
        help_text=_(
            "12 caractères au moins. Quatre mots sans rapport entre eux se retiennent bien et se devinent mal."
        ),
    )
    again = forms.CharField(
        label=_("Le nouveau, encore une fois"), strip=False, widget=forms.PasswordInput(attrs=AUTOCOMPLETE)
    )

    def clean_again(self) -> str:
        """Return the second one, which is the first."""
        again = str(self.cleaned_data["again"])
        if again != self.cleaned_data.get("password"):
            raise forms.ValidationError(_("Les deux mots de passe sont différents."))
        return again


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """Ask for an address; say that a link was sent there, if it is known."""
    mail = given.text(request.POST.get("mail", ""), MAIL)
    if mail:
        resets.ask(mail, address_of(request))
    return render(request, "identity/forgotten.html", {"mail": mail})


@login_not_required
@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def reset(request: HttpRequest, key: str) -> HttpResponse:
    """Ask for a new password, and go where one signs in with it."""
    form = Choose(request.POST or None)
    try:
        person = resets.whose(key)
        if form.is_valid():
            resets.choose(key, form.cleaned_data["password"])
            messages.success(request, _("Votre mot de passe est changé. Connectez-vous avec le nouveau."))
            return HttpResponseRedirect(reverse("account_login"), status=303)
    except WeakPassword as weak:
        form.add_error("password", list(map(str, weak.args)))
    except Expired:
        return render(request, "identity/reset_expired.html", status=HTTPStatus.GONE)
    return render(request, "identity/reset.html", {"form": form, "person": person})
