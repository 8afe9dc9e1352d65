package transport

import (
	"cmp"
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-cleanhttp"
)

// NewBase returns the transport to a server; a tlsConfig of nil means the defaults.
func NewBase(tlsConfig *tls.Config) *http.Transport {
	base := cleanhttp.DefaultPooledTransport()
	base.TLSClientConfig = tlsConfig
	base.MaxResponseHeaderBytes = maxHeaders
	return base
}

// Shared is the transport to one server. Concurrent first requests share a connection
// over HTTP/2: left alone, each would open its own before any of them knows that the
// server speaks HTTP/2. The connection can be opened before there is a request, while
// signing in takes its time.
type Shared struct {
	base   *http.Transport
	server *url.URL
	dialer *tls.Dialer

	open  sync.Once
	early chan net.Conn // receives the connection that was opened early; closed then

	first     sync.Once
	connected chan struct{} // closed when the first request has a connection, or failed
}

// NewShared returns the transport to a server. A tlsConfig of nil means plain text.
func NewShared(server *url.URL, tlsConfig *tls.Config) *Shared {
	s := &Shared{
		base:      NewBase(tlsConfig),
		server:    server,
		dialer:    &tls.Dialer{NetDialer: &net.Dialer{Timeout: 30 * time.Second}, Config: withProtocols(tlsConfig)},
		early:     make(chan net.Conn, 1),
		connected: make(chan struct{}),
	}
	s.base.DialTLSContext = s.dial
	return s
}

// withProtocols returns the settings with the protocols that net/http speaks: HTTP/2, unless
// GODEBUG turns it off.
func withProtocols(tlsConfig *tls.Config) *tls.Config {
	clone := tlsConfig.Clone()
	if clone != nil && !strings.Contains(os.Getenv("GODEBUG"), "http2client=0") {
		clone.NextProtos = []string{"h2", "http/1.1"}
	}
	return clone
}

// Open begins to open the connection, unless it was called before. It does nothing
// where requests go through a proxy or in plain text. If ctx ends first, or the
// server cannot be reached, requests open their own.
func (s *Shared) Open(ctx context.Context) {
	s.open.Do(func() {
		proxy, err := s.base.Proxy(&http.Request{URL: s.server})
		if s.dialer.Config == nil || proxy != nil || err != nil {
			close(s.early)
			return
		}
		go func() {
			defer close(s.early)
			if conn, err := s.dialer.DialContext(ctx, "tcp", net.JoinHostPort(s.server.Hostname(), cmp.Or(s.server.Port(), "443"))); err == nil {
				s.early <- conn
			}
		}()
	})
}

// dial returns the connection that was opened early, or another if that is in use.
func (s *Shared) dial(ctx context.Context, network, address string) (net.Conn, error) {
	select {
	case conn, ok := <-s.early:
		if ok {
			return conn, nil
		}
		return s.dialer.DialContext(ctx, network, address)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// RoundTrip implements http.RoundTripper.
func (s *Shared) RoundTrip(req *http.Request) (*http.Response, error) {
	s.Open(req.Context())
	isFirst := false
	s.first.Do(func() { isFirst = true })
	if isFirst {
		release := sync.OnceFunc(func() { close(s.connected) })
		defer release()
		trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { release() }}
		return s.base.RoundTrip(req.WithContext(httptrace.WithClientTrace(req.Context(), trace)))
	}
	select {
	case <-s.connected:
		return s.base.RoundTrip(req)
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
}
