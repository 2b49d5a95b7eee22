"""What every example must do, whatever it is built on."""

from __future__ import annotations

from shop import Shop


class EveryRefund:
    def test_done(self, shop: Shop) -> None:
        order, tid = shop.sell()
        assert shop.refund(order)[0] == 200
        assert shop.gateway.payment(tid).remaining == 0
        assert (shop.status_of(order), shop.remaining_of(order)) == ("done", (0, 0))

    def test_declined(self, shop: Shop) -> None:
        order, tid = shop.sell()
        shop.gateway.client().cancel(pay_type="card", tid=tid, price=12000)  # by another way
        code, said = shop.refund(order)
        assert (code, said["outcome"], shop.status_of(order)) == (409, "declined", "declined")
        assert shop.remaining_of(order) == (12000, 0)

    def test_not_sent_may_be_asked_again(self, shop: Shop) -> None:
        order, _ = shop.sell()
        with shop.gateway.arm("refuse_connections"):
            code, said = shop.refund(order)
        assert (code, said["outcome"], shop.status_of(order)) == (503, "not_sent", "not_sent")
        assert shop.refund(order)[0] == 200
        assert shop.gateway.executions == 1

    def test_unknown_is_not_sent_again(self, shop: Shop) -> None:
        order, _ = shop.sell()
        shop.gateway.arm("close", when="after_applying")
        code, said = shop.refund(order)
        assert (code, said["outcome"], shop.status_of(order)) == (202, "unknown", "unknown")
        code, said = shop.refund(order)
        assert code == 409 and "outcome" not in said
        assert (shop.gateway.executions, shop.gateway.request_count) == (1, 1)

    def test_many_at_once_refund_once(self, shop: Shop) -> None:
        order, _ = shop.sell()
        # Long enough under way for the others to come in between.
        shop.gateway.arm("stall", ms=300)
        answers = shop.refund_at_once(order, 6)
        assert sorted(code for code, _ in answers) == [200] + [409] * 5
        assert (shop.gateway.executions, shop.gateway.request_count) == (1, 1)

    def test_in_parts(self, shop: Shop) -> None:
        order, tid = shop.sell()
        assert shop.refund(order, 3000, 12000)[0] == 200
        assert shop.refund(order, 3000, 12000)[0] == 409  # the same form again
        assert shop.refund(order, 10000, 9000)[0] == 409  # more than remains
        assert shop.refund(order, 3000, 9000)[0] == 200
        assert shop.refund(order, 6000, 6000)[0] == 200
        assert shop.gateway.payment(tid).remaining == 0
        assert (shop.gateway.executions, shop.remaining_of(order)) == (3, (0, 0))

    def test_what_makes_no_sense_is_refused(self, shop: Shop) -> None:
        order, _ = shop.sell()
        assert shop.refund(order, 0, 12000)[0] in (400, 422)
        assert shop.refund(order + 1, 12000, 12000)[0] == 409
        assert shop.gateway.request_count == 0
