"""What the demo's jobs are called, and the texts that they work on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ai_core import text

SAMPLES = Path(text.__file__).parent / "samples"
LANGUAGES = {"humari": "fr"}  # the others speak English
WORDS: dict[str, dict[str, Any]] = {
    "fr": {
        "analysis": "Analyse SEO : {title}",
        "summary": "Résumé : {title}",
        "page": "Page entière : {title}",
        "blank": "Page importée du site",
        "inside": "Contrôle de l’intranet",
        "draft": "Brouillon de la page d’accueil",
        "later": "Contrôle du site, demain matin",
        "waiting": "En attente dans la file de démonstration",
        "long": "Longue attente, pour voir un travail en cours",
        "short": "Courte attente",
        "paused": "Longue attente, mise en pause",
        "told": "Il devait échouer.",
        "overdue": "Le délai est dépassé.",
        "late": "Import trop lent",
        "failed": "Un échec voulu, pour voir les erreurs",
        "cancelled": "Analyse d’une ancienne page",
        "notes": "La page a été retirée du site.",
        "releases": ("Refonte du site", "Lettre d’automne"),
    },
    "en": {
        "analysis": "SEO analysis: {title}",
        "summary": "Summary: {title}",
        "page": "Whole page: {title}",
        "blank": "Page imported from the site",
        "inside": "Check of the intranet",
        "draft": "Draft of the front page",
        "later": "Check of the site, tomorrow morning",
        "waiting": "Waiting in the demo queue",
        "long": "A long wait, to see a job that runs",
        "short": "A short wait",
        "paused": "A long wait, paused",
        "told": "It was told to fail.",
        "overdue": "Its time-out has passed.",
        "late": "Import that took too long",
        "failed": "Fails on purpose, to see errors",
        "cancelled": "Analysis of an old page",
        "notes": "The page was taken off the site.",
        "releases": ("Website relaunch", "Autumn newsletter"),
    },
}


def sample(language: str) -> tuple[str, str]:
    """Return the title and the whole of the text engine's own sample."""
    whole = (SAMPLES / f"{language}.md").read_text()
    return whole.partition("\n")[0].lstrip("# "), whole


def parts(language: str) -> Iterator[tuple[str, str]]:
    """Yield the sections of the sample, as texts of their own."""
    for part in re.split(r"^## ", sample(language)[1], flags=re.MULTILINE)[1:]:
        title, _line, body = part.partition("\n")
        yield title.strip(), f"## {title.strip()}\n\n{body.strip()}"
