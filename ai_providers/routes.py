"""Finds who can answer for a model: the brand's providers in their order, and the hub itself."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ai_core.outbound import Limits
from ai_providers.credentials import Secret, open_key
from ai_providers.kinds import kind_named
from ai_providers.kinds.contract import Kind, Target
from ai_providers.kinds.local import gguf
from ai_providers.models import Provider
from ai_providers.models.providers import KindName
from ai_providers.refusals import ModelUnknown
from brands.models import Brand

LOCAL = "local"
LOCAL_MODELS = ("extractive-1",)
CONNECT_SECONDS, IDLE_SECONDS, TOTAL_SECONDS = 5.0, 60.0, 600.0
GRACE_SECONDS = 5.0
LARGEST_ANSWER = 32 * 2**20


@dataclass(frozen=True, kw_only=True)
class Route:
    """One provider with one of its models. Every brand has the local one, without a row."""

    provider: Provider | None
    model: str

    @property
    def name(self) -> str:
        return self.provider.name if self.provider else LOCAL

    @property
    def kind(self) -> Kind:
        return kind_named(self.provider.kind if self.provider else LOCAL)

    @property
    def base_url(self) -> str:
        own = self.provider.base_url if self.provider else ""
        return own or self.kind.default_base_url

    @property
    def is_engine(self) -> bool:
        """It is the hub's own engine, which reads texts and follows no instructions."""
        return self.kind.name == LOCAL and self.model in LOCAL_MODELS

    @property
    def is_gguf(self) -> bool:
        return self.kind.name == LOCAL and not self.is_engine and self.model == gguf.model_name()

    def __str__(self) -> str:
        return f"{self.name}/{self.model}"

    def target(self, *, seconds_left: float, key: Secret | None = None) -> Target:
        """Open the provider's key, as late as possible, unless somebody has just done so."""
        if key is None:
            key = open_key(self.provider) if self.provider else Secret("")
        return Target(
            base_url=self.base_url,
            key=key,
            model=self.model,
            limits=Limits(
                connect=CONNECT_SECONDS,
                idle=IDLE_SECONDS,
                # The job's own deadline comes first: it is a time-out, and no provider's fault.
                total=min(TOTAL_SECONDS, max(seconds_left, 0.0) + GRACE_SECONDS),
                size=LARGEST_ANSWER,
            ),
        )


def local_models() -> list[str]:
    """What the hub itself has: its engine, and the model of the operator's file."""
    named = gguf.model_name()
    return [*LOCAL_MODELS, *([named] if named else [])]


def local_route() -> Route:
    return Route(provider=None, model=LOCAL_MODELS[0])


def find(brand: Brand, *models: str) -> list[Route]:
    """Return the chain for these models, each provider with each model once; never empty."""
    providers = list(Provider.objects.filter(brand=brand, is_active=True))
    chain: dict[tuple[str, str], Route] = {}
    for asked in models or ("",):
        found = _routes(providers, asked)
        if not found:
            raise _unknown(providers, asked)
        for route in found:
            chain.setdefault((route.name, route.model), route)
    return list(chain.values())


def _routes(providers: list[Provider], asked: str) -> list[Route]:
    if not asked:
        return [_first(providers)]
    named, slash, rest = asked.partition("/")
    found: list[Route] = []
    for provider in providers:
        listed = _models(provider)
        if slash and provider.name == named and (rest in listed or not listed):
            found.append(Route(provider=provider, model=rest))
        elif asked in listed:
            found.append(Route(provider=provider, model=asked))
    bare = asked.removeprefix(f"{LOCAL}/")
    if not found and bare in local_models():
        found.append(Route(provider=None, model=bare))
    if any(route.is_gguf for route in found) and (why := gguf.unavailable()):
        raise ModelUnknown(why, errors={"input_data.model": [why]})
    return found


def _models(provider: Provider) -> list[str]:
    if provider.kind == KindName.LOCAL:
        return provider.model_names or local_models()
    return provider.model_names


def _first(providers: list[Provider]) -> Route:
    """What a brand means when it names no model: its first provider's first."""
    for provider in providers:
        if listed := _models(provider):
            return Route(provider=provider, model=listed[0])
    return local_route()


def known_models(brand: Brand) -> list[Route]:
    """Every model that the brand may ask for by name, in the order of its providers."""
    providers = Provider.objects.filter(brand=brand, is_active=True)
    found = [
        Route(provider=provider, model=model)
        for provider in providers
        for model in _models(provider)
    ]
    if not any(route.kind.name == LOCAL for route in found):
        found += [Route(provider=None, model=model) for model in local_models()]
    return found


def _unknown(providers: list[Provider], asked: str) -> ModelUnknown:
    known = [model for provider in providers for model in _models(provider)]
    known += [f"{p.name}/{m}" for p in providers for m in _models(p)] + [local_route().model]
    return ModelUnknown(
        _("No active provider of this brand has the model '%(model)s'.") % {"model": asked[:200]},
        errors={"input_data.model": [_("There is no such model here.")]},
        nearest=difflib.get_close_matches(asked, known, n=3, cutoff=0.4),
    )
