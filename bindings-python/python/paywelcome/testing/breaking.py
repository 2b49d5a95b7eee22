"""What breaks on purpose."""

from __future__ import annotations

from typing import Any, Literal

from .faults import Fault, FaultKind, When


class Breakable:
    """A gateway that faults can be armed in."""

    def command(self, name: str, /, **arguments: object) -> Any:
        """Carries out a command."""
        raise NotImplementedError

    # Made by sandbox/surface/make.py: arm
    def arm(
        self,
        kind: FaultKind,
        *,
        when: When | None = None,
        late_ms: int | None = None,
        tid: str | None = None,
        endpoint: Literal["cancel", "repay"] | None = None,
        nth: int | None = None,
        times: int | None = None,
        probability: float | None = None,
        seed: int | None = None,
        after_bytes: int | None = None,
        at: Literal["next_byte", "after_answer"] | None = None,
        body: Literal["text", "html", "empty", "receipt"] | None = None,
        by: int | None = None,
        bytes: int | None = None,
        case: Literal["lower", "upper"] | None = None,
        close_open: bool | None = None,
        code: str | None = None,
        conflicting: bool | None = None,
        echo: str | None = None,
        key: str | None = None,
        location: str | None = None,
        ms: int | None = None,
        status: int | None = None,
    ) -> Fault:
        """Breaks something on purpose; used in a ``with`` statement, until the end of the block.

        Args:
            kind: What to break; docs/sandbox.md has a table of all kinds.
            when: ``"after_applying"`` (the default: the money moved and the answer is lost), ``"before_applying"``
                (the request is lost) or ``"late"`` (the money moves after the exchange is over). The client sees the
                same, byte for byte.
            late_ms: How many milliseconds after it, with ``when="late"``; 1000 by default.
            tid: Only requests about this payment meet it.
            endpoint: Only full cancels (``"cancel"``) or partial ones (``"repay"``) meet it.
            nth: The first request that meets it, of those that match from now on; 1 by default.
            times: How often it fires; 1 by default, 0: until it is disarmed.
            probability: From 0 to 1: the chance of each request that matches to meet it.
            seed: What the chance is drawn with; the same seed draws the same.
            after_bytes: ``close``, ``reset``, ``stall``: after so many bytes of the answer; ``0`` by default.
            at: ``close_idle``: when the connection is closed: as the next request begins, or right after the answer;
                ``next_byte`` by default.
            body: ``status``: what the body is; ``receipt``: that of a success; ``text`` by default.
            by: ``length_too_long``, ``length_too_short``: by how many bytes it is wrong; ``10`` by default.
                ``wrong_amount``, ``wrong_remaining``: by how much the amount is wrong; ``1`` by default.
            bytes: ``trickle``: how many bytes a portion has; ``1`` by default. ``truncated_json``: how many bytes of
                the body are left; by default half of it. ``huge_body``: how many bytes the body has; ``10485760`` by
                default.
            case: ``letter_case``: of the answer's keys; ``lower`` by default.
            close_open: ``refuse_connections``: whether idle connections are closed; ``true`` by default.
            code: ``result_code``: the ``ResultCode``; ``0000`` by default.
            conflicting: ``duplicate_key``: whether the key has another value the second time; ``false`` by default.
            echo: ``wrong_tid``: the ``Tid`` that is told; by default the payment's backwards.
            key: ``missing_key``: which key; ``ResultCode`` by default. ``duplicate_key``: which key; ``Price`` by
                default.
            location: ``redirect``: where it leads.
            ms: ``stall``: for how many milliseconds; by default until the client goes away. ``trickle``: how many
                milliseconds are between two portions; ``100`` by default. ``refuse_connections``: for how many
                milliseconds, which over HTTP must be given; by default until it is disarmed.
            status: ``redirect``: the HTTP status; ``302`` by default. ``status``: the HTTP status; ``500`` by default.
                ``proxy_refusal``: the HTTP status; ``403`` by default.

        Raises:
            InvalidArgumentError: An argument is wrong, or does not belong to the kind.
        """
        told = self.command(
            "arm",
            kind=kind,
            when=when,
            late_ms=late_ms,
            tid=tid,
            endpoint=endpoint,
            nth=nth,
            times=times,
            probability=probability,
            seed=seed,
            after_bytes=after_bytes,
            at=at,
            body=body,
            by=by,
            bytes=bytes,
            case=case,
            close_open=close_open,
            code=code,
            conflicting=conflicting,
            echo=echo,
            key=key,
            location=location,
            ms=ms,
            status=status,
        )
        return Fault(self.command, told)

    # End of arm

    def disarm(self) -> None:
        """Takes all faults away."""
        self.command("disarm")

    def faults(self) -> list[Fault]:
        """Returns the faults that can still fire, in the order they were armed."""
        return [Fault(self.command, told) for told in self.command("faults")["faults"]]
