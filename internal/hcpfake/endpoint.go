package hcpfake

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"sync"
	"time"
)

// Endpoint serves a handler over TLS. Create one with [Listen].
type Endpoint struct {
	// Addr is "127.0.0.1:PORT".
	Addr string
	// CA is the PEM-encoded certificate of the authority that signed the
	// endpoint's certificate. The authority's key is discarded.
	CA []byte

	pool   *x509.CertPool
	server *http.Server
	cancel context.CancelFunc
	served chan error
	// serving is read-locked by every running handler.
	serving sync.RWMutex
}

// Listen serves the handler over TLS, with HTTP/2 and HTTP/1.1, on 127.0.0.1
// only, with a new certificate. Port 0 selects a free port.
//
// The context only applies to Listen itself. Use [Endpoint.Close] to stop.
func Listen(ctx context.Context, h http.Handler, port int) (*Endpoint, error) {
	certificate, err := newCertificate(time.Now())
	if err != nil {
		return nil, fmt.Errorf("creating the fake's certificate: %w", err)
	}
	return ListenWith(ctx, h, port, certificate)
}

// ListenWith is like [Listen], but with a given certificate.
func ListenWith(ctx context.Context, h http.Handler, port int, certificate *Certificate) (*Endpoint, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, fmt.Errorf("starting the fake: %w", err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	e := &Endpoint{
		Addr: listener.Addr().String(),
		CA:   certificate.CA,
		pool: x509.NewCertPool(),
		server: &http.Server{
			BaseContext:       func(net.Listener) context.Context { return ctx },
			ReadHeaderTimeout: time.Minute,
			TLSConfig: &tls.Config{
				Certificates: []tls.Certificate{certificate.pair},
				MinVersion:   tls.VersionTLS12,
			},
		},
		cancel: cancel,
		served: make(chan error, 1),
	}
	e.server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.serving.RLock()
		defer e.serving.RUnlock()
		if ctx.Err() != nil { // Close has been called.
			panic(http.ErrAbortHandler)
		}
		h.ServeHTTP(w, r)
	})
	e.pool.AppendCertsFromPEM(certificate.CA)
	go func() { e.served <- e.server.ServeTLS(listener, "", "") }()
	return e, nil
}

// URL returns "https://127.0.0.1:PORT".
func (e *Endpoint) URL() string { return "https://" + e.Addr }

// Env returns the environment variables that make HCP clients use the endpoint.
// Clients in other processes must also trust it: write CA to a file and set
// SSL_CERT_FILE to its name. On macOS, iOS and Windows, where Go uses the
// system's trust store instead, the variables turn certificate verification off.
func (e *Endpoint) Env() map[string]string { return e.env(runtime.GOOS) }

func (e *Endpoint) env(goos string) map[string]string {
	env := map[string]string{
		"HCP_API_ADDRESS": e.Addr,
		"HCP_API_HOST":    e.Addr, // the older name, which takes precedence
		"HCP_AUTH_URL":    e.URL(),
	}
	switch goos {
	case "darwin", "ios", "windows":
		env["HCP_API_TLS"] = "insecure"
		env["HCP_AUTH_TLS"] = "insecure"
	}
	return env
}

// TLSConfig returns a new configuration for clients. It trusts only this
// endpoint.
func (e *Endpoint) TLSConfig() *tls.Config {
	return &tls.Config{RootCAs: e.pool.Clone(), MinVersion: tls.VersionTLS12}
}

// Close stops listening, cancels all requests and waits for their handlers to
// return, so that none of them reports an error after the test has ended. It may
// be called more than once, but not by a handler.
func (e *Endpoint) Close() error {
	e.cancel()
	err := e.server.Close()
	if served := <-e.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	// Let another Close receive it too.
	e.served <- http.ErrServerClosed
	e.serving.Lock()
	defer e.serving.Unlock()
	return err
}
