#!/usr/bin/env bash
# OkHttp sends a POST again by itself in three cases, after the server had all of it: it closed a reused connection without an answer, answered 408, or 503 with `Retry-After: 0`. Two voices are
# made, and the program sees one failure. `retryOnConnectionFailure(false)` stops the first two, and not the third.
# version: libokhttp-java 3.13.1, libokio-java 1.16.0, openjdk 17.0 (Debian 12)
# our code: shared/outcome.ts counts a close, a 408 and a 5xx after the end of the body as unknown, and nothing sends again
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'libokhttp-java=3.13.1-*' 'libokio-java=1.16.0-*' 'openjdk-17-jdk-headless=17.0.*' 'openjdk-17-jre-headless=17.0.*' 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
find usr/lib/jvm -lname '/etc/*' | while read -r link; do ln -sf "$dir$(readlink "$link")" "$link"; done

cat > Post.java <<'END'
import okhttp3.*;

class Post {
  public static void main(String[] args) throws Exception {
    for (boolean retries : new boolean[] {true, false}) {
      System.out.println(retries ? "as it comes:" : "with retryOnConnectionFailure(false):");
      for (String path : new String[] {"/closes", "/closes-reused", "/408", "/503-now", "/503", "/500"}) {
        OkHttpClient client = new OkHttpClient.Builder().retryOnConnectionFailure(retries).build();
        if (path.equals("/closes-reused")) get(client, args[0] + "/hello");
        RequestBody recording = RequestBody.create(MediaType.parse("audio/wav"), new byte[3_000_000]);
        RequestBody form = new MultipartBody.Builder().setType(MultipartBody.FORM).addFormDataPart("files", "take.wav", recording).build();
        String got;
        try (Response answer = client.newCall(new Request.Builder().url(args[0] + path).post(form).build()).execute()) {
          got = "" + answer.code();
        } catch (java.io.IOException error) {
          got = "one error";
        }
        System.out.println("  " + path + ": whole forms received " + get(client, args[0] + "/received") + ", the program got " + got);
      }
    }
    System.exit(0);
  }

  static String get(OkHttpClient client, String url) throws Exception {
    return client.newCall(new Request.Builder().url(url).build()).execute().body().string();
  }
}
END
cat > api.mjs <<'END'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';

let received = 0;
const api = createServer(async (request, response) => {
  const { length } = Buffer.concat(await request.toArray());
  if (request.url === '/hello') return response.end('hello');
  if (request.url === '/received') {
    response.end(String(received));
    received = 0;
    return;
  }
  if (length === Number(request.headers['content-length'])) received++;
  if (request.url.startsWith('/closes')) return request.socket.destroy();
  if (request.url === '/503-now') response.setHeader('Retry-After', 0);
  response.writeHead(Number(request.url.slice(1, 4))).end();
}).listen(0, '127.0.0.1');
await once(api, 'listening');
const classes = ['okhttp', 'okio'].map((name) => `usr/share/java/${name}.jar`).join(':');
const java = spawn('usr/lib/jvm/java-17-openjdk-amd64/bin/java', ['-cp', classes, 'Post.java', `http://127.0.0.1:${api.address().port}`], { stdio: 'inherit' });
const [code] = await once(java, 'exit');
process.exit(code);
END

node api.mjs | tee seen
diff seen - <<'END'
as it comes:
  /closes: whole forms received 1, the program got one error
  /closes-reused: whole forms received 2, the program got one error
  /408: whole forms received 2, the program got 408
  /503-now: whole forms received 2, the program got 503
  /503: whole forms received 1, the program got 503
  /500: whole forms received 1, the program got 500
with retryOnConnectionFailure(false):
  /closes: whole forms received 1, the program got one error
  /closes-reused: whole forms received 1, the program got one error
  /408: whole forms received 1, the program got 408
  /503-now: whole forms received 2, the program got 503
  /503: whole forms received 1, the program got 503
  /500: whole forms received 1, the program got 500
END
echo 'OkHttp sends a POST again after a lost answer, a 408 and a 503 with Retry-After: 0'
