package hcpfake_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

// requestFunc sends a request for the channel production.
type requestFunc func(context.Context) (*http.Response, error)

// httpVersions runs a test over HTTP/1.1 and over HTTP/2.
func httpVersions(t *testing.T, test func(t *testing.T, fake *hcpfake.Server, send requestFunc)) {
	for _, proto := range []string{"HTTP/1.1", "HTTP/2.0"} {
		t.Run(proto, func(t *testing.T) {
			fake := newFake(t)
			test(t, fake, newRequestFunc(t, fake, listen(t, fake), proto))
		})
	}
}

// newRequestFunc signs in to the fake, and returns a function that sends requests
// with the given version of HTTP.
func newRequestFunc(t *testing.T, fake *hcpfake.Server, e *hcpfake.Endpoint, proto string) requestFunc {
	t.Helper()
	token := signIn(t, fake)
	fake.ResetRequests()
	transport := &http.Transport{
		TLSClientConfig:   e.TLSConfig(),
		ForceAttemptHTTP2: proto == "HTTP/2.0",
		DisableKeepAlives: proto == "HTTP/1.1", // or the client would retry after a reset
	}
	t.Cleanup(transport.CloseIdleConnections)
	return func(ctx context.Context) (*http.Response, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, e.URL()+packer2023+"/buckets/ubuntu/channels/production", nil)
		if err != nil {
			return nil, err
		}
		r.Header.Set("Authorization", "Bearer "+token)
		resp, err := transport.RoundTrip(r)
		if err == nil {
			equal(t, "the protocol", resp.Proto, proto)
		}
		return resp, err
	}
}

func readAll(t *testing.T, resp *http.Response, err error) (string, error) {
	t.Helper()
	check(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}

func TestFaultResponses(t *testing.T) {
	httpVersions(t, func(t *testing.T, fake *hcpfake.Server, send requestFunc) {
		for name, c := range map[string]struct {
			fault       hcpfake.Fault
			status      int
			contentType string
			body        string // "" is any
		}{
			"status":         {hcpfake.Fault{Status: 503}, 503, "application/json", `{"code":14,"details":[],"message":"Service Unavailable"}` + "\n"},
			"other status":   {hcpfake.Fault{Status: 418}, 418, "application/json", `{"code":2,"details":[],"message":"I'm a teapot"}` + "\n"},
			"a proxy's page": {hcpfake.Fault{Status: 502, ContentType: "text/html", Body: "<html>Bad Gateway</html>"}, 502, "text/html", "<html>Bad Gateway</html>"},
			"body":           {hcpfake.Fault{Body: "null"}, 200, "application/json", "null"},
			"no content":     {hcpfake.Fault{Status: 204}, 204, "application/json", ""},
			"redirect":       {hcpfake.Fault{Status: 307, Header: http.Header{"location": {"https://example.com"}}}, 307, "application/json", ""},
			"own response":   {hcpfake.Fault{ContentType: "text/plain"}, 200, "text/plain", ""},
		} {
			t.Run(name, func(t *testing.T) {
				c.fault.Times = 1
				fake.Inject(c.fault)
				resp, err := send(t.Context())
				body, err := readAll(t, resp, err)
				check(t, err)
				equal(t, "the status", resp.StatusCode, c.status)
				equal(t, "the content type", resp.Header.Get("Content-Type"), c.contentType)
				if c.body != "" && body != c.body {
					t.Errorf("got %q, want %q", body, c.body)
				}
				if resp.StatusCode != http.StatusNoContent {
					equal(t, "the length", resp.ContentLength, int64(len(body)))
				}
				if c.fault.Header != nil {
					equal(t, "the header", resp.Header.Get("Location"), "https://example.com")
				}
			})
		}
	})
}

func TestFaultReset(t *testing.T) {
	httpVersions(t, func(t *testing.T, fake *hcpfake.Server, send requestFunc) {
		fake.Inject(hcpfake.Fault{Operation: hcpfake.GetChannel, Reset: true, Times: 1})
		resp, err := send(t.Context())
		if err == nil {
			t.Fatalf("got %s, want no response", resp.Status)
		}
		http1 := fake.Requests()[0].Proto == "HTTP/1.1"
		if http1 && runtime.GOOS == "linux" && !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("got %v, want a reset connection", err)
		}
		equal(t, "the status in the log", fake.Requests()[0].Status, 0)
		resp, err = send(t.Context())
		_, err = readAll(t, resp, err)
		check(t, err)
		equal(t, "the number of requests", fake.Count(hcpfake.GetChannel), 2)
	})
}

func TestFaultTruncate(t *testing.T) {
	httpVersions(t, func(t *testing.T, fake *hcpfake.Server, send requestFunc) {
		fake.Inject(hcpfake.Fault{Truncate: 10, Times: 1})
		resp, err := send(t.Context())
		body, err := readAll(t, resp, err)
		if err == nil {
			t.Error("the response is complete")
		}
		equal(t, "the body", body, `{"channel"`)
		if resp.ContentLength <= 10 {
			t.Errorf("the length is %d, want that of the complete response", resp.ContentLength)
		}
		equal(t, "the status in the log", fake.Requests()[0].Status, 200)

		fake.Inject(hcpfake.Fault{Truncate: 1 << 20})
		resp, err = send(t.Context())
		_, err = readAll(t, resp, err)
		check(t, err)
	})
}

func TestFaultHang(t *testing.T) {
	for _, proto := range []string{"HTTP/1.1", "HTTP/2.0"} {
		t.Run(proto, func(t *testing.T) {
			fake := newFake(t)
			fake.Inject(hcpfake.Fault{Operation: hcpfake.GetChannel, Hang: true})
			arrived := make(chan struct{}, 10)
			e := listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				arrived <- struct{}{}
				fake.ServeHTTP(w, r)
			}))
			send := newRequestFunc(t, fake, e, proto)
			failed := make(chan error)
			start := func(ctx context.Context) {
				go func() {
					_, err := send(ctx)
					failed <- err
				}()
				select {
				case <-arrived:
				case err := <-failed:
					t.Fatalf("the request ended before it arrived: %v", err)
				}
			}

			ctx, cancel := context.WithCancel(t.Context())
			start(ctx)
			cancel()
			if err := <-failed; !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want context.Canceled", err)
			}

			start(t.Context())
			check(t, e.Close())
			if err := <-failed; err == nil {
				t.Error("got a response from a closed endpoint")
			}

			// A response would be logged even though no client received it.
			equal(t, "the number of requests", fake.Count(hcpfake.GetChannel), 2)
			for _, r := range fake.Requests() {
				equal(t, "the status in the log", r.Status, 0)
			}
		})
	}
}

func TestFaultDelay(t *testing.T) {
	fake := newFake(t)
	fake.Inject(hcpfake.Fault{Operation: hcpfake.GetRegistry, Delay: 10 * time.Millisecond, Times: 1})
	before := time.Now()
	equal(t, "the status", get(t, fake, packer2023+"/registry").Code, 200)
	if waited := time.Since(before); waited < 10*time.Millisecond {
		t.Errorf("it took %v, want at least 10ms", waited)
	}

	fake.Inject(hcpfake.Fault{Operation: hcpfake.GetRegistry, Delay: time.Hour})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	defer func() {
		if p := recover(); p != any(http.ErrAbortHandler) {
			t.Errorf("the handler ended with %v, want %v", p, http.ErrAbortHandler)
		}
	}()
	fake.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, packer2023+"/registry", nil))
}

func TestFaultQueue(t *testing.T) {
	fake := newFake(t)
	token := signIn(t, fake)
	send := func(path string) int {
		r := httptest.NewRequest(http.MethodGet, packer2023+path, nil)
		r.Header.Set("Authorization", "Bearer "+token)
		return serve(fake, r).Code
	}
	fake.Inject(hcpfake.Fault{Operation: hcpfake.GetChannel, Times: 2, Status: 429})
	fake.Inject(hcpfake.Fault{Operation: hcpfake.GetBucket, Status: 500})
	fake.Inject(hcpfake.Fault{Operation: hcpfake.GetChannel, Times: 1, Status: 502})
	fake.Inject(hcpfake.Fault{Times: 1, Status: 503})
	const channel, bucket = "/buckets/ubuntu/channels/production", "/buckets/ubuntu"
	for i, c := range []struct {
		path string
		want int
	}{
		{channel, 429},
		{bucket, 500},
		{channel, 429},
		{"/registry", 503},
		{channel, 502},
		{channel, 200},
		{bucket, 500},
		{"/registry", 200},
	} {
		if got := send(c.path); got != c.want {
			t.Errorf("request %d, %s: got %d, want %d", i, c.path, got, c.want)
		}
	}
}

func TestFaultPrecedesAuthorization(t *testing.T) {
	fake := newFake(t)
	fake.Inject(hcpfake.Fault{Operation: hcpfake.Token, Status: 429, Header: http.Header{"Retry-After": {"7"}}, Times: 1})
	w := serve(fake, tokenRequest())
	equal(t, "the status", w.Code, 429)
	equal(t, "Retry-After", w.Header().Get("Retry-After"), "7")
	fake.Inject(hcpfake.Fault{Status: 503})
	equal(t, "the status without a token", serve(fake, httptest.NewRequest(http.MethodGet, packer2023+"/registry", nil)).Code, 503)
}

func TestSDKFaults(t *testing.T) {
	fake, clients := setup(t)
	fake.Inject(hcpfake.Fault{Operation: hcpfake.GetChannel, Status: 429, Times: 1})
	_, err := clients.channel("ubuntu", "production")
	wantDefault(t, err, 429, 8)
	fake.Inject(hcpfake.Fault{Operation: hcpfake.GetChannel, Body: "{}", Times: 1})
	got, err := clients.channel("ubuntu", "production")
	check(t, err)
	if got.Payload.Channel != nil {
		t.Errorf("got %+v, want no channel", got.Payload.Channel)
	}
	fake.Inject(hcpfake.Fault{Operation: hcpfake.GetChannel, Status: 502, ContentType: "text/html", Body: "<html>", Times: 1})
	if _, err = clients.channel("ubuntu", "production"); err == nil || !strings.Contains(err.Error(), "TextConsumer") {
		t.Errorf("got %v, want the SDK to fail on HTML", err)
	}
}
