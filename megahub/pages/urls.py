"""Addresses of the pages that belong to no app."""

from django.urls import path
from django.views.i18n import set_language

from megahub.pages import accounts, elsewhere, second_step
from megahub.pages.brand_switch import choose_brand
from megahub.pages.commands import commands
from megahub.pages.news import news_page, news_seen
from megahub.pages.overview import overview
from megahub.pages.search import search

urlpatterns = [
    path("", overview, name="home"),
    path("search/", search, name="search"),
    path("search/commands/", commands, name="commands"),
    path("news/", news_page, name="news"),
    path("news/seen/", news_seen, name="news-seen"),
    path("login/", accounts.Login.as_view(), name="login"),
    path("login/code/", second_step.code_page, name="login-code"),
    path("login/elsewhere/", elsewhere.go_there, name="login-elsewhere"),
    path("login/back/", elsewhere.come_back, name="login-back"),
    path("account/second-factor/", second_step.own_page, name="second-factor"),
    path("account/proof/", second_step.proof_page, name="proof"),
    path("logout/", accounts.Logout.as_view(), name="logout"),
    path("account/password/", accounts.ChangePassword.as_view(), name="password_change"),
    path("invitation/<uidb64>/<token>/", accounts.Invitation.as_view(), name="invitation"),
    path("brand/", choose_brand, name="choose_brand"),
    path("i18n/", set_language, name="set_language"),
    path("admin/login/", accounts.admin_login),
]
