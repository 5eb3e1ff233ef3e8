"""Tests of the static files: each script is one file, with what it imports."""

import re

import pytest

from kindwall.storage import bundle_script, compact_script, compact_styles
from tests.prepared import collected_files, shared_folder

pytestmark = pytest.mark.once

SOURCES = {
    "js/page.js": 'import "./greeting.js";\nimport { twice } from "./numbers.js";\nconsole.log(twice(2));\n',
    "js/greeting.js": 'import { twice } from "./numbers.js";\nconst words = "hello";\nconsole.log(words, twice(1));\n',
    "js/numbers.js": "const words = 2;\nexport const twice = (number) => words * number;\n",
    "js/alone.js": "const alone = true;\n",
}


def test_script_is_bundled_with_its_modules_once_and_in_order() -> None:
    bundle = bundle_script("js/page.js", SOURCES)
    assert re.findall(r"^const (\$\w+) = ", bundle, re.MULTILINE) == ["$numbers", "$greeting", "$page"]
    assert re.findall(r"^(?:im|ex)port", bundle, re.MULTILINE) == []
    assert bundle.count("const { twice } = $numbers;") == 2
    assert "return { twice };" in bundle


def test_script_without_imports_stays_as_it_is() -> None:
    assert bundle_script("js/alone.js", SOURCES) == SOURCES["js/alone.js"]


def test_comments_and_indentation_stay_on_the_server() -> None:
    script = "// Counts.\nconst count = () => {\n  // One more.\n  return `a ${1} // b`; // two\n};\n"
    assert compact_script("js/count.js", script) == "const count = () => {\nreturn `a ${1} // b`; // two\n};\n"
    styles = "/* A note,\n   and more. */\n.note {\n  color: red;\n\n  & p { margin: 0 } }\n"
    assert compact_styles(styles) == ".note {\ncolor: red;\n& p { margin: 0 } }\n"


def test_indentation_that_is_part_of_a_text_is_refused() -> None:
    with pytest.raises(ValueError, match="several lines"):
        compact_script("js/text.js", "const text = `one\n  two`;\n")


@pytest.mark.parametrize(
    ("name", "source", "words"),
    [
        ("js/a.js", 'import { b as c } from "./numbers.js";\nimport "./numbers.js";\n', "not understood"),
        ("js/a.js", 'import "./numbers.js";\nexport default 1;\n', "not understood"),
        ("js/a.js", 'import "./a.js";\n', "imports itself"),
    ],
)
def test_bundle_refuses_what_it_would_break(name: str, source: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        bundle_script(name, SOURCES | {name: source})


def test_collected_scripts_need_no_other_file(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = collected_files(shared_folder(tmp_path_factory.getbasetemp())) / "static" / "js"
    scripts = list(folder.glob("*.js"))
    assert any(path.name.startswith("wall.") for path in scripts)
    for path in scripts:
        assert not re.search(r"^import\b", path.read_text(), re.MULTILINE), path.name
