"""The hub's addresses, and the peer's."""

from django.urls import path

from bench.api.peer.views import PeerJobs
from megahub.urls import urlpatterns as ours

urlpatterns = [*ours, path("peer/jobs/", PeerJobs.as_view())]
