"""Static files with their contents' hash in the name, and the stylesheet as one file."""

import re
from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

IMPORT = re.compile(r'@import url\("(?P<name>[\w-]+\.css)"\) layer\((?P<layer>[\w-]+)\);')


class BundledStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Writes each layered @import of css/kindwall.css out in place.

    The stylesheet is kept as one file per component; a browser that followed the imports
    would make a request for each, after it has read the first.
    """

    manifest_strict = True
    support_js_module_import_aggregation = True  # a script's imports have the hashes in their names too
    bundle = "css/kindwall.css"

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        if not dry_run and self.bundle in paths:
            # The source is read from where it was found, because the target may contain an earlier bundle.
            storage, name = paths[self.bundle]
            with storage.open(name) as file:
                source = file.read().decode()
            self.delete(self.bundle)
            self._save(self.bundle, ContentFile(IMPORT.sub(self._inline_import, source).encode()))
            # The hash has to be that of the bundle in the storage, not of the source.
            paths[self.bundle] = (self, self.bundle)
        yield from super().post_process(paths, dry_run, **options)

    def _inline_import(self, match: re.Match[str]) -> str:
        with self.open(f"css/{match['name']}") as file:
            return f"@layer {match['layer']} {{\n{file.read().decode()}}}\n"
