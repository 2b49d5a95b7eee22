"""The metrics of OpenTelemetry, as its own SDK and the exporter for Prometheus have them."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import yaml
from opentelemetry import metrics
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from prometheus_client import REGISTRY, generate_latest

import child
from books import Asyncio, Book
from failing import Failing, Lost
from paywelcome import OutcomeUnknownError
from paywelcome.refunds import _metrics as own
from paywelcome.testing import Sandbox

Opens = Callable[..., Book]
Values = dict[tuple[str, ...], Any]
Measured = Callable[[str, str], Values]
RULES = Path(__file__).parents[3] / "examples/prometheus/paywelcome.rules.yml"
NO_ONE = {"tid": "T1", "amount": 100, "paid": 100, "pay_type": "card"}


@pytest.fixture(scope="module")
def reader() -> InMemoryMetricReader:
    reader = InMemoryMetricReader()
    metrics.set_meter_provider(MeterProvider([reader, PrometheusMetricReader()], shutdown_on_exit=False))
    return reader


@pytest.fixture
def measured(reader: InMemoryMetricReader, sandbox: Sandbox) -> Iterator[Measured]:
    """Returns what was measured under a name since the test began: by some attributes, the value or how many."""

    def now(name: str, attributes: str) -> Values:
        found: Values = {}
        data = reader.get_metrics_data()
        scopes = [] if data is None else [scope for each in data.resource_metrics for scope in each.scope_metrics]
        for metric in (metric for scope in scopes if scope.scope.name == "paywelcome" for metric in scope.metrics):
            if metric.name == name:
                for point in metric.data.data_points:
                    about = point.attributes or {}
                    assert about["paywelcome.mid"] == sandbox.mid
                    key = tuple(str(about.get(f"paywelcome.{each}", about.get(each))) for each in attributes.split())
                    found[key] = found.get(key, 0) + getattr(point, "value", getattr(point, "count", None))
        return found

    before: dict[str, Values] = {}

    def since(name: str, attributes: str) -> Values:
        grown = now(name, attributes)
        if name.endswith((".transitions", ".duration")):
            grown = {key: value - before[name].get(key, 0) for key, value in grown.items()}
        return {key: value for key, value in grown.items() if value or not name.endswith((".transitions", ".duration"))}

    before["paywelcome.refund.transitions"] = now("paywelcome.refund.transitions", TRANSITION)
    before["paywelcome.refund.attempt.duration"] = now("paywelcome.refund.attempt.duration", DURATION)
    yield since
    own._seen.clear()


TRANSITION = "refund.from refund.to outcome error.type"
DURATION = "operation outcome error.type"


def asked(sandbox: Sandbox, amount: int = 3000) -> dict[str, Any]:
    tid = sandbox.approve(price=12000, pay_type="card")
    return {"tid": tid, "amount": amount, "paid": 12000, "pay_type": "card"}


def test_each_transition_is_counted_and_each_attempt_measured(
    opens: Opens, sandbox: Sandbox, measured: Measured
) -> None:
    book = opens()
    book.request("done", **asked(sandbox, 12000))
    book.request("declined", **NO_ONE)
    book.request("lost", **asked(sandbox))
    for key in ("done", "declined", "done"):
        book.process(key)
    with sandbox.arm("close"):
        book.process("lost")
    book.resolve("lost", "done", by="me")
    assert measured("paywelcome.refund.transitions", TRANSITION) == {
        ("sending", "done", "done", "None"): 1,
        ("sending", "declined", "declined", "None"): 1,
        ("sending", "review", "unknown", "connection_lost"): 1,
        ("review", "done", "unknown", "connection_lost"): 1,
    }
    assert measured("paywelcome.refund.attempt.duration", DURATION) == {
        ("cancel", "done", "None"): 1,
        ("cancel", "declined", "None"): 1,
        ("partial_cancel", "unknown", "connection_lost"): 1,
    }


def test_what_comes_late_is_measured_once(opens: Opens, sandbox: Sandbox, measured: Measured) -> None:
    book = opens()
    book.request("late", **asked(sandbox))
    with sandbox.arm("stall", ms=300):
        assert book.process("late", wait=0.05).state == "sending"
    book.close()
    assert measured("paywelcome.refund.attempt.duration", DURATION) == {("partial_cancel", "done", "None"): 1}
    assert measured("paywelcome.refund.transitions", TRANSITION) == {("sending", "done", "done", "None"): 1}


def test_what_was_never_begun_is_no_attempt(opens: Opens, sandbox: Sandbox, measured: Measured) -> None:
    book = opens()
    book.request("one", **asked(sandbox))
    book.close()
    refund = book.process("one")
    assert (refund.state, refund.kind) == ("requested", "closed")
    assert measured("paywelcome.refund.attempt.duration", DURATION) == {}


def test_an_end_that_is_told_again_is_measured_once(sandbox: Sandbox, measured: Measured) -> None:
    attempted = own.Attempted(sandbox.mid)
    attempted.operation = "cancel"
    for _ in range(2):
        attempted.ended(OutcomeUnknownError("lost", kind="timeout"), 0.5)
    assert measured("paywelcome.refund.attempt.duration", DURATION) == {("cancel", "unknown", "timeout"): 1}


def test_how_the_refunds_fare(opens: Opens, sandbox: Sandbox, measured: Measured) -> None:
    book = opens()
    assert measured("paywelcome.refund.open", "refund.state") == {}
    assert book.health() == {
        "open": {state: {"refunds": 0, "amount": 0} for state in ("requested", "sending", "unknown", "review")},
        "review_oldest": None,
        "due_lag": None,
        "paused": {},
    }
    first = asked(sandbox)
    book.request("lost", **first)
    with sandbox.arm("close"):
        book.process("lost")
    # It waits behind the one in review, so no worker could continue with it.
    book.request("behind", **first)
    found = book.health()
    assert json.loads(json.dumps(found)) == found
    assert found["open"]["review"] == {"refunds": 1, "amount": 3000} == found["open"]["requested"]
    assert 0 <= found["review_oldest"] < 60 and found["due_lag"] is None
    book.request("waits", **asked(sandbox))
    assert 0 <= book.health()["due_lag"] < 60
    open_now = {("requested",): 2, ("sending",): 0, ("unknown",): 0, ("review",): 1}
    assert measured("paywelcome.refund.open", "refund.state") == open_now
    for name in ("review.oldest", "due.lag"):
        ((_, value),) = measured(f"paywelcome.refund.{name}", "mid").items()
        assert 0 <= value < 60


def test_what_is_old_or_can_not_be_seen_is_not_shown(
    opens: Opens, store: Any, measured: Measured, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = Failing(store, lambda use: "before" if use == 1 else None)
    book = opens(store=failing)
    book.init()
    book.health()
    assert len(measured("paywelcome.refund.open", "refund.state")) == 4
    failing.begin()
    with pytest.raises(Lost):
        book.health()
    assert measured("paywelcome.refund.open", "refund.state") == {}
    book.health()
    assert len(measured("paywelcome.refund.open", "refund.state")) == 4
    monkeypatch.setattr(own, "_FRESH", 0.0)
    book.health()
    assert measured("paywelcome.refund.open", "refund.state") == {}
    ((_, seen),) = measured("paywelcome.refund.seen", "mid").items()
    assert abs(seen - time.time()) < 60


def test_a_run_looks_by_itself(
    opens: Opens, sandbox: Sandbox, measured: Measured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own, "_EVERY", 0.0)
    book = opens()
    book.request("one", **asked(sandbox))
    book.run(until_idle=True, poll=0.01)
    assert measured("paywelcome.refund.open", "refund.state")[("requested",)] == 0


def test_a_run_whose_looks_fail_goes_on(
    opens: Opens, sandbox: Sandbox, measured: Measured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own, "_EVERY", 0.0)
    book = opens()
    book.request("one", **asked(sandbox))

    def fail(*_: Any) -> Any:
        raise OSError("the store can't be seen")

    async def fail_later(*_: Any) -> Any:
        fail()

    monkeypatch.setattr(book.refunds, "health", fail_later if isinstance(book, Asyncio) else fail)
    assert book.run(until_idle=True, poll=0.01) == 1


def test_a_meter_that_fails_changes_nothing(
    opens: Opens, sandbox: Sandbox, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise ValueError("theirs")

    monkeypatch.setattr(own, "_instruments", fail)
    book = opens()
    book.request("one", **asked(sandbox))
    assert book.process("one").state == "done"
    assert book.health()["open"]["requested"]["refunds"] == 0
    assert "a metric failed" in caplog.text


def test_the_alerts_are_on_metrics_that_are_exported(book: Book, sandbox: Sandbox, measured: Measured) -> None:
    """As Prometheus writes their names, and with the labels that they are taken together by."""
    book.request("one", **asked(sandbox))
    book.process("one")
    book.health()
    exported = generate_latest(REGISTRY).decode()
    names = set(re.findall(r"^(paywelcome_\w+)\{", exported, re.MULTILINE))
    assert {"paywelcome_refund_transitions_total", "paywelcome_refund_attempt_duration_seconds_bucket"} <= names
    rules = [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]
    for rule in rules:
        wanted = re.findall(r"paywelcome_refund\w+(?![^{]*\})", rule["expr"])
        assert wanted and names.issuperset(wanted), rule["alert"]
        for label in re.findall(r"by \((\w+)\)|\{(\w+)", rule["expr"]):
            (line, *_) = re.findall(rf"^{wanted[0]}\{{(.*)\}}", exported, re.MULTILINE)
            assert f'{"".join(label)}="' in line
    # An attempt takes less than a minute, most of the time: the limits tell them apart.
    limits = re.findall(r'attempt_duration_seconds_bucket\{[^}]*le="([^"]+)"', exported)
    assert {"0.05", "1.0", "60.0"} <= set(limits)


def test_nothing_of_it_is_imported_for_others() -> None:
    (brought,) = child.run("silent_refunds.py")
    assert "opentelemetry" not in {name.partition(".")[0] for name in brought}


def test_a_run_is_stopped_while_it_looks(opens: Opens, measured: Measured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own, "_EVERY", 0.0)
    stop = Event()
    stop.set()
    assert opens().run(stop=stop) == 0
