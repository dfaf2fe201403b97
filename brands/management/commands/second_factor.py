"""`manage.py second_factor remove NAME`: for somebody whose phone and recovery codes are lost."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from brands.sign_in import factors


class Command(BaseCommand):
    help = "Remove a person's second factor; they log in with their password and set a new one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("verb", choices=["remove"])
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        user = get_user_model().objects.filter(username=options["username"]).first()
        if user is None or not factors.is_set(user):
            raise CommandError("There is no such person, or they have no second factor.")
        factors.remove(user)
        self.stdout.write(f"{user} logs in with the password alone now.")
