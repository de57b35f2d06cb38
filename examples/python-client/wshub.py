"""A client of the wshub protocol on the standard library alone: one connection. A call of read() reads one frame."""
import base64, json, os, re, socket, struct
from urllib.parse import urlsplit

MAGIC = b"wsh\x01"


class Refused(Exception):
    def __init__(self, status, headers):
        super().__init__(status)
        after = headers.get("retry-after", "")
        self.status, self.retry = status, int(after) * 1000 if after.isdigit() else None
        self.final = is_final(status + 4000)


def is_final(code):
    return 4400 <= code <= 4499 and code not in (4408, 4425, 4429)


def named(entries):
    return {entry["user"]: entry for entry in entries}


class Room:
    """What a client knows of a room: the position of the last message, and the users if the app has listed them."""
    def __init__(self):
        self.position, self.seq, self.users, self.count = None, None, None, None

    def listed(self, room, users):
        self.users = {user: {} for user in users}
        return self.list(room)

    def presence(self, room, news):
        missed, self.seq, self.count = self.seq not in (None, news["seq"] - 1), news["seq"], news.get("count")
        if self.count is not None: self.users = None
        elif news.get("reset"): self.users = named(news["entries"])
        elif missed or self.users is None: self.users = None
        else: self.users = {u: e for u, e in {**self.users, **named(news["joined"] + news["changed"])}.items() if u not in news["left"]}
        return self.list(room)

    def list(self, room):
        if self.count is not None: return {"event": "presence", "room": room, "count": self.count}
        if self.users is None: return {"event": "stale", "room": room}
        states = {user: entry["state"] for user, entry in self.users.items() if "state" in entry}
        return {"event": "presence", "room": room, "users": sorted(self.users), **({"states": states} if states else {})}

    def moved(self, members):
        if "offset" in members: self.position = {k: members[k] for k in ("offset", "epoch", "tag") if k in members}


class Client:
    def __init__(self, url, protocols=()):
        at, self.asked, self.streamed, self.handlers, self.rooms = urlsplit(url), {}, set(), {}, {}
        self.socket = socket.create_connection((at.hostname, at.port or 80))
        self.file = self.socket.makefile("rb")
        lines = [f"GET {at.path or '/'}{'?' + at.query if at.query else ''} HTTP/1.1", f"Host: {at.netloc}",
                 "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
                 "Sec-WebSocket-Key: " + base64.b64encode(os.urandom(16)).decode()]
        if protocols: lines.append("Sec-WebSocket-Protocol: " + ", ".join(protocols))
        self.socket.sendall("\r\n".join(lines + ["", ""]).encode())
        status = int(self.file.readline().split()[1])
        head = [line.decode("latin-1").strip().partition(":") for line in iter(self.file.readline, b"\r\n")]
        if status != 101: raise Refused(status, {name.lower(): value.strip() for name, _, value in head})

    def frame(self, opcode, data):
        size = len(data)
        length = bytes([128 | size]) if size < 126 else b"\xfe" + struct.pack(">H", size) if size < 65536 \
            else b"\xff" + struct.pack(">Q", size)
        mask = os.urandom(4)
        self.socket.sendall(bytes([128 | opcode]) + length + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(data)))

    def send(self, type, attached=None, **members):
        text = json.dumps({"type": type, **members}).encode()
        if attached is None: self.frame(1, text)
        else: self.frame(2, MAGIC + struct.pack(">I", len(text)) + text + attached)

    def request(self, type, name, streamed=False, **members):
        id = len(self.asked) + 1
        self.asked[id] = name
        if streamed: self.streamed.add(id)
        self.send(type, id=id, **members)

    def cancel(self, name):
        for id, asked in self.asked.items():
            if asked == name: self.send("hub:cancel", payload={"id": id})

    def room(self, name):
        return self.rooms.setdefault(name, Room())

    def read(self):
        """The next event as a dictionary; None for what needs no attention."""
        first, size = self.file.read(2)
        size = size & 127
        if size > 125: size = int.from_bytes(self.file.read(2 if size == 126 else 8), "big")
        opcode, data = first & 15, self.file.read(size)
        if opcode == 8: return self.closed(data)
        if opcode == 9: return self.frame(10, data)
        if opcode == 2: return self.binary(data)
        return self.message(data.decode()) if opcode == 1 else None

    def binary(self, data):
        if not data.startswith(MAGIC): return {"event": "bytes", "hex": data.hex()}
        end = 8 + int.from_bytes(data[4:8], "big")
        return self.message(data[8:end].decode(), {"bytes": data[end:].hex()}) if 8 < end <= len(data) else None

    def closed(self, data):
        self.frame(8, data)
        code, reason = (int.from_bytes(data[:2], "big"), data[2:].decode()) if data else (1005, "")
        retry = re.search(r"(?:^|\s)retry=(\d{1,9})(?:\s|$)", reason)
        event = {"event": "close", "code": code, "reason": reason, "final": is_final(code)}
        return {**event, "retry": int(retry[1])} if retry else event

    def message(self, text, attached={}):
        try: envelope = json.loads(text)
        except ValueError: envelope = None
        if not isinstance(envelope, dict) or not isinstance(envelope.get("type"), str): return {"event": "text", "text": text}
        type, id, payload = envelope["type"], envelope.get("id"), {k: envelope[k] for k in ["payload"] if k in envelope} | attached
        if type in ("reply", "error"): return self.answer(type, id, payload)
        if type == "hub:next": return {"event": "next", "as": self.asked[id], **payload} if id in self.streamed else None
        if type.startswith("hub:"): return self.protocol(type, payload.get("payload"))
        if "room" in envelope: self.room(envelope["room"]).moved(envelope)
        if id is None: return {"event": "message", "type": type, **payload}
        kind, result, attached = self.handlers.get(type, ("error", {"code": "unknown_type", "message": "Not handled."}, None))
        return self.send(kind, attached, id=id, payload=result)

    def protocol(self, type, payload):
        if type == "hub:presence": return self.room(payload["room"]).presence(payload["room"], payload)
        if type != "hub:gap": return None
        self.room(payload["room"]).moved(payload)
        return {"event": "gap", "room": payload["room"], "reason": payload["reason"]}

    def answer(self, type, id, payload):
        if id is not None and id not in self.asked: return None
        name = {} if id is None else {"as": self.asked[id]}
        return {"event": type, **name, **(payload if type == "reply" else payload["payload"])}
