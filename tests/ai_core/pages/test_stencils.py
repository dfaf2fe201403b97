"""Pieces that many rows have alike: drawn once, filled for each row."""

import pytest
from django.template import engines
from django.test import override_settings
from django.utils import translation

from ai_core.pages import stencils


@pytest.fixture
def menus(monkeypatch):
    """Draw from this text, and count how often."""
    drawn = []
    stop = "<b title='{{ name }}'>{% translate 'Stop' %}</b>"
    template = engines["django"].from_string(
        "{% load i18n %}{% if 'stop' in variant.0 %}" + stop + "{% endif %}{{ name }}#{{ id }}"
    )

    def draw(_name, context):
        drawn.append(context["variant"])
        return template.render(context)

    monkeypatch.setattr(stencils.loader, "render_to_string", draw)
    stencils._drawn.cache_clear()
    yield drawn
    stencils._drawn.cache_clear()


def menu(*actions, name="Anna", id=7):
    return stencils.filled("menu.html", frozenset(actions), name=name, id=id)


def test_it_is_drawn_once_for_each_variant_and_language(menus):
    assert menu("stop") == "<b title='Anna'>Stop</b>Anna#7"
    assert menu("stop", name="Bo", id=12345) == "<b title='Bo'>Stop</b>Bo#12345"
    assert menu() == "Anna#7"
    with translation.override("fr"):
        assert "Arrêter" in menu("stop")
    assert len(menus) == 3


def test_what_fills_a_gap_is_escaped_and_never_read_as_a_gap(menus):
    assert menu(name="<i>'") == "&lt;i&gt;&#x27;#7"
    assert menu(name="\ue000id\ue001") == "\ue000id\ue001#7"


def test_whoever_edits_templates_sees_them_at_once(menus):
    with override_settings(DEBUG=True):
        menu()
        menu()
    assert len(menus) == 2
