"""The only place that decides where an app's addresses live."""

from django.apps import apps
from django.contrib import admin
from django.urls import include, path

# The stock admin hangs in our shell: its own sidebar stays off.
admin.site.enable_nav_sidebar = False
admin.site.site_header = admin.site.site_title = "MEGAHUB"

# Each may be left out of INSTALLED_APPS, and its addresses go with it.
EXTENSIONS = [
    app
    for app in ("ai_providers", "ai_usage", "ai_notices", "ai_schedules")
    if apps.is_installed(app)
]
# Trainings answer below /api/ as well, so theirs hang at the root.
TRAININGS = [path("", include("ai_training.urls"))] if apps.is_installed("ai_training") else []
TRAINING_PAGES = [path("", include("ai_training.pages.urls"))] if TRAININGS else []

urlpatterns = [
    # What programs call most comes first: no page begins like that, and pages pass by in a few.
    *TRAININGS,
    path("ai/", include("ai_core.urls")),
    path("ai/", include("brands.urls")),
    *[path("ai/", include(f"{app}.urls")) for app in EXTENSIONS],
    path("", include("megahub.pages.urls")),
    path("", include("brands.pages.urls")),
    *TRAINING_PAGES,  # before the core's: the older addresses of trainings lead to them
    path("", include("ai_core.pages.urls")),
    *[path("", include(f"{app}.pages.urls")) for app in EXTENSIONS],
    path("", include("ai_core.doors.urls")),
    path("api/", include("megahub.api.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "megahub.pages.errors.bad_request"
handler403 = "megahub.pages.errors.forbidden"
handler404 = "megahub.pages.errors.not_found"
handler500 = "megahub.pages.errors.server_error"
