"""The rules that keep brands apart: a model, view or serializer that breaks one fails here."""

import ast
import tomllib
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.urls import get_resolver
from rest_framework.generics import GenericAPIView
from rest_framework.views import APIView

from brands.api.permissions import AtTheBrowserOrManages, InBrand, Known, Manages
from brands.api.scoping import BrandScopedMixin
from brands.scoping import BrandScopedModel, BrandScopedQuerySet, OwnOrSharedModel

ROOT = Path(settings.BASE_DIR)
OURS = [
    app.label for app in apps.get_app_configs()
    if Path(app.path).parent == ROOT
]  # fmt: skip
# Open to everyone on purpose.
# TimeView tells a clock: what is signed needs it before anybody can be known.
# TrainingWebhookView asks for a signature instead.
OPEN = {
    "IndexView", "SchemaView", "DocsView", "DownloadView", "TimeView", "TrainingWebhookView",
}  # fmt: skip
CAREFUL = (Known, InBrand, Manages, AtTheBrowserOrManages)


def our_models():
    return [model for app in OURS for model in apps.get_app_config(app).get_models()]


def our_views(patterns=None):
    for each in patterns if patterns is not None else get_resolver().url_patterns:
        if hasattr(each, "url_patterns"):
            yield from our_views(each.url_patterns)
        elif issubclass(view := getattr(each.callback, "cls", object), APIView):
            yield view


def test_every_app_is_under_the_rules_of_imports():
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = linter["contracts"][0]["layers"]
    under = {name.strip(" ()") for layer in layers for name in layer.split("|")}
    assert set(OURS) <= under
    assert set(OURS) <= set(linter["root_packages"])


def unscoped_models(models):
    return [
        model.__name__
        for model in models
        if any(field.name == "brand" for field in model._meta.concrete_fields)
        and not (
            issubclass(model, BrandScopedModel | OwnOrSharedModel)
            and isinstance(model._default_manager.all(), BrandScopedQuerySet)
        )
    ]


def test_every_model_with_a_brand_is_scoped():
    assert unscoped_models(our_models()) == []


def test_every_view_over_a_scoped_model_uses_the_mixin():
    loose = [
        view.__name__
        for view in our_views()
        if issubclass(view, GenericAPIView)
        and view.queryset is not None
        and hasattr(view.queryset, "for_brand")
        and not issubclass(view, BrandScopedMixin)
    ]
    assert loose == []


def test_a_scoped_view_keeps_the_mixins_narrowing_in_front():
    """A class that lists the mixin after the generic view would not be narrowed."""
    for view in our_views():
        if issubclass(view, BrandScopedMixin) and issubclass(view, GenericAPIView):
            order = view.__mro__
            assert order.index(BrandScopedMixin) < order.index(GenericAPIView), view


def test_every_view_asks_who_is_there():
    loose = [
        view.__name__
        for view in our_views()
        if view.__name__ not in OPEN
        and not any(issubclass(one, CAREFUL) for one in view.permission_classes)
    ]
    assert loose == []


def python_files():
    for app in OURS:
        yield from (ROOT / app).rglob("*.py")


def test_no_serializer_or_form_takes_all_fields():
    found = []
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and node.value == "__all__":
                found.append(f"{path.name}:{node.lineno}")
    assert found == []


def test_nobody_asks_objects_without_a_brand_in_a_view():
    """`Model.objects` in an API view module is written once, as the class's `queryset`."""
    for view in our_views():
        if issubclass(view, BrandScopedMixin):
            assert hasattr(view.queryset, "for_brand"), view


WRITES = {"save", "delete", "update", "create", "bulk_create", "get_or_create", "update_or_create"}
# Each leaves its entry itself, or keeps nothing that others would ask about.
OWN_WRITES = {
    ("ai_core/api/queues.py", "queue"),
    ("brands/api/scoping.py", "serializer"),
    ("brands/pages/details.py", "form"),
    ("megahub/pages/news.py", "Reader.objects"),  # how far one has read one's own news
    ("megahub/pages/news.py", "reader"),
}


def test_doors_leave_writing_to_services_which_leave_a_trail():
    files = [one for app in OURS for part in ("api", "pages", "doors")
             for one in (ROOT / app / part).rglob("*.py")]  # fmt: skip
    assert len(files) > 60
    assert {found for file in files for found in _writes(file)} == OWN_WRITES


def _writes(file):
    """Rows that a file writes by itself: not by a module that it imports, nor as a dict."""
    tree = ast.parse(file.read_text())
    modules = {
        name.asname or name.name
        for node in ast.walk(tree) if isinstance(node, ast.ImportFrom | ast.Import)
        for name in node.names
    }  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            on = ast.unparse(node.func.value)
            is_dict = node.func.attr == "update" and isinstance(node.func.value, ast.Name)
            if node.func.attr in WRITES and on not in modules and not is_dict:
                yield str(file.relative_to(ROOT)), on
