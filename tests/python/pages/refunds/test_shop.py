"""The view, the tasks of the page and the app, driven as a shop's."""

from __future__ import annotations

import pytest
from django.test import Client, TestCase, TransactionTestCase
from paywelcome.errors import InvalidRequestError
from paywelcome.refunds import RefundsError
from shop.refunding import refunds
from shop.tasks import sweep

from shop.models import Event, Order


@pytest.mark.usefixtures("shop")
class Refunds:
    """What both kinds of Django's tests show."""

    @pytest.fixture(autouse=True)
    def _order(self, shop):
        self.shop = shop
        shop.reset()

    def made(self) -> Order:
        return Order.objects.create(tid=self.shop.approve(price=12000), paid=12000)

    def press(self, order: Order, number: str, amount: str = "3000") -> int:
        with self.captured():
            return Client().post(f"/orders/{order.pk}/refund", {"number": number, "amount": amount}).status_code

    def remaining(self, order: Order) -> int:
        return self.shop.payment(order.tid).remaining

    def test_two_presses_are_one_refund(self):
        order = self.made()
        assert [self.press(order, "1"), self.press(order, "1"), self.press(order, "2", "1000")] == [202, 202, 202]
        assert self.remaining(order) == 8000
        assert refunds.get(f"order-{order.pk}-1").state == "done"

    def test_a_lost_answer_waits_for_a_person(self):
        order = self.made()
        self.shop.arm("close", when="after_applying")
        self.press(order, "1")
        self.press(order, "1")
        sweep()
        assert refunds.get(f"order-{order.pk}-1").review is not None
        assert self.remaining(order) == 9000

    def test_what_the_shop_takes_back_was_never_asked_for(self):
        order = self.made()
        with pytest.raises(InvalidRequestError):
            self.press(order, "1", "13000")
        assert Event.objects.filter(order=order).count() == 0
        with pytest.raises(RefundsError, match="no refund"):
            refunds.get(f"order-{order.pk}-1")


class TestWithinATransaction(Refunds, TestCase):
    def captured(self):
        return self.captureOnCommitCallbacks(execute=True)


class TestWithCommits(Refunds, TransactionTestCase):
    def captured(self):
        from contextlib import nullcontext

        return nullcontext()

    def test_the_sweep_finds_what_no_wake_up_came_for(self):
        order = self.made()
        refunds.request(f"order-{order.pk}-9", tid=order.tid, amount=3000, paid=12000, pay_type="card")
        assert self.remaining(order) == 12000
        sweep()
        assert self.remaining(order) == 9000
