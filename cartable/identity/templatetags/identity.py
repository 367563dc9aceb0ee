"""What pages of the library, which we only dress, need to know of identity."""

from django import template

from cartable.identity import upstreams

register = template.Library()


@register.simple_tag
def academies_connect() -> bool:
    """Return whether people may sign in by an academy."""
    return bool(upstreams.known())
