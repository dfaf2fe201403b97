"""Addresses of the pages about trainings."""

from django.urls import URLPattern, path
from django.views.generic import RedirectView

from ai_training.pages import configurations, datasets, offers
from ai_training.pages.compare import compare_page
from ai_training.pages.new import new_training
from ai_training.pages.trainings import trainings_page


def _earlier(route: str, url: str) -> list[URLPattern]:
    """An address of earlier pages (LST-08), with and without a last slash, with what was asked."""
    view = RedirectView.as_view(url=url, query_string=True)
    return [path(route, view), path(f"{route}/", view)]


urlpatterns = [
    path("trainings/", trainings_page, name="trainings"),
    path("trainings/compare/", compare_page, name="compare-trainings"),
    path("trainings/new/", new_training, name="new-training"),
    path("datasets/", datasets.datasets_page, name="datasets"),
    path("datasets/new/", datasets.new_dataset, name="new-dataset"),
    path("datasets/<int:number>/", datasets.dataset_page, name="dataset"),
    path("datasets/<int:number>/remove/", datasets.remove_dataset, name="remove-dataset"),
    path(
        "training-configurations/",
        configurations.configurations_page,
        name="training-configurations",
    ),
    path(
        "training-configurations/new/",
        configurations.new_configuration,
        name="new-training-configuration",
    ),
    path(
        "training-configurations/<int:number>/",
        configurations.configuration_page,
        name="training-configuration",
    ),
    path(
        "training-configurations/<int:number>/remove/",
        configurations.remove_configuration,
        name="remove-training-configuration",
    ),
    path("compute-offers/", offers.offers_page, name="compute-offers"),
    path("compute-offers/new/", offers.new_offer, name="new-compute-offer"),
    path("compute-offers/<int:number>/", offers.offer_page, name="compute-offer"),
    path("compute-offers/<int:number>/remove/", offers.remove_offer, name="remove-compute-offer"),
    *_earlier("dashboard/lora-training", "/trainings/"),
    *_earlier("dashboard/lora-training/new", "/trainings/new/"),
    *_earlier("dashboard/lora-training/<str:job_id>", "/jobs/%(job_id)s/"),
    *_earlier("dashboard/training-jobs", "/trainings/"),
    *_earlier("training-jobs/<str:job_id>", "/jobs/%(job_id)s/"),
]
