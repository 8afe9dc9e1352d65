package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// server counts the connections to it.
type server struct {
	*httptest.Server
	connections atomic.Int32
}

// newServer starts a TLS server.
func newServer(t *testing.T, http2 bool, handler http.HandlerFunc) *server {
	t.Helper()
	s := &server{Server: httptest.NewUnstartedServer(handler)}
	s.EnableHTTP2 = http2
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.connections.Add(1)
		}
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func (s *server) shared(t *testing.T) *Shared {
	t.Helper()
	target, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	shared := NewShared(target, &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true})
	t.Cleanup(shared.base.CloseIdleConnections)
	return shared
}

func (s *server) get(ctx context.Context, t *testing.T, next http.RoundTripper) error {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := next.RoundTrip(req)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// Concurrent first requests share the connection, whether or not it was opened early.
func TestSharedConnection(t *testing.T) {
	t.Parallel()
	for name, early := range map[string]bool{"opened early": true, "opened by a request": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, true, func(http.ResponseWriter, *http.Request) {})
			shared := s.shared(t)
			if early {
				shared.Open(t.Context())
				shared.Open(t.Context())
			}
			var wait sync.WaitGroup
			for range 50 {
				wait.Go(func() {
					if err := s.get(t.Context(), t, shared); err != nil {
						t.Error(err)
					}
				})
			}
			wait.Wait()
			if n := s.connections.Load(); n != 1 {
				t.Errorf("%d connections", n)
			}
		})
	}
}

// Go's switch turns HTTP/2 off for the early connection too.
func TestHTTP2TurnedOff(t *testing.T) {
	t.Setenv("GODEBUG", "http2client=0")
	s := newServer(t, true, func(http.ResponseWriter, *http.Request) {})
	if err := s.get(t.Context(), t, s.shared(t)); err != nil {
		t.Error(err)
	}
}

// HTTP/1 serves one request at a time on a connection.
func TestConnectionsOverHTTP1(t *testing.T) {
	t.Parallel()
	const requests = 3
	var arrived sync.WaitGroup
	arrived.Add(requests)
	s := newServer(t, false, func(http.ResponseWriter, *http.Request) {
		arrived.Done()
		arrived.Wait() // until all are being served
	})
	shared := s.shared(t)
	shared.Open(t.Context())
	var wait sync.WaitGroup
	for range requests {
		wait.Go(func() {
			if err := s.get(t.Context(), t, shared); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if n := s.connections.Load(); n != requests {
		t.Errorf("%d connections, want %d", n, requests)
	}
}

// The connection is opened without a request, and is the one that the first request
// uses.
func TestOpenBeforeRequest(t *testing.T) {
	t.Parallel()
	s := newServer(t, true, func(http.ResponseWriter, *http.Request) {})
	shared := s.shared(t)
	shared.Open(t.Context())
	early := <-shared.early
	if s.connections.Load() != 1 || early == nil {
		t.Fatalf("%d connections, %v", s.connections.Load(), early)
	}
	if conn, ok := early.(*tls.Conn); !ok || conn.ConnectionState().NegotiatedProtocol != "h2" {
		t.Errorf("the connection is %T, without HTTP/2", early)
	}
	again := make(chan net.Conn, 1)
	again <- early
	close(again)
	shared.early = again
	if err := s.get(t.Context(), t, shared); err != nil {
		t.Error(err)
	}
	if n := s.connections.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

// Where requests go through a proxy, nothing is connected to directly.
func TestNoEarlyConnectionBesideProxy(t *testing.T) {
	t.Parallel()
	s := newServer(t, true, func(http.ResponseWriter, *http.Request) {})
	shared := s.shared(t)
	var proxied atomic.Int32
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		proxied.Add(1)
		w.WriteHeader(http.StatusForbidden)
	}))
	t.Cleanup(proxy.Close)
	target, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	shared.base.Proxy = http.ProxyURL(target)
	shared.Open(t.Context())
	if err := s.get(t.Context(), t, shared); err == nil {
		t.Error("the proxy was ignored")
	}
	if proxied.Load() != 1 || s.connections.Load() != 0 {
		t.Errorf("%d requests to the proxy, %d connections beside it", proxied.Load(), s.connections.Load())
	}
}

// Nor is a connection opened early where requests are sent in plain text.
func TestNoEarlyConnectionInPlainText(t *testing.T) {
	t.Parallel()
	s := newServer(t, true, func(http.ResponseWriter, *http.Request) {})
	shared := NewShared(&url.URL{Scheme: "http", Host: s.Listener.Addr().String()}, nil)
	shared.Open(t.Context())
	if <-shared.early != nil || s.connections.Load() != 0 {
		t.Error("a connection was opened")
	}
}

// A proxy that refuses to connect is named and asked once. It is not quoted, because it may
// send back its password. One that fails is asked again.
func TestProxyDoesNotConnect(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]struct {
		kind     registry.Kind
		attempts int32
	}{
		http.StatusProxyAuthRequired:  {registry.ProxyRefused, 1},
		http.StatusForbidden:          {registry.ProxyRefused, 1},
		http.StatusServiceUnavailable: {registry.Unreachable, MaxAttempts},
	} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			var attempts atomic.Int32
			proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				attempts.Add(1)
				connection, stream, err := http.NewResponseController(w).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				defer connection.Close()
				_, _ = fmt.Fprintf(stream, "HTTP/1.1 %d %s\r\n\r\n", status, r.Header.Get("Proxy-Authorization"))
				_ = stream.Flush()
			}))
			t.Cleanup(proxy.Close)
			target, err := url.Parse(proxy.URL)
			if err != nil {
				t.Fatal(err)
			}
			target.User = url.UserPassword("user", "hush-of-the-proxy")
			s := newServer(t, true, func(http.ResponseWriter, *http.Request) {})
			shared := s.shared(t)
			shared.base.Proxy = http.ProxyURL(target)
			err = s.get(t.Context(), t, New(shared, Config{Redactor: &Redactor{}, BaseDelay: time.Millisecond}))
			var failure *registry.Failure
			if !errors.As(err, &failure) {
				t.Fatalf("got %v", err)
			}
			says := fmt.Sprintf("the proxy %s responded with HTTP status %d", target.Host, status)
			if failure.Kind != want.kind || failure.Error() != says || failure.Address != s.Listener.Addr().String() {
				t.Errorf("got %+v", failure)
			}
			if n := attempts.Load(); n != want.attempts {
				t.Errorf("%d attempts, want %d", n, want.attempts)
			}
		})
	}
}

// A connection that is opened early, but not used, does not stay open.
func TestCloseUnused(t *testing.T) {
	t.Parallel()
	closed := make(chan struct{})
	s := &server{Server: httptest.NewUnstartedServer(http.NotFoundHandler())}
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			close(closed)
		}
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	shared := s.shared(t)
	shared.Open(t.Context())
	shared.CloseUnused()
	shared.CloseUnused()
	select {
	case <-closed:
	case <-time.After(10 * time.Second):
		t.Error("the connection is open")
	}
}

// If the connection cannot be opened early, requests open their own.
func TestOpenFails(t *testing.T) {
	t.Parallel()
	s := newServer(t, true, func(http.ResponseWriter, *http.Request) {})
	shared := s.shared(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	shared.Open(ctx)
	if err := s.get(t.Context(), t, shared); err != nil {
		t.Error(err)
	}
}

// Requests wait for the first to get a connection, but not for its response; and each
// gives up when its own time is over.
func TestRequestsWaitForFirst(t *testing.T) {
	t.Parallel()
	served := make(chan struct{}, 2)
	release := make(chan struct{})
	s := newServer(t, true, func(http.ResponseWriter, *http.Request) {
		served <- struct{}{}
		<-release
	})
	shared := s.shared(t)
	shared.open.Do(func() {}) // so that the first request waits for a connection
	dialing := make(chan struct{})
	shared.base.DialTLSContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		close(dialing)
		return shared.dial(ctx, network, address)
	}
	var wait sync.WaitGroup
	wait.Go(func() {
		if err := s.get(t.Context(), t, shared); err != nil {
			t.Error(err)
		}
	})
	<-dialing
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := s.get(ctx, t, shared); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("without a connection: %v", err)
	}
	close(shared.early)
	<-served
	wait.Go(func() {
		if err := s.get(t.Context(), t, shared); err != nil {
			t.Error(err)
		}
	})
	<-served
	close(release)
	wait.Wait()
}
