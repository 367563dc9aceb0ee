"""Addresses of delegated administration."""

from django.urls import path

from cartable.portal.admin import absences, applications, erasures, pages, persons, retentions, structures

urlpatterns = [
    path("admin", pages.home, name="admin"),
    path("admin/people", pages.people, name="admin-people"),
    path("admin/people/find", pages.find, name="admin-find"),
    path("admin/people/new", pages.post, name="admin-welcome"),
    path("admin/people/<token:sub>", persons.person, name="admin-person"),
    path("admin/people/<token:sub>/reset", persons.reset, name="admin-reset"),
    path("admin/people/<token:sub>/postings/new", persons.post, name="admin-post"),
    path("admin/people/<token:sub>/postings/<id:posting_id>", persons.change_posting, name="admin-posting"),
    path("admin/people/<token:sub>/roles", persons.give_role, name="admin-give-role"),
    path("admin/absences", absences.every, name="admin-absences"),
    path("admin/people/<token:sub>/absences", absences.of, name="admin-absences-of"),
    path("admin/people/<token:sub>/absences/new", absences.state, name="admin-state-absence"),
    path("admin/people/<token:sub>/absences/<id:absence_id>", absences.change, name="admin-absence"),
    path("admin/people/<token:sub>/erasure", erasures.erasure, name="admin-erasure"),
    path("admin/erasures", erasures.every, name="admin-erasures"),
    path("admin/roles", structures.given_roles, name="admin-roles"),
    path("admin/roles/<id:delegation_id>/end", persons.end_role, name="admin-end-role"),
    path("admin/rooms", structures.rooms, name="admin-rooms"),
    path("admin/structures", pages.places, name="admin-structures"),
    path("admin/teams", structures.all_teams, name="admin-teams"),
    path("admin/teams/<id:team_id>", structures.change_team, name="admin-team"),
    path("admin/demands", structures.factors, name="admin-demands"),
    path("admin/demands/<id:demand_id>/drop", structures.drop_demand, name="admin-drop-demand"),
    path("admin/applications", applications.applications, name="admin-applications"),
    path("admin/applications/new", applications.register, name="admin-register"),
    path("admin/applications/<token:client_id>", applications.application, name="admin-application"),
    path(
        "admin/applications/<token:client_id>/change", applications.change_application, name="admin-change-application"
    ),
    path("admin/retentions", retentions.every, name="admin-retentions"),
    path("admin/retentions/<token:name>", retentions.one, name="admin-retention"),
    path("admin/audit", pages.audit, name="admin-audit"),
]
