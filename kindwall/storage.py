"""Static files with their contents' hash in the name; the stylesheet and each script as one file.

Both are kept as one file per component or behaviour. A browser that followed their imports would make a request for
each, after it has read the one before.
"""

import re
from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

CSS_IMPORT = re.compile(r'@import url\("(?P<name>[\w-]+\.css)"\) layer\((?P<layer>[\w-]+)\);')
JS_IMPORT = re.compile(r'^import (?:(?P<names>\{ \w+(?:, \w+)* \}) from )?"\./(?P<file>[\w-]+\.js)";\n', re.MULTILINE)
JS_EXPORT = re.compile(r"^export (?=(?:(?:async )?function\*? |class |const )(?P<name>\w+))", re.MULTILINE)
MODULE_SYNTAX = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


class BundledStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Writes the imports of css/kindwall.css and of each script in js/ out in place.

    Two scripts of one page must not import the same module: each would have a copy of its own.
    """

    manifest_strict = True
    stylesheet = "css/kindwall.css"

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        if not dry_run:
            # Sources are read from where they were found, because the target may contain an earlier bundle.
            sources = {
                name: read(*found) for name, found in paths.items() if name == self.stylesheet or is_script(name)
            }
            for name, source in sources.items():
                whole = bundle_script(name, sources) if is_script(name) else self._bundle_styles(source)
                self.delete(name)
                self._save(name, ContentFile(whole.encode()))
                # The hash has to be that of the bundle in the storage, not of the source.
                paths[name] = (self, name)
        yield from super().post_process(paths, dry_run, **options)

    def _bundle_styles(self, source: str) -> str:
        def inline(match: re.Match[str]) -> str:
            with self.open(f"css/{match['name']}") as file:
                return f"@layer {match['layer']} {{\n{file.read().decode()}}}\n"

        return CSS_IMPORT.sub(inline, source)


def is_script(name: str) -> bool:
    return name.startswith("js/") and name.endswith(".js")


def read(storage: Any, name: str) -> str:
    with storage.open(name) as file:
        text: str = file.read().decode()
    return text


def bundle_script(name: str, sources: dict[str, str]) -> str:
    """Return the script with all that it imports, each module once and in a scope of its own.

    It knows the two forms of import and the one form of export that our scripts have. ValueError for any other.
    """
    if not JS_IMPORT.search(sources[name]):
        return sources[name]
    modules: dict[str, str] = {}
    add_module(name, sources, modules, path=())
    return "".join(modules.values())


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
