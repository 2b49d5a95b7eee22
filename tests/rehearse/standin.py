"""A stand-in for the gateway that shares no code with the sandbox.

It keeps a journal of every request and a ledger of the money. It writes its own HTTP, so that it can be odd there too.
"""

from __future__ import annotations

import gzip
import hashlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from types import TracebackType
from urllib.parse import parse_qsl

from ledger import Ledger
from odd import Fault, Odd
from rules import Decision, Rules
from spelling import Answer, Speller

MID = "standin001"
SIGN_KEY = "made-up-key-of-the-stand-in+/9="
MKEY = hashlib.sha256(SIGN_KEY.encode()).hexdigest()
# No wait of a test may last longer.
GUARD = 20.0
_FRONT = b"<html><body>ok</body></html>"


@dataclass
class Posted:
    """A POST that came whole."""

    number: int
    path: str
    fields: list[tuple[str, str]]
    connection: int
    decision: Decision | None = None
    """Nothing where it was lost before the gateway looked at it, or met a block."""
    answer: Answer | None = None
    """What was sent."""
    moved: int = 0

    def field(self, name: str) -> str:
        return dict(self.fields).get(name, "")


Look = Callable[[Posted, str], None]


@dataclass
class _Line:
    """A connection, as far as it was read."""

    stream: socket.socket
    number: int
    unread: bytearray = field(default_factory=bytearray)

    def fill(self) -> bool:
        try:
            data = self.stream.recv(65536)
        except OSError:
            data = b""
        self.unread += data
        return bool(data)


class Standin:
    """A gateway on a free port of this machine.

    `faults` are by the number of the POST, from 1. `look` is called with each POST at three moments: arrived, applied,
    answered.
    """

    def __init__(
        self,
        odd: Odd | None = None,
        faults: dict[int, Fault] | None = None,
        look: Look = lambda posted, moment: None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.odd = odd or Odd()
        self.faults = faults or {}
        self.look = look
        self.ledger = Ledger()
        self.posts: list[Posted] = []
        self.gets = 0
        self.connections = 0
        self.mid, self.sign_key = MID, SIGN_KEY
        self._tls = tls
        self._rules = Rules(self.odd, self.ledger, MID, MKEY)
        self._speller = Speller(self.odd)
        self._journal = threading.Lock()
        self._ends = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Standin:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ends.set()
        self._listener.close()

    def change(self, odd: Odd) -> None:
        """Makes it another gateway, with the same payments."""
        self.odd = odd
        self._rules, self._speller = Rules(odd, self.ledger, MID, MKEY), Speller(odd)

    def approve(self, price: int) -> str:
        """Approves a payment and returns its tid, of 40 characters like the gateway's."""
        tid = f"STDPG0CARD{MID}20261130{len(self.ledger.payments) + 101:012d}"
        assert len(tid) == 40
        self.ledger.approve(tid, price)
        return tid

    def remaining(self, tid: str) -> int:
        """What a person reads in the merchant admin."""
        return self.ledger.payments[tid].remaining

    @property
    def sent(self) -> int:
        """How many requests came."""
        return len(self.posts)

    def _accept(self) -> None:
        while True:
            try:
                stream, _ = self._listener.accept()
            except OSError:
                return
            with self._journal:
                self.connections += 1
                number = self.connections
            threading.Thread(target=self._serve, args=(stream, number), daemon=True).start()

    def _serve(self, stream: socket.socket, number: int) -> None:
        try:
            if self._tls:
                stream.settimeout(GUARD)
                stream = self._tls.wrap_socket(stream, server_side=True)
            stream.settimeout(4 * GUARD)
            line = _Line(stream, number)
            while self._exchange(line):
                pass
        except OSError:
            pass
        finally:
            stream.close()

    def _exchange(self, line: _Line) -> bool:
        """Reads a request and answers it; false where the connection ends."""
        while b"\r\n\r\n" not in line.unread:
            if not line.fill():
                return False
        head, _, _ = bytes(line.unread).partition(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in rest)}
        end = len(head) + 4 + int(headers.get("content-length", "0"))
        while len(line.unread) < end:
            if not line.fill():
                return False
        body = bytes(line.unread[len(head) + 4 : end])
        del line.unread[:end]
        method, path, _ = first.split(" ")
        if method == "POST":
            return self._post(line, path, body)
        with self._journal:
            self.gets += 1
        return self._send(line, self._front(), is_head=method == "HEAD")

    def _front(self) -> Answer:
        if self.odd.blocks:
            return self._speller.page(403)
        headers = [("Content-Type", "text/html")]
        if self.odd.front in (301, 302):
            headers.append(("Location", "https://www.standin.invalid/"))
        return Answer(self.odd.front, None, headers, _FRONT)

    def _post(self, line: _Line, path: str, body: bytes) -> bool:
        fields = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True)
        with self._journal:
            posted = Posted(len(self.posts) + 1, path, fields, line.number)
            self.posts.append(posted)
        fault = self.faults.get(posted.number)
        self.look(posted, "arrived")
        if self.odd.blocks:
            posted.answer = self._speller.page(403)
        else:
            decision = self._rules.decide(path, dict(fields), posted.number, fault is None or fault.applied)
            if decision.situation != "lost":
                posted.decision = decision
                posted.answer = self._speller.answer(decision, dict(fields))
        posted.moved = sum(each.amount for each in self.ledger.executions if each.request == posted.number)
        self.look(posted, "applied")
        self._ends.wait(self.odd.slow)
        if fault is not None:
            posted.answer = self._lose(line, fault, posted.answer)
            return False
        assert posted.answer is not None
        goes_on = self._send(line, posted.answer)
        self.look(posted, "answered")
        return goes_on

    def _lose(self, line: _Line, fault: Fault, answer: Answer | None) -> Answer | None:
        """Loses an answer, and returns what was sent in its place."""
        html = [("Content-Type", "text/html")]
        sent = None
        match fault.kind:
            case "close":
                pass
            case "reset":
                line.stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            case "stall":
                # Until the client goes.
                line.fill()
            case "cut":
                body = answer.body if answer else b'{"ResultCode":"00"}'
                head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
                sent = Answer(200, None, [], body[: len(body) // 2])
                line.stream.sendall(head.encode() + sent.body)
            case "status_500":
                sent = Answer(500, None, html, b"<h1>500</h1>")
                self._send(line, sent)
            case "page":
                sent = Answer(200, None, html, b"<h1>busy</h1>")
                self._send(line, sent)
            case kind:
                raise AssertionError(kind)
        return sent

    def _send(self, line: _Line, answer: Answer, is_head: bool = False) -> bool:
        odd, body = self.odd, answer.body
        headers = [("Server", "standin"), *answer.headers]
        if odd.has_date:
            headers.append(("Date", formatdate(time.time() + odd.clock_seconds, usegmt=True)))
        if odd.gzip:
            body = gzip.compress(body)
            headers.append(("Content-Encoding", "gzip"))
        old = odd.connections == "http_1_0"
        ends = odd.connections != "kept" or odd.body == "until_close"
        if ends and not old and odd.connections != "dropped":
            headers.append(("Connection", "close"))
        match odd.body:
            case "length":
                headers.append(("Content-Length", str(len(body))))
            case "chunked":
                headers.append(("Transfer-Encoding", "chunked"))
                half = max(1, len(body) // 2)
                parts = [part for part in (body[:half], body[half:]) if part]
                body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
        if is_head:
            body = b""
        version = "HTTP/1.0" if old else "HTTP/1.1"
        lines = [f"{version} {answer.status} Whatever", *(f"{name}: {value}" for name, value in headers)]
        line.stream.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        return not ends
