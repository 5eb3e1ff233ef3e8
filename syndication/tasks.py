"""Background tasks that send to channels."""

from django.conf import settings
from django.tasks import task

from syndication import weekly_counts
from syndication.attempts import attempt
from syndication.models import Delivery


@task(queue_name=settings.DELIVERY_QUEUE)
def send_delivery(delivery_pk: int) -> None:
    """Attempt one delivery. It may be called too often: only one that waits, and whose time has come, is sent."""
    if delivery := Delivery.objects.with_channel().filter(pk=delivery_pk).first():
        attempt(delivery)


@task
def record_weekly_counts() -> None:
    weekly_counts.record_due()


@task
def delete_old_deliveries() -> None:
    Delivery.objects.prune()
