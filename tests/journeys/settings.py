"""The product's own settings, but for passwords: hashing one is slow on purpose, and a journey has many."""

from kindwall.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
