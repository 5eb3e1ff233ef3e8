"""The `{% url %}` of our templates: the addresses of Django's own, each put together once."""

import pytest
from django.template import engines
from django.urls import NoReverseMatch, reverse

from kindwall.templatetags.links import link_address

pytestmark = pytest.mark.once


def rendered(source: str, **context: object) -> str:
    return engines["django"].from_string(source).render(context)


def test_url_is_that_of_its_arguments() -> None:
    for slug in ("harbour", "elsewhere"):
        assert rendered('{% url "wall" slug %}', slug=slug) == f"/{slug}/"
        assert rendered('{% url "react" team=slug pk=3 %}', slug=slug) == reverse("react", args=[slug, 3])
    assert rendered('{% url "wall" "harbour" as wall %}[{{ wall }}]') == "[/harbour/]"
    with pytest.raises(NoReverseMatch):
        rendered('{% url "no such page" %}')


def test_address_is_put_together_once() -> None:
    link_address.cache_clear()
    for _time in range(3):
        rendered('{% url "mine" slug %}', slug="harbour")
    assert (link_address.cache_info().misses, link_address.cache_info().hits) == (1, 2)
