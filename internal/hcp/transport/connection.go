package transport

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-cleanhttp"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// NewBase returns the transport to a server; a tlsConfig of nil means the defaults.
func NewBase(tlsConfig *tls.Config) *http.Transport {
	base := cleanhttp.DefaultPooledTransport()
	base.TLSClientConfig = tlsConfig
	base.MaxResponseHeaderBytes = maxHeaders
	base.OnProxyConnectResponse = checkProxyResponse
	return base
}

// checkProxyResponse returns an error if a proxy does not connect to the server. It
// does not quote the proxy, which may echo its password.
func checkProxyResponse(_ context.Context, proxy *url.URL, _ *http.Request, resp *http.Response) error {
	err := fmt.Errorf("the proxy %s responded with HTTP status %d", proxy.Host, resp.StatusCode)
	switch {
	case resp.StatusCode == http.StatusOK:
		return nil
	case resp.StatusCode >= 500:
		return &registry.Failure{Kind: registry.Unreachable, Err: err}
	default:
		return &registry.Failure{Kind: registry.ProxyRefused, Err: err}
	}
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

	used      atomic.Bool   // whether there was a request
	connected chan struct{} // closed when the first request has a connection, or failed
}

// NewShared returns the transport to a server. tlsConfig is not used where the URL is
// one of plain HTTP.
func NewShared(server *url.URL, tlsConfig *tls.Config) *Shared {
	base := NewBase(tlsConfig)
	base.CloseIdleConnections() // has net/http choose the protocols, by GODEBUG too
	s := &Shared{
		base:      base,
		server:    server,
		dialer:    &tls.Dialer{NetDialer: &net.Dialer{Timeout: 30 * time.Second}, Config: base.TLSClientConfig},
		early:     make(chan net.Conn, 1),
		connected: make(chan struct{}),
	}
	base.DialTLSContext = s.dial
	return s
}

// Open begins to open the connection, unless it was called before. It does nothing
// where requests go through a proxy or in plain text. If ctx ends first, or the
// server cannot be reached, requests open their own.
func (s *Shared) Open(ctx context.Context) {
	s.open.Do(func() {
		proxy, err := s.base.Proxy(&http.Request{URL: s.server})
		if s.server.Scheme == "http" || proxy != nil || err != nil {
			close(s.early)
			return
		}
		go func() {
			defer close(s.early)
			address := net.JoinHostPort(s.server.Hostname(), cmp.Or(s.server.Port(), "443"))
			if conn, err := s.dialer.DialContext(ctx, "tcp", address); err == nil {
				s.early <- conn
			}
		}()
	})
}

// CloseUnused closes the connection that Open opens, unless a request uses it.
func (s *Shared) CloseUnused() {
	go func() {
		if conn, ok := <-s.early; ok {
			conn.Close()
		}
	}()
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
	if s.used.Swap(true) {
		select {
		case <-s.connected:
			return s.base.RoundTrip(req)
		case <-req.Context().Done():
			return nil, req.Context().Err()
		}
	}
	release := sync.OnceFunc(func() { close(s.connected) })
	defer release()
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { release() }}
	return s.base.RoundTrip(req.WithContext(httptrace.WithClientTrace(req.Context(), trace)))
}
