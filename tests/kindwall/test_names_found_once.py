"""A public name of a module means one thing in the whole product, so that a search for the word finds it."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[2]
APPS = ("accounts", "archives", "kindwall", "moderation", "notices", "stories", "syndication")
# Django looks for these by their names. A view is named in its app's urls.py, and templates load tags by their library.
GIVEN = {"Command", "logger", "register", "urlpatterns"}
ELSEWHERE = {"migrations", "views", "templatetags"}


def test_every_public_name_is_defined_in_one_module() -> None:
    places: dict[str, set[str]] = defaultdict(set)
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            module = path.relative_to(ROOT)
            if ELSEWHERE.isdisjoint(module.parts):
                for name in public_names(path):
                    places[name].add(str(module))
    twice = [f"{name} in {' and '.join(sorted(found))}" for name, found in sorted(places.items()) if len(found) > 1]
    assert not twice, "Give one of them another name:\n" + "\n".join(twice)


def public_names(path: Path) -> Iterator[str]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names = [name]
            case ast.Assign(targets=targets):
                names = [target.id for target in targets if isinstance(target, ast.Name)]
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.TypeAlias(name=ast.Name(id=name)):
                names = [name]
            case _:
                continue
        yield from (name for name in names if not name.startswith("_") and name not in GIVEN)
