"""Django's i18n tags, with what `{% translate "…" %}` says kept in each language.

Django looks a fixed text up again each time it is drawn: a third of what drawing the wall's template takes. The
templates that every page is drawn with say `{% load texts %}`; elsewhere `{% load i18n %}` does.
"""

from django.template import Library
from django.template.base import Node, Parser, Token
from django.template.context import Context
from django.templatetags import i18n
from django.utils.translation import get_language

register = Library()
register.tags.update(i18n.register.tags)
register.filters.update(i18n.register.filters)


class FixedText(Node):
    def __init__(self, found: i18n.TranslateNode) -> None:
        self.found = found
        self.said: dict[str | None, str] = {}

    def render(self, context: Context) -> str:
        language = get_language()
        if language not in self.said:
            self.said[language] = self.found.render(context)
        return self.said[language]


@register.tag("trans")
@register.tag("translate")
def translate(parser: Parser, token: Token) -> Node:
    found = i18n.do_translate(parser, token)
    return FixedText(found) if is_fixed(found) else found


def is_fixed(found: i18n.TranslateNode) -> bool:
    """Whether it says the same whenever it is said: words in quotes, without filters, said at once."""
    text, about = found.filter_expression, found.message_context
    if found.noop or found.asvar or text.filters or (about and (about.is_var or about.filters)):
        return False
    return text.var.literal is not None and not text.var.lookups
