"""Drives wshub.py for the conformance kit: orders come in on stdin and events go out on stdout, one JSON object a line."""
import json, sys, threading
from wshub import Client, Refused


def say(event):
    print(json.dumps(event), flush=True)


def listen(client):
    while True:
        event = client.read()
        if event: say(event)
        if event and event["event"] == "close": return


for line in sys.stdin:
    order = json.loads(line)
    payload = {"payload": order["payload"]} if "payload" in order else {}
    attached = bytes.fromhex(order["bytes"]) if "bytes" in order else None
    if order["do"] == "connect":
        try:
            client = Client(order["url"], order["protocols"])
        except Refused as refused:
            say({"event": "refused", "status": refused.status, "final": refused.final, "retry": refused.retry})
            continue
        say({"event": "open"})
        threading.Thread(target=listen, args=[client], daemon=True).start()
    elif order["do"] == "request": client.request(order["type"], order["as"], attached=attached, **payload)
    elif order["do"] == "stream": client.request(order["type"], order["as"], streamed=True, **payload)
    elif order["do"] == "cancel": client.cancel(order["as"])
    elif order["do"] == "emit": client.send(order["type"], attached, **payload)
    elif order["do"] == "handle":
        client.handlers[order["type"]] = ("error", order["error"], None) if "error" in order else ("reply", order["reply"], attached)
    elif order["do"] == "present": say(client.room(order["room"]).listed(order["room"], order["users"]))
    elif order["do"] == "position": say({"event": "position", "room": order["room"], **(client.room(order["room"]).position or {})})
    elif order["do"] == "send" and "hex" in order: client.frame(2, bytes.fromhex(order["hex"]))
    elif order["do"] == "send": client.frame(1, order["text"].encode())
