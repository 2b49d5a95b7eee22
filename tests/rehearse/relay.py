"""A proxy that leads every name to one port of this machine, so that a host can be any that a test needs."""

from __future__ import annotations

import socket
import threading
from types import TracebackType


class Relay:
    def __init__(self, port: int) -> None:
        self.asked: list[str] = []
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Relay:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                stream, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(stream,), daemon=True).start()

    def _serve(self, stream: socket.socket) -> None:
        with stream:
            head = b""
            try:
                while b"\r\n\r\n" not in head:
                    data = stream.recv(1024)
                    if not data:
                        return
                    head += data
                self.asked.append(head.split(b" ")[1].decode())
                with socket.create_connection(("127.0.0.1", self._port)) as target:
                    stream.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    there = threading.Thread(target=_pour, args=(stream, target), daemon=True)
                    there.start()
                    _pour(target, stream)
                    there.join()
            except OSError:
                pass


def _pour(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    for each in (source, target):
        try:
            each.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
