from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class KindwallConfig(AppConfig):
    name = "kindwall"
    verbose_name = _("Mail")  # in the operator's admin

    def ready(self) -> None:
        from kindwall import periodic, tasks

        periodic.register(periodic.PeriodicJob("clean-up", tasks.clean_up, every=timedelta(minutes=10)))
