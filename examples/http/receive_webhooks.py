"""Receives webhooks and verifies them, with Python's standard library alone.

  OUTDIAL_WEBHOOK_SECRET=whsec_... python3 examples/http/receive_webhooks.py 8081

Prints a line for each message that it has not had before. They are signed as Standard Webhooks says
(https://www.standardwebhooks.com), which has libraries for most languages.
"""

import base64
import hashlib
import hmac
import http.server
import json
import os
import sys
import time

KEY = base64.b64decode(os.environ["OUTDIAL_WEBHOOK_SECRET"].removeprefix("whsec_"))
# What is older may have been recorded by somebody, and sent again.
SECONDS_OLD_MAX = 300

had = set()


def is_genuine(headers, body):
    """Whether a message is from who knows the secret, and new. While a secret is rotated there are two signatures."""
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > SECONDS_OLD_MAX:
        return False
    signed = f"{message_id}.{timestamp}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    signatures = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(expected, signature) for signature in signatures)


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if not is_genuine(self.headers, body):
            self.answer(401)
            return
        # A message may come more than once. A real receiver keeps the ids of a day where they outlive it.
        message_id = self.headers["webhook-id"]
        if message_id not in had:
            had.add(message_id)
            event = json.loads(body)["data"]
            result = event.get("result") or {}
            words = ["verified", event["type"], event.get("jobId", ""), result.get("state"), result.get("farEndType")]
            print(*filter(None, words), flush=True)
        self.answer(204)

    def answer(self, status):
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_):
        """It prints messages alone."""


server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver)
print("listening on", server.server_address[1], flush=True)
server.serve_forever()
