"""A NOC for tests and the demo: takes syslog by UDP and webhooks by HTTP on loopback.

    receiver.py [--status N] FOLDER

Prints "syslog PORT" and "webhook PORT" into FOLDER/ports, then appends each message to
FOLDER/syslog and each body to FOLDER/webhook, one a line, at once. FOLDER/status, when it is there,
holds the HTTP status to answer with (200).
"""

import http.server
import pathlib
import socket
import sys
import threading

folder = pathlib.Path(sys.argv[-1])


def note(name, text):
    with open(folder / name, "a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text.replace("\n", " ") + "\n")


class Hook(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            status = int((folder / "status").read_text())
        except OSError:
            status = 200
        note("webhook" if status == 200 else "refused", body.decode("utf-8", "backslashreplace"))
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def syslog(sock):
    while True:
        note("syslog", sock.recv(65536).decode("utf-8", "backslashreplace"))


udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 0))
web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
threading.Thread(target=syslog, args=(udp,), daemon=True).start()
for name in ("syslog", "webhook"):
    (folder / name).touch()
note("ports", f"syslog {udp.getsockname()[1]}")
note("ports", f"webhook {web.server_address[1]}")
web.serve_forever()
