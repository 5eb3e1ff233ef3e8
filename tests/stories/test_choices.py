"""Each kind, quality and reaction has all that belongs to it; what is forgotten is named with its file."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.utils.translation import override

from stories.cards import UPLIFT
from stories.forms import KIND_LABELS
from stories.models import Action, Kind, Quality, ReactionKind, State, Story
from stories.models.text import PART_NAMES
from tests.kindwall.test_translations import CATALOGS, catalog_at, forms, texts

pytestmark = pytest.mark.once

ROOT = Path(settings.BASE_DIR)
ICONS = (ROOT / "static/img/marks.svg").read_text()
PLACES_OF_ICONS = (ROOT / "static/css/mark.css").read_text()
PAPERS = (ROOT / "static/css/papers.css").read_text()
GUIDE = (ROOT / "docs/using.md").read_text().replace("'", "’").lower()


def in_english(label: Any) -> str:
    with override("en"):
        return str(label)


@pytest.mark.parametrize("key", [*Kind.values, *Quality.values, UPLIFT, *ReactionKind.values])
def test_choice_has_an_icon(key: str) -> None:
    ids = re.findall(r'<g id="([\w-]+)"', ICONS)
    assert key in ids, f"static/img/marks.svg: draw the icon with the id “{key}” below the others."
    place = f".mark-{key} {{ --at: {ids.index(key)}; }}"
    assert place in PLACES_OF_ICONS, f"static/css/mark.css: add the place of the icon: {place}"
    assert f'viewBox="0 0 24 {24 * len(ids)}"' in ICONS, "static/img/marks.svg: make the drawing 24 units higher."


@pytest.mark.parametrize("key", Quality.values)
def test_quality_has_a_paper(key: str) -> None:
    for rule in (f"--{key}: ", f"--{key}-ink: ", f".paper-{key} ", f'.paper-by-choice:has([value="{key}"]:checked)'):
        assert rule in PAPERS, f"static/css/papers.css: give the quality “{key}” its paper by a rule “{rule.strip()}”."


@pytest.mark.parametrize("kind", list(Kind))
def test_kind_has_a_label_in_the_composer(kind: Kind) -> None:
    assert kind in dict(KIND_LABELS), f"stories/forms.py: say in KIND_LABELS how an author calls “{kind}”."


@pytest.mark.parametrize("kind", list(ReactionKind))
def test_reaction_has_a_count(kind: ReactionKind) -> None:
    columns = {field.name for field in Story._meta.concrete_fields}
    assert kind.counter in columns, f"stories/models/fields.py: add the column {kind.counter}, which counts “{kind}”."


@pytest.mark.parametrize("choice", [*Kind, *Quality, *ReactionKind])
def test_choice_is_in_the_guide(choice: Kind | Quality | ReactionKind) -> None:
    label = in_english(choice.label)
    assert label.lower() in GUIDE, f"docs/using.md: name “{label}” beside the others."


@cache
def translated(path: Path) -> set[str]:
    return {forms(message.id)[0] for message in texts(catalog_at(path)) if all(forms(message.string))}


@pytest.mark.parametrize("path", [pytest.param(path, id=path.parts[-3]) for path in CATALOGS])
def test_choice_is_translated(path: Path) -> None:
    choices = [*Kind, *Quality, *ReactionKind, *State, *Action]
    labels = [*(choice.label for choice in choices), *dict(KIND_LABELS).values(), *PART_NAMES.values()]
    missing = sorted({in_english(label) for label in labels} - translated(path))
    assert not missing, f"{path.relative_to(ROOT)}: run `make translations`, then translate {missing}."


def test_models_have_their_migrations() -> None:
    loader = MigrationLoader(None)
    changes = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps)).changes(graph=loader.graph)
    missing = [
        f"{app}/migrations/: run `manage.py makemigrations {app} --name …`; it will: {operation.describe()}."
        for app, migrations in changes.items()
        for migration in migrations
        for operation in migration.operations
    ]
    assert not missing, "\n".join(missing)
