"""This app's own tests: ``python manage.py test``, with the sandbox as the gateway."""

import os
from unittest import mock

from django.db import transaction
from django.test import TestCase, TransactionTestCase
from paywelcome.testing import Sandbox

from orders.models import Order, Refund
from orders.refunding import client, send


class RefundTest(TestCase):
    def setUp(self):
        self.gateway = Sandbox(guard=True)
        self.addCleanup(self.gateway.close)
        variables = mock.patch.dict(os.environ, self.gateway.environment)
        variables.start()
        self.addCleanup(variables.stop)
        # The client is made once in a process, and this gateway is another one in every test.
        client.cache_clear()
        tid = self.gateway.approve(price=12000)
        self.order = Order.objects.create(tid=tid, price=12000, remaining=12000)

    def refund(self, amount, remaining):
        claimed = Refund.claim(self.order.pk, amount, remaining)
        return claimed and send(claimed).status

    def test_in_parts(self):
        self.assertEqual(self.refund(3000, 12000), "done")
        self.assertEqual(self.refund(9000, 9000), "done")
        self.assertEqual(self.gateway.payment(self.order.tid).remaining, 0)

    def test_a_lost_answer_is_not_sent_again(self):
        self.gateway.arm("close", when="after_applying")
        self.assertEqual(self.refund(12000, 12000), "unknown")
        self.assertIsNone(self.refund(12000, 12000))
        self.assertEqual(self.gateway.executions, 1)

    def test_what_was_not_sent_may_be_asked_again(self):
        with self.gateway.arm("refuse_connections"):
            self.assertEqual(self.refund(12000, 12000), "not_sent")
        self.assertEqual(self.refund(12000, 12000), "done")


class ClaimTest(TransactionTestCase):
    def test_no_claim_within_a_transaction(self):
        order = Order.objects.create(tid="first", price=12000, remaining=12000)
        with transaction.atomic(), self.assertRaises(RuntimeError):
            Refund.claim(order.pk, 12000, 12000)
        self.assertFalse(Refund.objects.exists())
