"""Records of what is read while a test opens pages: parameters of addresses, and outgoing connections."""

import ast
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.forms import BaseForm
from django.http import QueryDict

# Every way in which Python asks for a connection, a name's address among them. PostgreSQL's library has its own.
WAYS_OUT = [(socket.socket, "connect"), (socket.socket, "connect_ex"), (socket.socket, "sendto")]
WAYS_OUT += [(socket, "getaddrinfo"), (socket, "gethostbyname")]  # type: ignore[list-item]


@contextmanager
def nobody_called() -> Iterator[list[str]]:
    """Refuses every connection, and says which were asked for: what refuses may be caught where it is asked."""
    called: list[str] = []

    def refuse(*asked: Any, **more: Any) -> None:
        called.append(str(asked))
        raise ConnectionRefusedError(f"Nothing may leave: {asked}")

    with ExitStack() as stack:
        for owner, name in WAYS_OUT:
            stack.enter_context(patch.object(owner, name, refuse))
        yield called


@contextmanager
def parameters_looked_for() -> Iterator[set[str]]:
    """The names that are looked for in the query of any request, by whichever way."""
    looked_for: set[str] = set()

    class Watched(QueryDict):
        def __init__(self, *given: Any, **more: Any) -> None:
            before = set(looked_for)
            super().__init__(*given, **more)
            looked_for.intersection_update(before)  # to be filled it looks into itself

        def __getitem__(self, key: str) -> Any:
            looked_for.add(key)
            return super().__getitem__(key)

        def __contains__(self, key: object) -> bool:
            looked_for.add(str(key))
            return super().__contains__(key)

        def getlist(self, key: str, default: Any = None) -> Any:
            looked_for.add(key)
            return super().getlist(key, default)

    with patch("django.core.handlers.wsgi.QueryDict", Watched):
        yield looked_for


def parameters_written_of(app: str) -> set[str]:
    """The names in `request.GET` that an app's code tells of, also where no walk comes by."""
    found: set[str] = set()
    for path in (Path(settings.BASE_DIR) / app).rglob("*.py"):
        if "migrations" not in path.parts:
            found |= parameters_in(path)
    return found


def parameters_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "GET":
            names = names_read(node, parents, path)
            assert names, f"{path}, line {node.lineno}: say the name right behind `GET`, or give it to a form"
            found |= names
    return found


def names_read(query: ast.expr, parents: dict[ast.AST, ast.AST], path: Path) -> set[str]:
    """`GET.get("name")`, `GET["name"]`, `"name" in GET`, `Form(GET)`, `Value.read(GET)` of a class that has NAMES."""
    match parents[query]:
        case ast.Attribute() as method:
            match parents[method]:
                case ast.Call(args=[ast.Constant(value=str(name)), *_]):
                    return {name}
        case ast.Subscript(slice=ast.Constant(value=str(name))) | ast.Compare(left=ast.Constant(value=str(name))):
            return {name}
        case ast.Call(func=ast.Attribute(value=ast.Name(id=value), attr="read")):
            return set(named_in(path, value).NAMES)
        case ast.Call(func=ast.Name(id=form)):
            kind = named_in(path, form)
            return set(kind.base_fields) if issubclass(kind, BaseForm) else set()
    return set()


def named_in(path: Path, name: str) -> Any:
    module = ".".join(path.relative_to(settings.BASE_DIR).with_suffix("").parts)
    return getattr(import_module(module), name)
