"""Users and their browsers."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Permission, User
from django.test import Client


def user(name: str, *permissions: str) -> User:
    User.objects.filter(username=name).delete()
    made = User.objects.create_user(name, is_staff=True)
    made.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return made


def browser(*permissions: str, name: str = "kim", **options: Any) -> Client:
    client = Client(**options)
    client.force_login(user(name, *permissions))
    return client
