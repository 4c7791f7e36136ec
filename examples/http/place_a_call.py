"""Places a call over HTTP and waits for its result, with Python's standard library alone.

  OUTDIAL_URL=http://127.0.0.1:8080 OUTDIAL_KEY=od_... python3 examples/http/place_a_call.py sip:human@lab

`npm start -- --stay` prints the address and a key to try it with.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid

URL = os.environ.get("OUTDIAL_URL", "http://127.0.0.1:8080")
KEY = os.environ["OUTDIAL_KEY"]


class Refused(Exception):
    """The gateway's reason, as problem details (RFC 9457)."""

    def __init__(self, problem):
        super().__init__(f"{problem['code']}: {problem['detail']}")
        self.retryable = problem["retryable"]


def ask(method, path, body=None):
    """Makes a request, and returns what the gateway answers."""
    request = urllib.request.Request(
        URL + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise Refused(json.load(error)) from error


def ask_again(method, path, body=None):
    """The same, until the gateway can be reached. The job's id makes it safe to send the same call again."""
    for attempt in range(5):
        try:
            return ask(method, path, body)
        except Refused as refused:
            if not refused.retryable:
                raise
        except urllib.error.URLError:
            pass
        time.sleep(2**attempt)
    return ask(method, path, body)


def main():
    job = {"id": f"example-{uuid.uuid4()}", "callTo": sys.argv[1], "liveSpeakerDetect": "DEFAULT"}
    if len(sys.argv) > 2:
        job["callFrom"] = sys.argv[2]
    placed = ask_again("POST", "/v1/calls", job)
    print("placed", placed["id"], flush=True)
    while True:
        call = ask_again("GET", f"/v1/calls/{placed['id']}")
        if call["result"] is not None:
            break
        time.sleep(0.5)
    result = call["result"]
    print("result", result["state"], result["cause"], result["farEndType"])


try:
    main()
except Refused as refused:
    sys.exit(f"error [{refused}]")
