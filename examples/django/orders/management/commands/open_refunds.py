from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from orders.models import Refund


class Command(BaseCommand):
    help = "Lists refunds whose end is not known. Look each up in the merchant admin, then say what you found."

    def add_arguments(self, parser):
        parser.add_argument("--refund", type=int, help="the number of the refund that was looked up")
        parser.add_argument("--found", choices=["done", "void"], help="done: the money went back; void: it did not")

    def handle(self, *, refund, found, **options):
        if (refund is None) != (found is None):
            raise CommandError("--refund and --found belong together")
        late = Refund.objects.filter(status__in=Refund.OPEN).order_by("claimed_at").select_related("order")
        if refund is None:
            for each in late:
                self.stdout.write(f"{each.pk} {each.status} {each.order.tid} {each.amount} {each.claimed_at:%F %T}")
            return
        looked_up = late.filter(pk=refund, claimed_at__lt=timezone.now() - Refund.QUIET).first()
        if looked_up is None or not looked_up.record(found, "looked up by a person"):
            raise CommandError(f"refund {refund} is not open, or younger than {Refund.QUIET}")
