from datetime import timedelta

from django.apps import AppConfig


class KindwallConfig(AppConfig):
    name = "kindwall"

    def ready(self) -> None:
        from kindwall import periodic, tasks

        periodic.register(periodic.PeriodicJob("clean-up", tasks.clean_up, every=timedelta(minutes=10)))
