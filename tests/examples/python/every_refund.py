"""What every example that serves pages must do, whatever it is built on."""

from __future__ import annotations

from shop import Shop


class EveryRefund:
    def test_done(self, shop: Shop) -> None:
        order, tid = shop.sell()
        code, said = shop.refund(order)
        assert (code in (200, 202), said["key"]) == (True, f"order-{order}-1")
        shop.wait_for_state("done", order)
        assert (shop.gateway.payment(tid).remaining, shop.remaining_of(tid)) == (0, 0)

    def test_declined(self, shop: Shop) -> None:
        order, tid = shop.sell()
        shop.gateway.client().cancel(pay_type="card", tid=tid, price=12000)  # by another way
        shop.refund(order)
        shop.wait_for_state("declined", order)
        assert shop.remaining_of(tid) == 12000

    def test_not_sent_is_sent_later(self, shop: Shop) -> None:
        order, _ = shop.sell()
        with shop.gateway.arm("refuse_connections"):
            assert shop.refund(order)[0] == 202
            shop.wait_for("outcome", "not_sent", order)
        assert shop.state_of(order) == "requested"
        shop.hurry(order)
        shop.refund(order)
        shop.wait_for_state("done", order)
        assert shop.gateway.executions == 1

    def test_unknown_waits_for_a_person(self, shop: Shop) -> None:
        order, tid = shop.sell()
        shop.gateway.arm("close", when="after_applying")
        for _ in range(2):  # pressed again
            assert shop.refund(order)[0] == 202
            shop.wait_for_state("review", order)
        assert shop.refund(order, 3000, 2)[0] == 400  # nothing would be left for it
        assert (shop.gateway.executions, shop.gateway.request_count) == (1, 1)

        ruling = f"refunds/order-{order}-1/ruling"
        assert shop.post(ruling, {"ruling": "void"})[0] == 409  # what was sent may still arrive
        assert shop.post(ruling, {"ruling": "done", "remaining": 12000})[0] == 409  # then it is not done
        assert shop.post(ruling, {"ruling": "done", "remaining": 0})[0] == 200
        assert (shop.state_of(order), shop.remaining_of(tid), shop.gateway.request_count) == ("done", 0, 1)

    def test_many_at_once_refund_once(self, shop: Shop) -> None:
        order, _ = shop.sell()
        # Long enough under way for the others to come in between.
        shop.gateway.arm("stall", ms=300)
        assert {code for code, _ in shop.refund_at_once(order, 6)} <= {200, 202}
        shop.wait_for_state("done", order)
        assert (shop.gateway.executions, shop.gateway.request_count) == (1, 1)

    def test_in_parts(self, shop: Shop) -> None:
        order, tid = shop.sell()
        for number, amount in enumerate((3000, 3000, 6000), 1):
            assert shop.refund(order, amount, number)[0] in (200, 202)
            assert shop.refund(order, amount, number)[0] in (200, 202)  # the same form again
            assert shop.refund(order, 10000, number)[0] == 400  # another amount in the same form
            assert shop.refund(order, 10000, number + 1)[0] == 400  # more than remains
            shop.wait_for_state("done", order, number)
        assert (shop.gateway.payment(tid).remaining, shop.gateway.executions, shop.remaining_of(tid)) == (0, 3, 0)

    def test_an_answer_that_takes_its_time(self, shop: Shop) -> None:
        order, _ = shop.sell()
        shop.gateway.arm("stall", ms=3000)
        assert (shop.refund(order)[0], shop.state_of(order)) == (202, "sending")
        shop.wait_for_state("done", order)
        assert (shop.gateway.executions, shop.gateway.request_count) == (1, 1)

    def test_what_makes_no_sense_is_refused(self, shop: Shop) -> None:
        order, _ = shop.sell()
        assert shop.refund(order, 0)[0] == 400
        assert shop.refund(order + 1)[0] == 404
        assert shop.gateway.request_count == 0
