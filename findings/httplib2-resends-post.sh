#!/usr/bin/env bash
# Python's httplib2, which Google's client for its APIs uses, sends a POST a second time by itself if the server received all of it and closed without an answer, on a new connection too: two voices are made, and the
# program sees one RemoteDisconnected, or the second voice if that is answered. A 503 it does not send again, and requests and urllib send once.
# version: python3-httplib2 0.20.4, python3-requests 2.28.1, Python 3.11.2 (Debian 12)
# our code: shared/outcome.ts counts such a close as unknown, and nothing sends again
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'python3-httplib2=0.20.4-*' python3-pyparsing 'python3-requests=2.28.1+*' python3-urllib3 python3-chardet python3-idna python3-certifi \
  python3-charset-normalizer python3-six 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

cat > api.mjs <<'END'
import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

let posts = 0;
const server = createServer(async (request, response) => {
  const whole = Buffer.concat(await request.toArray()).length === 100_000;
  appendFileSync('posts', `${whole ? 'whole' : 'cut'}\n`);
  posts += 1;
  if (request.url === '/closes' || (request.url === '/closes-once' && posts === 1)) request.socket.destroy();
  else response.writeHead(request.url === '/503' ? 503 : 200).end(`voice ${posts}`);
  if (request.url === '/reset') posts = 0;
}).listen(0, '127.0.0.1', () => writeFileSync('port', String(server.address().port)));
END
node api.mjs &
server=$!
until [ -s port ]; do sleep 0.1; done

cat > post.py <<'END'
import sys, urllib.request
import httplib2, requests

url, form = sys.argv[1], bytes(100_000)
tools = {
    'httplib2': lambda to: httplib2.Http().request(to, 'POST', body=form)[1].decode(),
    'requests': lambda to: requests.post(to, data=form).text,
    'urllib': lambda to: urllib.request.urlopen(to, data=form).read().decode(),
}
for tool, post in tools.items():
    for answer in ['closes', 'closes-once', '503']:
        requests.post(url + 'reset', data=form)
        open('posts', 'w').close()
        try:
            said = post(url + answer)
        except Exception as error:
            said = type(error).__name__
        print(f'{tool}, {answer}: {", ".join(open("posts").read().split())}; the program sees {said}')
END
PYTHONPATH=$dir/usr/lib/python3/dist-packages no_proxy=127.0.0.1 /usr/bin/python3 post.py "http://127.0.0.1:$(cat port)/" | tee seen
diff seen - <<'END'
httplib2, closes: whole, whole; the program sees RemoteDisconnected
httplib2, closes-once: whole, whole; the program sees voice 2
httplib2, 503: whole; the program sees voice 1
requests, closes: whole; the program sees ConnectionError
requests, closes-once: whole; the program sees ConnectionError
requests, 503: whole; the program sees voice 1
urllib, closes: whole; the program sees RemoteDisconnected
urllib, closes-once: whole; the program sees RemoteDisconnected
urllib, 503: whole; the program sees HTTPError
END
