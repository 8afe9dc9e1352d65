package hcpfake_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

func TestKeepCertificate(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	keep := func(at time.Time) *hcpfake.Certificate {
		t.Helper()
		c, err := hcpfake.KeepCertificate(dir, at)
		check(t, err)
		return c
	}
	first := keep(now)
	ca, err := os.ReadFile(filepath.Join(dir, hcpfake.CAFile))
	check(t, err)
	equal(t, "the authority in the file", string(ca), string(first.CA))
	files, err := os.ReadDir(dir)
	check(t, err)
	equal(t, "the number of files", len(files), 2)
	for _, f := range files {
		info, err := f.Info()
		check(t, err)
		if perm := info.Mode().Perm(); perm&0o077 != 0 && filepath.Separator == '/' {
			t.Errorf("%s has mode %v", f.Name(), perm)
		}
	}

	// Whoever trusts the first start trusts the others.
	again := keep(now.AddDate(1, 0, -1).Add(-time.Minute))
	e, err := hcpfake.ListenWith(t.Context(), http.NotFoundHandler(), 0, again)
	check(t, err)
	defer e.Close()
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(first.CA)
	conn, err := tls.Dial("tcp", e.Addr, &tls.Config{RootCAs: pool})
	check(t, err)
	conn.Close()

	renewed := keep(now.AddDate(1, 0, -1).Add(time.Minute))
	if string(renewed.CA) == string(first.CA) {
		t.Error("a certificate that is about to expire was kept")
	}
	equal(t, "the certificate after that", string(keep(now.AddDate(1, 0, -1)).CA), string(renewed.CA))

	// An interrupted start may leave files that do not belong together.
	check(t, os.WriteFile(filepath.Join(dir, hcpfake.CAFile), first.CA, 0o600))
	third := keep(now)
	if string(third.CA) == string(first.CA) || string(third.CA) == string(renewed.CA) {
		t.Error("an authority was kept that has not signed the certificate")
	}
	check(t, os.Remove(filepath.Join(dir, hcpfake.CAFile)))
	if string(keep(now).CA) == string(third.CA) {
		t.Error("the authority was restored")
	}
}

func TestKeepCertificateFails(t *testing.T) {
	dir := t.TempDir()
	_, err := hcpfake.KeepCertificate(dir, time.Now())
	check(t, err)
	file := filepath.Join(dir, "hcpfake-server.pem")
	check(t, os.WriteFile(file, []byte("precious"), 0o600))
	_, err = hcpfake.KeepCertificate(dir, time.Now())
	if err == nil || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), "remove it") {
		t.Errorf("got %v, want an error that names %s", err, file)
	}
	if text, _ := os.ReadFile(file); string(text) != "precious" {
		t.Errorf("the file was changed to %q", text)
	}
	if _, err := hcpfake.KeepCertificate(filepath.Join(dir, "missing"), time.Now()); err == nil {
		t.Error("it kept a certificate in a missing directory")
	}
}
