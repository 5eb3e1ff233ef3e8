"""Background tasks that send to channels."""

from django.conf import settings
from django.tasks import task


@task(queue_name=settings.DELIVERY_QUEUE)
def send_delivery(delivery_pk: int) -> None:
    """Attempt one delivery."""
