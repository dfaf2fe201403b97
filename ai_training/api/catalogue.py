"""Datasets, configurations and compute offers of the brand."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.files.storage import default_storage
from django.http import FileResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ai_core.api.query import Query, refuse
from ai_training import catalogue, datasets
from ai_training.api import catalogue_shapes as shapes
from ai_training.api.raw import RawParser, body_file
from ai_training.models import ComputeOffer, Dataset, TrainingConfiguration
from ai_training.presets import hyperparameters_of
from ai_training.wishes import known_presets
from brands.api.permissions import InBrand
from brands.api.scoping import BrandScopedMixin
from brands.asking import access_of
from brands.errors import NotFound


class ReadOrManage(InBrand):
    """What costs money is for managers to enter."""

    def has_permission(self, request: Request, view: Any) -> bool:
        allowed = super().has_permission(request, view)
        if request.method not in SAFE_METHODS:
            access_of(request).must_manage()
        return allowed


class CatalogueView(
    BrandScopedMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet,
):
    """Rows with a name of their own; a member changes what is theirs, a manager all."""

    request_class: ClassVar[Any]
    change_class: ClassVar[Any]

    def create(self, request: Request) -> Response:
        form = self.request_class(data=request.data)
        form.is_valid(raise_exception=True)
        row = self.made(dict(form.validated_data))
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)

    def made(self, wanted: dict[str, Any]) -> Any:
        row = self.queryset.model(
            brand=self.brand_to_create_in(), created_by=self.access.user, **wanted
        )
        return catalogue.add(row)

    def partial_update(self, request: Request, pk: int) -> Response:
        row = self.get_object()
        self.access.must_change(row.created_by_id)
        form = self.change_class(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        catalogue.change(row, **form.validated_data)
        row.refresh_from_db()
        return Response(self.get_serializer(row).data)

    def destroy(self, request: Request, pk: int) -> Response:
        row = self.get_object()
        self.access.must_change(row.created_by_id)
        catalogue.remove(row)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _described(one: str, shown: Any, asked: Any, changed: Any) -> Any:
    return extend_schema_view(
        list=extend_schema(operation_id=f"{one}s_list", tags=["training"]),
        retrieve=extend_schema(operation_id=f"{one}_get", tags=["training"]),
        create=extend_schema(
            operation_id=f"{one}_create", tags=["training"], request=asked, responses={201: shown}
        ),
        partial_update=extend_schema(
            operation_id=f"{one}_change", tags=["training"], request=changed, responses=shown
        ),
        destroy=extend_schema(operation_id=f"{one}_delete", tags=["training"]),
    )


@_described(
    "dataset",
    shapes.DatasetSerializer,
    shapes.DatasetRequestSerializer,
    shapes.DatasetChangeSerializer,
)
class DatasetsView(CatalogueView):
    """What trainings learn from."""

    serializer_class = shapes.DatasetSerializer
    request_class = shapes.DatasetRequestSerializer
    change_class = shapes.DatasetChangeSerializer
    queryset = Dataset.objects.select_related("created_by").order_by("-created_at", "-id")

    def made(self, wanted: dict[str, Any]) -> Dataset:
        who = {"brand": self.brand_to_create_in(), "user": self.access.user}
        content = wanted.pop("content", None)
        if content is None:
            return datasets.refer(**who, **wanted)
        return datasets.store(datasets.text_source(content), **who, **wanted)


class DatasetUploadView(BrandScopedMixin, APIView):
    """A dataset as a file."""

    queryset = Dataset.objects.all()
    parser_classes = (RawParser,)
    body_limit_bytes = None

    @extend_schema(
        operation_id="dataset_upload",
        tags=["training"],
        parameters=[
            OpenApiParameter("name", str, required=True),
            OpenApiParameter("format", str, required=True, enum=shapes.FORMATS),
        ],
        request={"application/octet-stream": bytes},
        responses={201: shapes.DatasetSerializer},
    )
    def post(self, request: Request) -> Response:
        """The body is the file. It is read line by line; what is wrong with it is told."""
        query = Query(request, ["name"])
        name, format = query.text("name"), query.word("format", shapes.FORMATS, "")
        if not name or len(name) > 120:
            refuse("name", "Name the dataset, in at most 120 characters.")
        if not format:
            refuse("format", "Valid: jsonl, csv.", valid=shapes.FORMATS)
        brand = access_of(request).brand_to_create_in()
        with body_file(request) as source:
            user = access_of(request).user
            found = datasets.store(source, brand=brand, user=user, name=name, format=format)
        return Response(shapes.DatasetSerializer(found).data, status=status.HTTP_201_CREATED)


class DatasetFileView(BrandScopedMixin, viewsets.GenericViewSet):
    """The file of a dataset, for who computes."""

    queryset = Dataset.objects.all()
    serializer_class = shapes.DatasetSerializer

    @extend_schema(
        operation_id="dataset_file",
        tags=["training"],
        responses={(200, "application/octet-stream"): bytes},
    )
    def file(self, request: Request, pk: int) -> HttpResponseBase:
        """The file as it was uploaded; a dataset that lies elsewhere has none."""
        dataset = self.get_object()
        if not dataset.path or not default_storage.exists(dataset.path):
            raise NotFound
        answer = FileResponse(
            default_storage.open(dataset.path),
            as_attachment=True,
            filename=f"{dataset.name}.{dataset.format}",
            content_type="application/octet-stream",
        )
        answer["ETag"] = f'"{dataset.sha256}"'
        answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return answer


@_described(
    "training_configuration",
    shapes.ConfigurationSerializer,
    shapes.ConfigurationRequestSerializer,
    shapes.ConfigurationRequestSerializer,
)
class ConfigurationsView(CatalogueView):
    """How trainings learn."""

    serializer_class = shapes.ConfigurationSerializer
    request_class = change_class = shapes.ConfigurationRequestSerializer
    queryset = TrainingConfiguration.objects.select_related("created_by").order_by("name", "id")

    def made(self, wanted: dict[str, Any]) -> Any:
        own = wanted.get("hyperparameters", {})
        wanted["hyperparameters"] = hyperparameters_of(wanted.get("preset", ""), own)
        return super().made(wanted)


@_described(
    "compute_offer",
    shapes.OfferSerializer,
    shapes.OfferRequestSerializer,
    shapes.OfferRequestSerializer,
)
class OffersView(CatalogueView):
    """Where trainings can run, and what an hour costs there."""

    permission_classes = (ReadOrManage,)
    serializer_class = shapes.OfferSerializer
    request_class = change_class = shapes.OfferRequestSerializer
    queryset = ComputeOffer.objects.select_related("created_by").order_by("name", "id")

    def made(self, wanted: dict[str, Any]) -> Any:
        row = super().made(wanted)
        row.refresh_from_db()
        return row


class PresetsView(APIView):
    """Where a configuration may begin."""

    permission_classes = (InBrand,)

    @extend_schema(
        operation_id="training_presets",
        tags=["training"],
        responses=shapes.PresetSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Conservative, balanced and aggressive, with their hyperparameters."""
        Query(request, [])
        return Response(known_presets())
