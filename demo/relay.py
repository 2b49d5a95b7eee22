"""A line between a client and the gateway: it keeps what goes over it, and can be cut before the answer comes back."""

import socket
import threading
from urllib.parse import urlsplit


class Relay:
    """Passes requests on to the gateway at `url`; with `cut`, throws the first answer away and closes the line."""

    def __init__(self, url: str, *, cut: bool = False) -> None:
        self._gateway = (urlsplit(url).hostname or "", urlsplit(url).port or 80)
        self._cut = cut
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests: list[bytes] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client, socket.create_connection(self._gateway) as gateway:
                self._serve(client, gateway)

    def _serve(self, client: socket.socket, gateway: socket.socket) -> None:
        while request := _whole(client):
            self.requests.append(request)
            gateway.sendall(request)
            answer = _whole(gateway)
            if self._cut:
                return
            client.sendall(answer)

    def close(self) -> None:
        self._listener.close()


def _whole(connection: socket.socket) -> bytes:
    """Reads one HTTP message that says how long it is; nothing where the connection was closed."""
    message = b""
    while b"\r\n\r\n" not in message:
        received = connection.recv(65536)
        if not received:
            return b""
        message += received
    head, _, body = message.partition(b"\r\n\r\n")
    lines = (line.partition(b":") for line in head.split(b"\r\n")[1:])
    length = next(int(value) for name, _, value in lines if name.lower() == b"content-length")
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
