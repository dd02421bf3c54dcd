#!/usr/bin/env bash
# Java's HttpURLConnection sends a POST again by itself if the server received all of it and closed without an answer, on a new connection too: two voices are made, and the program sees one
# exception. With `setFixedLengthStreamingMode` or `-Dsun.net.http.retryPost=false` it sends once, and so does java.net.http.HttpClient.
# version: openjdk 17.0 (Debian 12)
# our code: shared/outcome.ts counts such a close as unknown, and nothing sends again
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'openjdk-17-jdk-headless=17.0.*' 'openjdk-17-jre-headless=17.0.*' 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
find usr/lib/jvm -lname '/etc/*' | while read -r link; do ln -sf "$dir$(readlink "$link")" "$link"; done

cat > Post.java <<'END'
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

class Post {
  public static void main(String[] args) throws Exception {
    var url = URI.create(args[0]);
    var body = new byte[1_000_000];
    try {
      if (args[1].equals("HttpClient")) {
        var request = HttpRequest.newBuilder(url).POST(HttpRequest.BodyPublishers.ofByteArray(body)).build();
        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
      } else {
        var connection = (HttpURLConnection) url.toURL().openConnection();
        connection.setRequestMethod("POST");
        connection.setDoOutput(true);
        if (args[1].equals("streaming")) connection.setFixedLengthStreamingMode(body.length);
        try (var out = connection.getOutputStream()) {
          out.write(body);
        }
        connection.getResponseCode();
      }
      System.out.print("an answer");
    } catch (java.io.IOException e) {
      System.out.print("one " + e.getClass().getSimpleName());
    }
  }
}
END
cat > see.mjs <<'END'
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { promisify } from 'node:util';

let received = [];
const server = createServer(async (request) => {
  let bytes = 0;
  for await (const { length } of request) bytes += length;
  received.push(bytes);
  request.socket.destroy();
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${server.address().port}/`;
for (const [what, ...options] of [['HttpURLConnection'], ['HttpURLConnection', '-Dsun.net.http.retryPost=false'], ['streaming'], ['HttpClient']]) {
  received = [];
  const { stdout } = await promisify(execFile)('usr/lib/jvm/java-17-openjdk-amd64/bin/java', [...options, 'Post.java', url, what]);
  console.log(`${[what, ...options].join(', ')}: received ${received.join(' and ')} bytes, and the program sees ${stdout}`);
}
process.exit();
END
node see.mjs | tee seen
diff seen - <<'END'
HttpURLConnection: received 1000000 and 1000000 bytes, and the program sees one SocketException
HttpURLConnection, -Dsun.net.http.retryPost=false: received 1000000 bytes, and the program sees one SocketException
streaming: received 1000000 bytes, and the program sees one SocketException
HttpClient: received 1000000 bytes, and the program sees one IOException
END
echo 'Java sent one POST twice'
