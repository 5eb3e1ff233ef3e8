"""Django's i18n tags, with a cache of the translations of `{% translate "…" %}` in each language.

Django looks up a fixed text each time it is rendered, which takes a third of the time of the wall's template. Templates
that every page uses have `{% load texts %}`; elsewhere `{% load i18n %}` is enough.
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
    def __init__(self, node: i18n.TranslateNode) -> None:
        self.node = node
        self.rendered: dict[str | None, str] = {}

    def render(self, context: Context) -> str:
        language = get_language()
        if language not in self.rendered:
            self.rendered[language] = self.node.render(context)
        return self.rendered[language]


@register.tag("trans")
@register.tag("translate")
def translate(parser: Parser, token: Token) -> Node:
    node = i18n.do_translate(parser, token)
    return FixedText(node) if is_fixed(node) else node


def is_fixed(node: i18n.TranslateNode) -> bool:
    """Return whether the tag renders the same text each time: a literal without filters, rendered in place."""
    text, about = node.filter_expression, node.message_context
    if node.noop or node.asvar or text.filters or (about and (about.is_var or about.filters)):
        return False
    return text.var.literal is not None and not text.var.lookups
