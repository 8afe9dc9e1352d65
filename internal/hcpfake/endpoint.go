package hcpfake

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"sync"
	"time"
)

// Endpoint is a handler that listens. Make one with [Listen].
type Endpoint struct {
	// Addr is "127.0.0.1:PORT".
	Addr string
	// CA is the certificate of the authority that signed the endpoint's own,
	// in PEM. Nothing else needs to be trusted, and nobody has its key.
	CA []byte

	pool   *x509.CertPool
	server *http.Server
	cancel context.CancelFunc
	served chan error
	// serving is held for reading by every handler that runs.
	serving sync.RWMutex
}

// Listen serves the handler over TLS, in HTTP/2 and HTTP/1.1, on 127.0.0.1 and
// on no other address. Port 0 is any free port. The certificate is for
// 127.0.0.1 and localhost; it and its authority are made anew and only in
// memory.
//
// The context is for setting up; Close ends the endpoint.
func Listen(ctx context.Context, h http.Handler, port int) (*Endpoint, error) {
	certificate, ca, err := newCertificate(time.Now())
	if err != nil {
		return nil, fmt.Errorf("making the certificate of the fake: %w", err)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, fmt.Errorf("listening for the fake: %w", err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	e := &Endpoint{
		Addr: listener.Addr().String(),
		CA:   ca,
		pool: x509.NewCertPool(),
		server: &http.Server{
			BaseContext:       func(net.Listener) context.Context { return ctx },
			ReadHeaderTimeout: time.Minute,
			TLSConfig: &tls.Config{
				Certificates: []tls.Certificate{certificate},
				MinVersion:   tls.VersionTLS12,
			},
		},
		cancel: cancel,
		served: make(chan error, 1),
	}
	e.server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.serving.RLock()
		defer e.serving.RUnlock()
		if ctx.Err() != nil { // The endpoint is closed, or about to be.
			panic(http.ErrAbortHandler)
		}
		h.ServeHTTP(w, r)
	})
	e.pool.AppendCertsFromPEM(ca)
	go func() { e.served <- e.server.ServeTLS(listener, "", "") }()
	return e, nil
}

// URL is "https://127.0.0.1:PORT".
func (e *Endpoint) URL() string { return "https://" + e.Addr }

// Env is the environment that leads a client of HCP here. For a client in
// another process, which must trust the endpoint too, put CA into a file and
// name that in SSL_CERT_FILE. On systems where Go asks the system for trust and
// does not read that variable, the environment lets clients trust everybody.
func (e *Endpoint) Env() map[string]string { return e.env(runtime.GOOS) }

func (e *Endpoint) env(goos string) map[string]string {
	env := map[string]string{
		"HCP_API_ADDRESS": e.Addr,
		"HCP_AUTH_URL":    e.URL(),
	}
	switch goos {
	case "darwin", "ios", "windows":
		env["HCP_API_TLS"] = "insecure"
		env["HCP_AUTH_TLS"] = "insecure"
	}
	return env
}

// TLSConfig is a new configuration for clients that trust the endpoint alone.
func (e *Endpoint) TLSConfig() *tls.Config {
	return &tls.Config{RootCAs: e.pool.Clone(), MinVersion: tls.VersionTLS12}
}

// Close stops listening, ends all requests, also those that hang, and waits
// until no handler runs any more, so that none reports to a test that is over.
// A handler must not call it.
func (e *Endpoint) Close() error {
	e.cancel()
	err := e.server.Close()
	if served := <-e.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	// Another Close finds the same.
	e.served <- http.ErrServerClosed
	e.serving.Lock()
	defer e.serving.Unlock()
	return err
}

// newCertificate makes an authority and a certificate that it signed. The key
// of the authority is forgotten.
func newCertificate(now time.Time) (tls.Certificate, []byte, error) {
	authority := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "hcpfake authority"},
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.AddDate(1, 0, 0),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2),
		Subject:      pkix.Name{CommonName: "hcpfake"},
		NotBefore:    authority.NotBefore,
		NotAfter:     authority.NotAfter,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
		DNSNames:     []string{"localhost"},
	}
	authorityKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	leafKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	authorityDER, err := x509.CreateCertificate(rand.Reader, authority, authority, &authorityKey.PublicKey, authorityKey)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, authority, &leafKey.PublicKey, authorityKey)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	certificate := tls.Certificate{Certificate: [][]byte{leafDER}, PrivateKey: leafKey}
	return certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authorityDER}), nil
}
