"""This app's own tests: ``python manage.py test``, with the sandbox as the gateway."""

from unittest import mock

from django.contrib.auth.models import User
from django.test import TestCase
from paywelcome.refunds import Refunds
from paywelcome.refunds.django import DjangoStore
from paywelcome.testing import Sandbox

from orders import views
from orders.models import Order


class RefundTest(TestCase):
    def setUp(self):
        self.gateway = Sandbox(guard=True)
        self.addCleanup(self.gateway.close)
        self.refunds = Refunds(self.gateway.client(), DjangoStore(), quiet=0)
        replaced = mock.patch.object(views, "refunds", self.refunds)
        replaced.start()
        self.addCleanup(replaced.stop)
        self.order = Order.objects.create(tid=self.gateway.approve(price=12000), paid=12000)
        self.client.force_login(User.objects.create_superuser("staff"))

    def refund(self, number, amount):
        with self.captureOnCommitCallbacks(execute=True):
            self.client.post(f"/orders/{self.order.pk}/refunds", {"number": number, "amount": amount})
        return self.client.get(f"/refunds/order-{self.order.pk}-{number}").json()["state"]

    def sweep(self):
        # What the worker does, whose threads don't see a TestCase's transaction.
        for key in self.refunds.due():
            self.refunds.process(key)

    def test_in_parts(self):
        self.assertEqual(self.refund(1, 3000), "done")
        self.assertEqual(self.refund(1, 3000), "done")
        self.assertEqual(self.refund(2, 9000), "done")
        self.assertEqual(self.gateway.executions, 2)

    def test_a_lost_answer_is_not_sent_again(self):
        self.gateway.arm("close", when="after_applying")
        self.assertEqual(self.refund(1, 3000), "review")
        self.assertEqual(self.refund(1, 3000), "review")
        self.assertEqual(self.refund(2, 9000), "requested")  # it waits for its turn
        self.refunds.resolve(f"order-{self.order.pk}-1", "done", by="staff", remaining=9000)
        self.sweep()
        self.assertEqual(self.refund(2, 9000), "done")
        self.assertEqual(self.gateway.executions, 2)

    def test_what_was_not_sent_is_sent_later(self):
        with self.gateway.arm("refuse_connections"):
            self.assertEqual(self.refund(1, 12000), "requested")
        while (state := self.refund(1, 12000)) == "requested":
            pass  # its pause is not over
        self.assertEqual(state, "done")
