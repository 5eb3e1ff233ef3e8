"""Makes the database, the person and the application, and serves."""

import os
from pathlib import Path

import django
from django.conf import settings

django.setup()

# Models can be imported only now.
from allauth.account.models import EmailAddress  # noqa: E402
from allauth.idp.oidc.models import Client  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402

from tests.journeys.provider import CLIENT, PERSON  # noqa: E402

Path(settings.DATABASES["default"]["NAME"]).unlink(missing_ok=True)
call_command("migrate", verbosity=0)

first, last = PERSON["name"].split()
person = User.objects.create_user("petra", PERSON["email"], PERSON["password"], first_name=first, last_name=last)
EmailAddress.objects.create(user=person, email=PERSON["email"], verified=True, primary=True)

client = Client(id=CLIENT["id"], name="Kindwall")
client.set_secret(CLIENT["secret"])
client.set_scopes(["openid", "profile", "email"])
client.set_redirect_uris([os.environ["PROVIDER_REDIRECT_URI"]])
client.save()

call_command("runserver", f"127.0.0.1:{os.environ['PROVIDER_PORT']}", use_reloader=False)
