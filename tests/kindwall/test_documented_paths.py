"""Every file and name that the documents point at exists."""

import re
from pathlib import Path
from pkgutil import resolve_name

import pytest

pytestmark = pytest.mark.once

HERE = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([HERE / "README.md", HERE / "CONTRIBUTING.md", *(HERE / "docs").rglob("*.md")])
# Examples of a file that whoever follows a recipe writes, and members of archives.
EXAMPLES = {
    "pictures/<person>.webp",
    "templates/stories/mail/published_subject.txt",
    "templates/stories/mail/published_message.txt",
    "tests/stories/test_published_mail.py",
}
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"(?P<path>[\w.<>*-]+(?:/[\w.<>*-]+)+\.[a-z]{2,5})(?:: (?P<name>\w+))?")
DOTTED = re.compile(r"(?:kindwall|accounts|stories|moderation|archives)(?:\.\w+)+")
TEST_FILE = re.compile(r"test_\w+\.py")


def wrong_in(text: str) -> list[str]:
    """Return what a document names in backticks and does not exist."""
    return [code for code in CODE.findall(text) if code not in EXAMPLES and not exists(code)]


def exists(code: str) -> bool:
    if found := PATH.fullmatch(code):
        files = list(HERE.glob(found["path"]))
        return bool(files) and (found["name"] is None or any(found["name"] in file.read_text() for file in files))
    if DOTTED.fullmatch(code):
        return is_python_name(code)
    return not TEST_FILE.fullmatch(code) or any((HERE / "tests").rglob(code))


def is_python_name(name: str) -> bool:
    try:
        resolve_name(name)
    except (ImportError, AttributeError):
        return False
    return True


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: str(document.relative_to(HERE)))
def test_document_names_only_what_exists(document: Path) -> None:
    assert wrong_in(document.read_text()) == []


def test_missing_files_and_names_are_found() -> None:
    right = "`docs/using.md`, `kindwall/clock.py: at`, `kindwall.clock.at`, `test_documented_paths.py`, `make test`"
    wrong = ["docs/missing.md", "kindwall/clock.py: nothing_like_this", "kindwall.clock.missing", "test_no_such.py"]
    assert wrong_in(right) == []
    assert wrong_in(" ".join(f"`{code}`" for code in wrong)) == wrong
