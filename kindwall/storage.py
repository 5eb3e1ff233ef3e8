"""Static files with their contents' hash in the name; the stylesheet and each script as one file.

Both are kept as one file per component or behaviour. A browser that followed their imports would make a request for
each, after it has read the one before. Comments and indentation are a quarter of what it would receive, compressed too,
and stay here.
"""

import re
from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

CSS_IMPORT = re.compile(r'@import url\("(?P<name>[\w-]+\.css)"\) layer\((?P<layer>[\w-]+)\);')
JS_IMPORT = re.compile(r'^import (?:(?P<names>\{ \w+(?:, \w+)* \}) from )?"\./(?P<file>[\w-]+\.js)";\n', re.MULTILINE)
JS_EXPORT = re.compile(r"^export (?=(?:(?:async )?function\*? |class |const )(?P<name>\w+))", re.MULTILINE)
CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
JS_COMMENT_LINE = re.compile(r"^ *//.*\n", re.MULTILINE)
INDENTATION = re.compile(r"^[ \n]+", re.MULTILINE)
MODULE_SYNTAX = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


class BundledStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Writes the imports of css/kindwall.css and of each script in js/ out in place.

    A module that two scripts of one page import exists there twice, so it must not define an element.
    """

    manifest_strict = True
    stylesheet = "css/kindwall.css"

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._urls: dict[tuple[str | None, bool], str] = {}

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        if not dry_run:
            # Sources are read from where they were found, because the target may contain an earlier bundle.
            sources = {
                name: read_stored(*found) for name, found in paths.items() if name == self.stylesheet or is_script(name)
            }
            for name, source in sources.items():
                whole = bundle_script(name, sources) if is_script(name) else self._bundle_styles(source)
                self.delete(name)
                self._save(name, ContentFile(whole.encode()))
                # The hash has to be that of the bundle in the storage, not of the source.
                paths[name] = (self, name)
        yield from super().post_process(paths, dry_run, **options)

    def url(self, name: str | None, force: bool = False) -> str:
        """Return the address of a file, which stays the same as long as the process runs."""
        if (name, force) not in self._urls:
            self._urls[name, force] = super().url(name, force)
        return self._urls[name, force]

    def _bundle_styles(self, source: str) -> str:
        def inline(match: re.Match[str]) -> str:
            with self.open(f"css/{match['name']}") as file:
                return f"@layer {match['layer']} {{\n{file.read().decode()}}}\n"

        return compact_styles(CSS_IMPORT.sub(inline, source))


def is_script(name: str) -> bool:
    return name.startswith("js/") and name.endswith(".js")


def read_stored(storage: Any, name: str) -> str:
    with storage.open(name) as file:
        text: str = file.read().decode()
    return text


def bundle_script(name: str, sources: dict[str, str]) -> str:
    """Return the script with all that it imports, each module once and in a scope of its own.

    It knows the two forms of import and the one form of export that our scripts have. ValueError for any other.
    """
    if not JS_IMPORT.search(sources[name]):
        return compact_script(name, sources[name])
    modules: dict[str, str] = {}
    add_module(name, sources, modules, path=())
    return compact_script(name, "".join(modules.values()))


def compact_script(name: str, source: str) -> str:
    """Return the script without lines of comment and without indentation.

    ValueError for a text in backquotes over several lines, whose indentation is part of it.
    """
    compact = INDENTATION.sub("", JS_COMMENT_LINE.sub("", source))
    if left := next((line for line in compact.splitlines() if line.count("`") % 2), ""):
        raise ValueError(f"{name} has a text over several lines: {left}")
    return compact


def compact_styles(source: str) -> str:
    """Return the style sheet without comments and indentation."""
    return INDENTATION.sub("", CSS_COMMENT.sub("", source))


def add_module(name: str, sources: dict[str, str], modules: dict[str, str], path: tuple[str, ...]) -> None:
    """Add the module to `modules`, after those that it imports."""
    if name in path:
        raise ValueError(f"{name} imports itself, by way of {' and '.join(path)}.")
    if name in modules:
        return
    for match in JS_IMPORT.finditer(sources[name]):
        add_module(f"js/{match['file']}", sources, modules, (*path, name))
    exports = ", ".join(match["name"] for match in JS_EXPORT.finditer(sources[name]))
    body = JS_EXPORT.sub("", JS_IMPORT.sub(write_import, sources[name]))
    if left := MODULE_SYNTAX.search(body):
        raise ValueError(f"{name} has an import or export that is not understood: {left[0]}")
    result = f"return {{ {exports} }};\n" if exports else ""
    modules[name] = f"const {variable(name)} = (() => {{\n{body}{result}}})();\n"


def write_import(match: re.Match[str]) -> str:
    return f"const {match['names']} = {variable('js/' + match['file'])};\n" if match["names"] else ""


def variable(name: str) -> str:
    return "$" + re.sub(r"\W", "_", name.removeprefix("js/").removesuffix(".js"))
