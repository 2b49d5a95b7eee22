"""A loopback server that does what a script says and records every byte."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from urllib.parse import parse_qsl

from merchant import GUARD


@dataclass(frozen=True)
class Request:
    """A request that came whole, as bytes and as what they say."""

    head: bytes
    body: bytes

    @property
    def line(self) -> str:
        return self.head.split(b"\r\n", 1)[0].decode("latin-1")

    @property
    def path(self) -> str:
        return self.line.split(" ")[1]

    def header(self, name: str) -> list[str]:
        """Returns every value of a header."""
        lines = (line.partition(":") for line in self.head.decode("latin-1").split("\r\n")[1:] if line)
        return [value.strip() for key, _, value in lines if key.lower() == name]

    @property
    def fields(self) -> list[tuple[str, str]]:
        text = self.body.decode("ascii")
        return parse_qsl(text, keep_blank_values=True, strict_parsing=True, errors="strict")

    def field(self, name: str) -> str | None:
        return dict(self.fields).get(name)


class Connection:
    """One accepted connection, in the hands of a script."""

    def __init__(self, server: Server, stream: socket.socket) -> None:
        self.server = server
        self.stream = stream
        self.received = bytearray()
        self._unread = bytearray()

    def _fill(self) -> bool:
        try:
            data = self.stream.recv(65536)
        except OSError:
            data = b""
        self.received += data
        self._unread += data
        self.server.note()
        return bool(data)

    def request(self) -> Request | None:
        """Reads the next request whole; gives `None` where the peer ends first."""
        while b"\r\n\r\n" not in self._unread:
            if not self._fill():
                return None
        head, _, rest = bytes(self._unread).partition(b"\r\n\r\n")
        (length,) = Request(head, b"").header("content-length") or ["0"]
        while len(self._unread) < len(head) + 4 + int(length):
            if not self._fill():
                return None
        rest = bytes(self._unread[len(head) + 4 :])
        body, self._unread = rest[: int(length)], bytearray(rest[int(length) :])
        request = Request(head, body)
        self.server.note(request)
        return request

    def send(self, data: bytes) -> None:
        try:
            self.stream.sendall(data)
        except OSError:
            pass

    def end(self) -> None:
        """Reads until the peer ends."""
        while self._fill():
            pass

    def reset(self) -> None:
        """Closes so that the peer is told of a reset."""
        self.stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.stream.close()


Script = Callable[[Connection], None]


class Server:
    """A server on a free loopback port; leaving the ``with`` block closes it with all its connections."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.released = threading.Event()
        self.requests: list[Request] = []
        self.connections: list[Connection] = []
        self._changed = threading.Condition()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def received(self) -> bytes:
        """Every byte that came, on all connections."""
        return b"".join(bytes(connection.received) for connection in self.connections)

    def note(self, request: Request | None = None) -> None:
        with self._changed:
            if request is not None:
                self.requests.append(request)
            self._changed.notify_all()

    def await_requests(self, count: int = 1) -> list[Request]:
        """Waits until so many requests have come whole."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.requests) >= count, GUARD), "no request came"
        return self.requests

    def await_connections(self, count: int = 1) -> list[Connection]:
        """Waits until so many connections were accepted."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.connections) >= count, GUARD), "no connection came"
        return self.connections

    def await_bytes(self, count: int = 1) -> bytes:
        """Waits until so many bytes have come on all connections."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.received) >= count, GUARD), "no byte came"
        return self.received

    def release(self) -> None:
        """Lets those scripts continue that stall."""
        self.released.set()

    def _accept(self) -> None:
        while True:
            try:
                stream, _ = self._listener.accept()
            except OSError:
                return
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = Connection(self, stream)
            self.connections.append(connection)
            self.note()
            thread = threading.Thread(target=self._converse, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _converse(self, connection: Connection) -> None:
        try:
            self.script(connection)
        finally:
            connection.stream.close()

    def close(self) -> None:
        self.release()
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
        self._threads[0].join(GUARD)
        for connection in self.connections:
            try:
                connection.stream.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        for thread in self._threads:
            thread.join(GUARD)

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, cls: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def http(
    body: bytes | str = b"",
    *,
    status: int = 200,
    content_type: str | None = "application/json; charset=utf-8",
    headers: tuple[str, ...] = (),
    length: int | None = None,
) -> bytes:
    """Writes an answer; `length` makes it lie about its body's."""
    body = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} Word", f"Content-Length: {len(body) if length is None else length}", *headers]
    if content_type is not None:
        lines.append(f"Content-Type: {content_type}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def done(request: Request, **replaced: str | None) -> bytes:
    """Answers as the gateway does when it did what was asked; a replacement of `None` leaves a key out."""
    asked = dict(request.fields)
    answer: dict[str, str | None] = {"ResultCode": "00", "ResultMsg": "정상처리", "Mid": asked["mid"]}
    answer["Tid"] = asked["tid"]
    if "cancelPrice" in asked:
        answer |= {"C_Tid": "WPPGCARD01welcometst20260930151500000002", "Price": asked["cancelPrice"]}
        answer["RmainPrice"] = asked["confirmPrice"]
    else:
        answer |= {"Moid": "order-1", "Price": asked["price"]}
    answer |= {"CancelDate": "20260930", "CancelTime": "151500"} | replaced
    return http(json.dumps({key: value for key, value in answer.items() if value is not None}, ensure_ascii=False))


Answer = bytes | Callable[[Request], bytes]


def _bytes(answer: Answer, request: Request) -> bytes:
    return answer if isinstance(answer, bytes) else answer(request)


def answer(with_what: Answer = done) -> Script:
    """Answers every request of a connection."""

    def script(connection: Connection) -> None:
        while (request := connection.request()) is not None:
            connection.send(_bytes(with_what, request))

    return script


def answer_and_close(with_what: Answer) -> Script:
    """Answers one request and ends the connection."""

    def script(connection: Connection) -> None:
        if (request := connection.request()) is not None:
            connection.send(_bytes(with_what, request))

    return script


def stall(then: Answer = done) -> Script:
    """Reads requests, and answers each when the server is told to."""

    def script(connection: Connection) -> None:
        while (request := connection.request()) is not None:
            connection.server.released.wait(GUARD)
            reply = _bytes(then, request)
            connection.send(reply)
            if not reply:
                return

    return script


def drip(pause: float, with_what: Answer = done) -> Script:
    """Answers one byte at a time, so that something always comes, but never soon all of it."""

    def script(connection: Connection) -> None:
        if (request := connection.request()) is not None:
            for byte in _bytes(with_what, request):
                connection.send(bytes([byte]))
                connection.server.released.wait(pause)

    return script


def listen_only(connection: Connection) -> None:
    """Reads what comes, and never says a byte."""
    connection.end()


def close_after_request(connection: Connection) -> None:
    """Ends the connection in place of an answer."""
    connection.request()


def reset_after_request(connection: Connection) -> None:
    """Resets the connection in place of an answer."""
    connection.request()
    connection.reset()


def reset_at_once(connection: Connection) -> None:
    """Resets the connection before reading a byte."""
    connection.reset()
