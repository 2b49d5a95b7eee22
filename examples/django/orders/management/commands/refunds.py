import signal
import threading

from django.core.management.base import BaseCommand

from orders.refunding import refunds


# [region: command]
class Command(BaseCommand):
    help = "Sends refunds when they are due, until SIGTERM or Ctrl-C. What is under way is written down first."

    def handle(self, **options):
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        self.stdout.write("looking for refunds")
        processed = refunds.run(stop=stop)
        self.stdout.write(f"{processed} processed")


# [end]
