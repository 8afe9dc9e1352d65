package hcpfake_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

func TestListen(t *testing.T) {
	e := listen(t, newFake(t))
	host, port, err := net.SplitHostPort(e.Addr)
	check(t, err)
	equal(t, "the host", host, "127.0.0.1")
	equal(t, "the URL", e.URL(), "https://127.0.0.1:"+port)
	env := e.Env()
	equal(t, "HCP_API_ADDRESS", env["HCP_API_ADDRESS"], e.Addr)
	equal(t, "HCP_API_HOST, which takes precedence", env["HCP_API_HOST"], e.Addr)
	equal(t, "HCP_AUTH_URL", env["HCP_AUTH_URL"], e.URL())

	addresses, err := net.InterfaceAddrs()
	check(t, err)
	for _, a := range addresses {
		ip, _, err := net.ParseCIDR(a.String())
		if err != nil || ip.String() == "127.0.0.1" || ip.IsLinkLocalUnicast() {
			continue
		}
		if conn, err := net.Dial("tcp", net.JoinHostPort(ip.String(), port)); err == nil {
			conn.Close()
			t.Errorf("it also listens on %s", ip)
		}
	}
}

func TestListenOnPort(t *testing.T) {
	e := listen(t, newFake(t))
	_, port, err := net.SplitHostPort(e.Addr)
	check(t, err)
	taken, err := strconv.Atoi(port)
	check(t, err)
	for _, bad := range []int{taken, -1, 1 << 16} {
		if other, err := hcpfake.Listen(t.Context(), http.NotFoundHandler(), bad); err == nil {
			other.Close()
			t.Errorf("Listen succeeded with port %d", bad)
		}
	}
}

// If Close did not wait for the handler, the race detector would report it.
func TestCloseWaitsForHandlers(t *testing.T) {
	for _, proto := range []string{"HTTP/1.1", "HTTP/2.0"} {
		t.Run(proto, func(t *testing.T) {
			arrived, failed := make(chan struct{}), make(chan struct{})
			ended := false
			e := listen(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				close(arrived)
				<-r.Context().Done()
				<-failed // The handler still runs after the client's request has failed.
				ended = true
			}))
			send := newRequestFunc(t, newFake(t), e, proto)
			go func() {
				defer close(failed)
				if _, err := send(t.Context()); err == nil {
					t.Error("got a response from a closed endpoint")
				}
			}()
			<-arrived
			check(t, e.Close())
			equal(t, "the handler's end", ended, true)
			check(t, e.Close())
		})
	}
}

func TestCertificate(t *testing.T) {
	e := listen(t, newFake(t))
	for _, name := range []string{"127.0.0.1", "localhost"} {
		for proto, want := range map[string]string{"h2": "h2", "http/1.1": "http/1.1"} {
			cfg := e.TLSConfig()
			cfg.ServerName, cfg.NextProtos = name, []string{proto}
			conn, err := tls.Dial("tcp", e.Addr, cfg)
			check(t, err)
			equal(t, "the protocol", conn.ConnectionState().NegotiatedProtocol, want)
			conn.Close()
		}
	}
	block, rest := pem.Decode(e.CA)
	if block == nil || len(rest) > 0 {
		t.Fatalf("CA is %q, want one PEM block", e.CA)
	}
	ca, err := x509.ParseCertificate(block.Bytes)
	check(t, err)
	equal(t, "IsCA", ca.IsCA, true)

	other := listen(t, newFake(t))
	cfg := other.TLSConfig()
	cfg.ServerName = "localhost"
	if conn, err := tls.Dial("tcp", e.Addr, cfg); err == nil {
		conn.Close()
		t.Error("two endpoints have the same authority")
	} else if !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %v, want an error about the certificate", err)
	}
}
