"""A small server that speaks as much of S3's API as reading needs: lists in pages, whole and ranged gets, heads, and errors."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape


class Storage:
    """Buckets of objects. page: how many keys a list gives at once. busy: so many requests are answered with 503 first."""

    def __init__(self, page=1000):
        self.buckets = {"shop": {}}
        self.page, self.busy, self.requests, self.locked = page, 0, [], False

    def put(self, key, content, at=datetime(2026, 3, 1, tzinfo=UTC)):
        self.buckets["shop"][key] = (content, at)


class StorageServer:
    """The server on a free port of this machine, for as long as it is entered."""

    def __init__(self, storage):
        self.storage = storage

    def __enter__(self):
        storage = self.storage

        class Answering(_Answering):
            held = storage

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        return self

    def __exit__(self, *problem):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self._answer(body=True)

    def do_HEAD(self):
        self._answer(body=False)

    def _answer(self, *, body):
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        bucket, _, key = unquote(parts.path).lstrip("/").partition("/")
        self.held.requests.append((self.command, key, asked, self.headers.get("Range")))
        if self.held.busy:
            self.held.busy -= 1
            return self._fault(503, "SlowDown", body)
        if self.held.locked or "Signature=" not in self.headers.get("Authorization", ""):
            return self._fault(403, "AccessDenied", body)
        if bucket not in self.held.buckets:
            return self._fault(404, "NoSuchBucket", body)
        objects = self.held.buckets[bucket]
        if not key:
            return self._list(objects, asked) if body else self._send(200, b"", {}, body=False)
        if key not in objects:
            return self._fault(404, "NoSuchKey", body)
        return self._object(*objects[key], body=body)

    def _list(self, objects, asked):
        prefix, delimiter = asked.get("prefix", ""), asked.get("delimiter", "")
        after = asked.get("continuation-token") or asked.get("start-after", "")
        names = sorted(name for name in objects if name.startswith(prefix))
        rows, common = [], {}
        for name in names:
            rest = name[len(prefix) :]
            folder = prefix + rest.partition(delimiter)[0] + delimiter if delimiter and delimiter in rest else ""
            if (folder or name) > after:
                common[folder or name] = bool(folder)
        size = min(self.held.page, int(asked.get("max-keys", 1000)))
        shown = list(common.items())[:size]
        for name, is_folder in shown:
            if is_folder:
                rows.append(f"<CommonPrefixes><Prefix>{escape(name)}</Prefix></CommonPrefixes>")
            else:
                content, at = objects[name]
                rows.append(
                    f"<Contents><Key>{escape(name)}</Key><LastModified>{at:%Y-%m-%dT%H:%M:%S.000Z}</LastModified>"
                    f"<ETag>&quot;{hash(content) & 0xFFFF:x}&quot;</ETag><Size>{len(content)}</Size></Contents>"
                )
        more = len(common) > len(shown)
        token = f"<NextContinuationToken>{escape(shown[-1][0])}</NextContinuationToken>" if more else ""
        xml = (
            '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<Name>shop</Name><Prefix>{escape(prefix)}</Prefix><KeyCount>{len(shown)}</KeyCount><MaxKeys>{size}</MaxKeys>"
            f"<IsTruncated>{str(more).lower()}</IsTruncated>{token}{''.join(rows)}</ListBucketResult>"
        )
        self._send(200, xml.encode(), {"Content-Type": "application/xml"}, body=True)

    def _object(self, content, at, *, body):
        headers = {"Last-Modified": f"{at:%a, %d %b %Y %H:%M:%S} GMT", "ETag": '"x"', "Accept-Ranges": "bytes"}
        wanted = self.headers.get("Range")
        if not wanted:
            return self._send(200, content, headers, body=body)
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        start, stop = int(first), min(int(last or len(content)) + 1, len(content))
        if start >= len(content):
            return self._fault(416, "InvalidRange", body)
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(content)}"
        return self._send(206, content[start:stop], headers, body=body)

    def _fault(self, status, code, body):
        xml = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>{code}</Message></Error>'.encode()
        self._send(status, xml, {"Content-Type": "application/xml"}, body=body)

    def _send(self, status, content, headers, *, body):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body:
            self.wfile.write(content)
