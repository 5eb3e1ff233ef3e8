from typing import Any

from django.db import migrations

NAME = 80  # characters of a reason's name


def phrases_to_reasons(apps: Any, schema_editor: Any) -> None:
    """Make a reason of its moderator's own of each phrase; its name is how the phrase begins."""
    Reason, Phrase = apps.get_model("accounts", "Reason"), apps.get_model("stories", "Phrase")
    taken: set[tuple[int, int, str]] = set()
    reasons = []
    for phrase in Phrase.objects.order_by("pk").iterator():
        key = (phrase.team_id, phrase.user_id)
        name = name_of(phrase.words, {name for *whose, name in taken if tuple(whose) == key})
        taken.add((*key, name))
        reasons.append(Reason(team_id=phrase.team_id, user_id=phrase.user_id, name=name, words=phrase.words))
    Reason.objects.bulk_create(reasons, batch_size=500)


def name_of(words: str, taken: set[str]) -> str:
    line = " ".join(words.split())
    name = line if len(line) <= NAME else f"{line[: NAME - 1].rstrip()}…"
    number = 1
    while name in taken:
        number += 1
        name = f"{line[: NAME - 6].rstrip()}… {number}"
    return name


def reasons_to_phrases(apps: Any, schema_editor: Any) -> None:
    Reason, Phrase = apps.get_model("accounts", "Reason"), apps.get_model("stories", "Phrase")
    own = Reason.objects.filter(user__isnull=False)
    phrases = [
        Phrase(team_id=reason.team_id, user_id=reason.user_id, words=(reason.words or reason.name)[:500])
        for reason in own.order_by("pk").iterator()
    ]
    Phrase.objects.bulk_create(phrases, batch_size=500, ignore_conflicts=True)
    own.delete()


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0017_reasons_with_a_letter"),
        ("stories", "0020_stories_set_aside"),
    ]

    operations = [
        migrations.RunPython(phrases_to_reasons, reasons_to_phrases),
        migrations.DeleteModel(name="Phrase"),
    ]
