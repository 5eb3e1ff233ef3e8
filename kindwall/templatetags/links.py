"""Django’s `{% url %}`, with a cache of addresses: a page of a team has two dozen, and each takes a while to make.

Which address a view has depends on nothing but its name and its arguments.
"""

from functools import lru_cache
from typing import Any

from django.template import Library
from django.template.base import Node, Parser, Token
from django.template.context import Context
from django.template.defaulttags import URLNode, url
from django.urls import reverse
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

register = Library()
MOST_LINKS_KEPT = 4096  # addresses of stories and teams; the least recently used go first


class CachedURLNode(Node):
    def __init__(self, node: URLNode) -> None:
        self.name = node.view_name
        self.args = node.args
        self.kwargs = node.kwargs

    def render(self, context: Context) -> SafeString:
        kwargs = tuple((name, value.resolve(context)) for name, value in self.kwargs.items())
        return link_address(self.name.resolve(context), tuple(one.resolve(context) for one in self.args), kwargs)


@lru_cache(maxsize=MOST_LINKS_KEPT)
def link_address(name: str, args: tuple[Any, ...], kwargs: tuple[tuple[str, Any], ...]) -> SafeString:
    return conditional_escape(reverse(name, args=args, kwargs=dict(kwargs)))


@register.tag("url")
def cached_url(parser: Parser, token: Token) -> Node:
    node = url(parser, token)
    return node if node.asvar else CachedURLNode(node)
