"""Servers for tests/unit/alert_*_test.c: on loopback, on a free port, until they are killed.

    alert_server.py http
    alert_server.py tls CERTIFICATE KEY MODE [CLIENT-CA]
    alert_server.py silent

The first line on stdout is the port. Then one JSON document a line says what came in.
"""

import http.server
import json
import socket
import ssl
import sys
import threading


def say(value):
    sys.stdout.write((value if isinstance(value, str) else json.dumps(value)) + "\n")
    sys.stdout.flush()


class Webhook(http.server.BaseHTTPRequestHandler):
    """Answers as the path says: /200, /503, /slow, /drop, /endless, /redirect."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        say({"path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()},
             "body": body, "peer": self.client_address[1]})
        word = self.path.split("?")[0].split("/")[-1]
        if word == "slow":
            threading.Event().wait()
        elif word == "drop":
            self.close_connection = True
        elif word == "redirect":
            self.send_response(302)
            self.send_header("Location", "file:///etc/passwd")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif word == "endless":
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"x" * 65536)
            except OSError:
                self.close_connection = True
        else:
            self.send_response(int(word))
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

    def log_message(self, *_):
        pass


def serve_http():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Webhook)
    say(str(server.server_address[1]))
    server.serve_forever()


def read_frame(stream):
    """One message of RFC 5425: its length, a blank, so many bytes."""
    digits = b""
    while True:
        byte = stream.read(1)
        if not byte:
            return None
        if byte == b" ":
            return stream.read(int(digits))
        digits += byte


def serve_tls(certificate, key, mode, client_ca=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    if client_ca:
        context.load_verify_locations(client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    listener = socket.create_server(("127.0.0.1", 0))
    say(str(listener.getsockname()[1]))
    count = 0
    while True:
        raw, _ = listener.accept()
        try:
            connection = context.wrap_socket(raw, server_side=True)
            count += 1
            stream = connection.makefile("rb")
            while (frame := read_frame(stream)) is not None:
                say({"connection": count, "message": frame.decode("utf-8", "backslashreplace")})
                if mode == "close":
                    connection.setblocking(False)  # a goodbye that waits for no answer
                    try:
                        connection.unwrap()
                    except ssl.SSLWantReadError:
                        pass
                    stream.close()
                    connection.close()
                    say({"closed": count})
                    break
                if mode == "reset":
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    stream.close()
                    connection.close()
                    say({"closed": count})
                    break
        except OSError as problem:
            say({"problem": type(problem).__name__})
            raw.close()


def serve_silent():
    """Takes connections and says nothing, not even the first word of TLS."""
    listener = socket.create_server(("127.0.0.1", 0))
    say(str(listener.getsockname()[1]))
    kept = []
    while True:
        kept.append(listener.accept())


if __name__ == "__main__":
    {"http": serve_http, "tls": serve_tls, "silent": serve_silent}[sys.argv[1]](*sys.argv[2:])
