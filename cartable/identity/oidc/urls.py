"""Addresses of the OpenID provider."""

from django.urls import path

from cartable.identity.oidc import authorize, endpoints, logout, pages

urlpatterns = [
    path(".well-known/openid-configuration", endpoints.discovery, name="oidc-discovery"),
    path("oidc/keys", endpoints.jwks, name="oidc-keys"),
    path("oidc/authorize", authorize.authorize, name="oidc-authorize"),
    path("oidc/token", endpoints.token, name="oidc-token"),
    path("oidc/userinfo", endpoints.userinfo, name="oidc-userinfo"),
    path("oidc/logout", logout.logout, name="oidc-logout"),
    path("oidc/revoke", endpoints.revoke, name="oidc-revoke"),
    path("me/applications", pages.applications, name="applications"),
    path("me/applications/<token:client_id>/revoke", pages.take_away, name="take-away"),
]
