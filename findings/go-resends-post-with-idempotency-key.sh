#!/usr/bin/env bash
# Go's net/http sends a POST again by itself if it has the header `Idempotency-Key` or `X-Idempotency-Key`, whether or not the server knows it, and the server received all of it and closed a
# reused connection without an answer: the header that is to prevent a second voice makes one where the API ignores it. Without the header Go sends it once.
# version: golang 1.19.8 (Debian 12)
# our code: shared/clone-request.ts sends no such header, and shared/outcome.ts counts such a close as unknown
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'golang-1.19-go=1.19.8-*' 'golang-1.19-src=1.19.8-*' 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export GOROOT=$dir/usr/lib/go-1.19 GOCACHE=$dir/cache GO111MODULE=off

cat > post.go <<'END'
package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
)

func main() {
	var received []int
	api := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		if request.URL.Path == "/hello" {
			return
		}
		received = append(received, len(body))
		var connection net.Conn
		connection, _, _ = answer.(http.Hijacker).Hijack()
		connection.Close()
	}))
	for _, header := range []string{"no such header", "Idempotency-Key", "X-Idempotency-Key"} {
		hello, _ := http.Get(api.URL + "/hello")
		hello.Body.Close()
		received = nil
		post, _ := http.NewRequest("POST", api.URL+"/voice-clone", bytes.NewReader(make([]byte, 3000000)))
		post.Header.Set("Content-Type", "multipart/form-data; boundary=end")
		if header != "no such header" {
			post.Header.Set(header, "amelia-1")
		}
		_, err := http.DefaultClient.Do(post)
		fmt.Printf("%s: the server received %v bytes, the program got %v\n", header, received, err != nil)
	}
}
END
"$GOROOT/bin/go" version
"$GOROOT/bin/go" run post.go | sed 's/true$/one error/' | tee seen
diff seen - <<'END'
no such header: the server received [3000000] bytes, the program got one error
Idempotency-Key: the server received [3000000 3000000] bytes, the program got one error
X-Idempotency-Key: the server received [3000000 3000000] bytes, the program got one error
END
echo 'With an idempotency key, Go sends a POST again whose answer was lost'
