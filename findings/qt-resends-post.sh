#!/usr/bin/env bash
# Qt's QNetworkAccessManager sends a POST a second time by itself if the server received all of it and closed without an answer, on a new connection too: a desktop program makes two voices of
# one click, and gets one "Connection closed". A 503 it does not send again.
# version: PyQt 6.4.2 with Qt 6.4.2, PyQt 5.15.9 with Qt 5.15.8 (Debian 12)
# our code: shared/outcome.ts counts such a close as unknown, and nothing sends again
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
mkdir 5 6
(cd 5 && apt-get download -qq 'python3-pyqt5=5.15.9+*' python3-pyqt5.sip 'libqt5network5=5.15.8+*' libqt5core5a libqt5dbus5 libqt5gui5 libdouble-conversion3 libicu72 libmd4c0 libpcre2-16-0) 2>/dev/null
(cd 6 && apt-get download -qq 'python3-pyqt6=6.4.2-*' python3-pyqt6.sip 'libqt6network6=6.4.2+*' libqt6core6 libqt6dbus6 libqt6gui6 libb2-1 libdouble-conversion3 libicu72 libmd4c0 \
  libpcre2-16-0 libproxy1v5 libts0) 2>/dev/null
for deb in */*.deb; do dpkg-deb -x "$deb" "${deb%/*}"; done

cat > api.py <<'END'
"""Receives forms, and closes without an answer or says 503."""
import http.server, threading

received = []


class Api(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_POST(self):
        received.append(len(self.rfile.read(int(self.headers['Content-Length']))))
        if self.path == '/503':
            self.send_response(503)
            self.send_header('Content-Length', '0')
            self.end_headers()
        else:
            self.close_connection = True

    def log_message(self, *message):
        pass


server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Api)
threading.Thread(target=server.serve_forever, daemon=True).start()
END
cat > post.py <<'END'
import sys
from api import received, server

if sys.argv[1] == '6':
    from PyQt6.QtCore import QCoreApplication, QByteArray, QEventLoop, QUrl, qVersion
    from PyQt6.QtNetwork import QHttpMultiPart, QHttpPart, QNetworkAccessManager, QNetworkRequest
else:
    from PyQt5.QtCore import QCoreApplication, QByteArray, QEventLoop, QUrl, qVersion
    from PyQt5.QtNetwork import QHttpMultiPart, QHttpPart, QNetworkAccessManager, QNetworkRequest
app = QCoreApplication([])
for path in ['closes', '503']:
    form = QHttpMultiPart(QHttpMultiPart.ContentType.FormDataType)
    take = QHttpPart()
    take.setHeader(QNetworkRequest.KnownHeaders.ContentDispositionHeader, 'form-data; name="files"; filename="take.wav"')
    take.setBody(QByteArray(bytes(3_000_000)))
    form.append(take)
    network, loop = QNetworkAccessManager(), QEventLoop()
    reply = network.post(QNetworkRequest(QUrl(f'http://127.0.0.1:{server.server_port}/{path}')), form)
    reply.finished.connect(loop.quit)
    (loop.exec if sys.argv[1] == '6' else loop.exec_)()
    whole = sum(length > 3_000_000 for length in received)
    print(f'Qt {qVersion()}, {path}: whole forms received {whole}, the program got one error: {reply.error() != 0}')
    received.clear()
END
for qt in 5 6; do
  LD_LIBRARY_PATH=$dir/$qt/usr/lib/x86_64-linux-gnu PYTHONPATH=$dir/$qt/usr/lib/python3/dist-packages PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 post.py $qt
done | tee seen
diff seen - <<'END'
Qt 5.15.8, closes: whole forms received 2, the program got one error: True
Qt 5.15.8, 503: whole forms received 1, the program got one error: True
Qt 6.4.2, closes: whole forms received 2, the program got one error: True
Qt 6.4.2, 503: whole forms received 1, the program got one error: True
END
echo 'Qt sends a POST again whose answer was lost'
