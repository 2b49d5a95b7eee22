"""A shop that is served: its orders, and its page asked over HTTP as a browser does."""

from __future__ import annotations

import http.cookiejar
import json
import socket
import sqlite3
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from program import GUARD

from paywelcome.testing import Sandbox

Answer = tuple[int, dict[str, object]]


@dataclass
class Shop:
    gateway: Sandbox
    database: Path
    orders: str  # the table's name
    post: Callable[[str, dict[str, object]], Answer]

    def query(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        connection = sqlite3.connect(self.database, timeout=20)
        try:
            with connection:
                return connection.execute(statement, values).fetchall()
        finally:
            connection.close()

    def sell(self, price: int = 12000) -> tuple[int, str]:
        tid = self.gateway.approve(price=price)
        added = self.query(
            f"INSERT INTO {self.orders} (tid, pay_type, paid) VALUES (?, 'card', ?) RETURNING id", tid, price
        )
        return int(str(added[0][0])), tid

    def refund(self, order: int, amount: int = 12000, number: object = 1) -> Answer:
        return self.post(f"orders/{order}/refunds", {"amount": amount, "number": number})

    def refund_at_once(self, order: int, times: int) -> list[Answer]:
        together = threading.Barrier(times)

        def ask() -> Answer:
            together.wait(GUARD)
            return self.refund(order)

        with ThreadPoolExecutor(times) as pool:
            return [future.result(GUARD) for future in [pool.submit(ask) for _ in range(times)]]

    def state_of(self, order: int, number: object = 1) -> object:
        return self.read("state", order, number)

    def read(self, column: str, order: int, number: object = 1) -> object:
        key = f"order-{order}-{number}"
        rows = self.query(f"SELECT {column} FROM paywelcome_refund WHERE refund_key = ?", key)
        return rows[0][0] if rows else None

    def wait_for_state(self, state: str, order: int, number: object = 1) -> None:
        """Waits for what another process records; a database tells nobody."""
        self.wait_for("state", state, order, number)

    def wait_for(self, column: str, value: str, order: int, number: object = 1) -> None:
        last = time.monotonic() + GUARD
        while self.read(column, order, number) != value:
            assert time.monotonic() < last, self.read(column, order, number)
            time.sleep(0.02)

    def remaining_of(self, tid: str) -> object:
        return self.query("SELECT remaining FROM paywelcome_payment WHERE tid = ?", tid)[0][0]

    def hurry(self, order: int) -> None:
        """Ends the refund's pause, and the lease of a worker that has died."""
        changed = "UPDATE paywelcome_refund SET due_at = 0, lease_over = 0 WHERE refund_key = ? RETURNING 1"
        assert self.query(changed, f"order-{order}-1")


def opened(opener: urllib.request.OpenerDirector, request: urllib.request.Request) -> Answer:
    try:
        with opener.open(request, timeout=GUARD) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            is_json = error.headers.get_content_type() == "application/json"
            return error.code, json.load(error) if is_json else {}


def json_poster(url: str) -> Callable[[str, dict[str, object]], Answer]:
    opener = urllib.request.build_opener()

    def post(path: str, values: dict[str, object]) -> Answer:
        headers = {"Content-Type": "application/json"}
        return opened(opener, urllib.request.Request(f"{url}/{path}", json.dumps(values).encode(), headers))

    return post


class Browser:
    """Keeps its cookies, and sends back Django's CSRF token."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def form(self, path: str, values: dict[str, object] | list[tuple[str, object]]) -> urllib.request.Request:
        headers = {"X-CSRFToken": next((c.value or "" for c in self.cookies if c.name == "csrftoken"), "")}
        return urllib.request.Request(f"{self.url}/{path}", urllib.parse.urlencode(values).encode(), headers)

    def page(self, request: urllib.request.Request | str) -> str:
        with self.opener.open(request, timeout=GUARD) as answer:
            text: str = answer.read().decode()
            return text

    def post(self, path: str, values: dict[str, object]) -> Answer:
        return opened(self.opener, self.form(path, values))

    def log_in(self) -> None:
        self.page(f"{self.url}/admin/login/")
        self.page(self.form("admin/login/", {"username": "staff", "password": "staff", "next": "/admin/"}))


def asked_and_left(request: urllib.request.Request, gateway: Sandbox) -> None:
    """Asks for a refund, and closes the connection once the gateway has it and before it answers."""
    assert isinstance(request.data, bytes)
    lines = [f"{request.get_method()} {request.selector} HTTP/1.1", f"Host: {request.host}"]
    lines += [f"{name}: {value}" for name, value in request.header_items()]
    lines += [f"Content-Length: {len(request.data)}", "", ""]
    host, port = request.host.split(":")
    with socket.create_connection((host, int(port)), timeout=GUARD) as connection:
        connection.sendall("\r\n".join(lines).encode() + request.data)
        gateway.wait_until(lambda: gateway.executions, timeout=GUARD)
