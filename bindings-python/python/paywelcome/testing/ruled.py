"""What it insists on where the guide is silent."""

from __future__ import annotations

from typing import Any, Literal

from .records import Rules


class Ruled:
    """A gateway whose rules can be changed."""

    def command(self, name: str, /, **arguments: object) -> Any:
        """Carries out a command."""
        raise NotImplementedError

    @property
    def rules(self) -> Rules:
        """What it insists on now."""
        return Rules(self.command("rules"))

    # Made by sandbox/surface/make.py: set_rules
    def set_rules(
        self,
        *,
        confirm_price: Literal["enforced", "too_high", "too_low", "tolerant", "ignored", "declined"] | None = None,
        confirm_price_at_once: Literal["enforced", "ignored"] | None = None,
        same_again: Literal["judged", "replayed"] | None = None,
        full_price: Literal["enforced", "ignored"] | None = None,
        full_after_partial: Literal["declined", "done"] | None = None,
        more_than_remains: Literal["declined", "clipped"] | None = None,
        checked_first: Literal["signature", "tid"] | None = None,
        signature_format: Literal["name_value", "concatenated", "both", "ignored"] | None = None,
        timestamp: Literal["14", "13", "both"] | None = None,
        freshness_seconds: int | Literal["off"] | None = None,
        cancel_tid_length: Literal[40, 22] | None = None,
        already_cancelled_code: str | None = None,
        connections: Literal["kept", "closed"] | None = None,
    ) -> Rules:
        """Changes some rules, and leaves those that are ``None`` as they are.

        Args:
            confirm_price: Which ``confirmPrice`` of a partial cancel is declined: any that is not what remains after
                it; only one above that; only one below; only one that is off by as much as is asked for; none; or
                every one.
            confirm_price_at_once: Whether concurrent requests count too; if not, all of them see the amount before
                them, and a partial cancel takes 250 ms.
            same_again: What a partial cancel does that has the amounts of an earlier one: it is judged as any other,
                or gets the earlier one's answer and no money moves.
            full_price: Whether a full cancel's ``price`` must be the approved total.
            full_after_partial: Whether a full cancel after a partial one is declined, or cancels what remains.
            more_than_remains: Whether a partial cancel of more than remains is declined, or cancels what remains.
            checked_first: What is checked first: a wrong signature with an unknown tid is declined for that.
            signature_format: How signatures are made; ``ignored``: they are not checked.
            timestamp: Which timestamps are accepted, by their digits.
            freshness_seconds: By how many seconds a timestamp may differ from the clock; ``off``: no limit.
            cancel_tid_length: The length of a ``C_Tid``.
            already_cancelled_code: The ``ResultCode`` of 'already cancelled', 1 to 6 characters.
            connections: Whether connections are kept after an answer; if not, they are closed silently.

        Returns:
            The rules as they are now.

        Raises:
            InvalidArgumentError: A rule is wrong; none was changed.
        """
        changed = self.command(
            "set_rules",
            confirm_price=confirm_price,
            confirm_price_at_once=confirm_price_at_once,
            same_again=same_again,
            full_price=full_price,
            full_after_partial=full_after_partial,
            more_than_remains=more_than_remains,
            checked_first=checked_first,
            signature_format=signature_format,
            timestamp=timestamp,
            freshness_seconds=freshness_seconds,
            cancel_tid_length=cancel_tid_length,
            already_cancelled_code=already_cancelled_code,
            connections=connections,
        )
        return Rules(changed)

    # End of set_rules
