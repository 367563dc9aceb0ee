"""What templates say often: icons, sizes, days, initials."""

from datetime import date, datetime

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cartable.kernel.languages import LANGUAGES
from cartable.web import formats

register = template.Library()
register.filter("size", formats.size)
register.filter("number", formats.number)
register.filter("initials", formats.initials)
register.filter("harmless", formats.harmless)


@register.simple_tag
def icon(name: str, pixels: int = 20) -> SafeString:
    """Draw an icon of the sprite. It is never the only name of anything."""
    return format_html(
        '<svg class="icon" width="{0}" height="{0}" aria-hidden="true"><use href="{1}#{2}"/></svg>',
        pixels, static("web/icons.svg"), name,
    )  # fmt: skip


@register.filter
def other_languages(code: str) -> list[tuple[str, str]]:
    """Return the languages that pages are in beside one, each by its code and its own name."""
    return [(one, name) for one, name in LANGUAGES.items() if one != code]


@register.filter
def when(value: datetime | int) -> SafeString:
    """Write a day of a list, the hour in its title."""
    moment = formats.local(value)
    title = f"{formats.long_day(moment)}, {formats.hour(moment)}"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(timespec="minutes"), title, formats.short_day(moment),
    )  # fmt: skip


@register.filter
def moment(value: datetime | int) -> str:
    """Write a day and its hour in a sentence."""
    local = formats.local(value)
    return f"{formats.long_day(local)}, {formats.hour(local)}"


@register.filter
def day(value: date | datetime) -> str:
    """Write a day in a sentence."""
    return formats.long_day(formats.local(value) if isinstance(value, datetime) else value)
