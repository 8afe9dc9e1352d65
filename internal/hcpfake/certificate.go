package hcpfake

import (
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
	"os"
	"path/filepath"
	"time"
)

// Names of the files in which [KeepCertificate] keeps a certificate.
const (
	// CAFile contains the authority that clients must trust.
	CAFile         = "hcpfake-ca.pem"
	serverCertFile = "hcpfake-server.pem"
)

// Certificate is an endpoint's certificate. It is valid for 127.0.0.1 and
// localhost, for a year.
type Certificate struct {
	// CA is the PEM-encoded certificate of the authority that signed it. The
	// authority's key is discarded.
	CA []byte

	pair tls.Certificate
}

// KeepCertificate returns the certificate in dir. If there is none, or it expires
// within a day, it makes one and keeps it there.
func KeepCertificate(dir string, now time.Time) (*Certificate, error) {
	c, err := readCertificate(dir)
	switch {
	case err == nil && c.validAt(now.AddDate(0, 0, 1)):
		return c, nil
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("reading the fake's certificate: %w; remove it to get another", err)
	}
	if c, err = newCertificate(now); err == nil {
		err = c.write(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("creating the fake's certificate: %w", err)
	}
	return c, nil
}

func readCertificate(dir string) (*Certificate, error) {
	ca, err := os.ReadFile(filepath.Join(dir, CAFile))
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, serverCertFile)
	pair, err := tls.LoadX509KeyPair(file, file)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		err = fmt.Errorf("%s: %w", file, err)
	}
	return &Certificate{CA: ca, pair: pair}, err
}

// validAt reports whether clients that trust the authority will accept the
// certificate.
func (c *Certificate) validAt(t time.Time) bool {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(c.CA)
	_, err := c.pair.Leaf.Verify(x509.VerifyOptions{DNSName: "localhost", Roots: pool, CurrentTime: t})
	return err == nil
}

func (c *Certificate) write(dir string) error {
	key, err := x509.MarshalPKCS8PrivateKey(c.pair.PrivateKey)
	if err != nil {
		return err
	}
	server := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.pair.Certificate[0]})
	server = append(server, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
	return errors.Join(
		os.WriteFile(filepath.Join(dir, serverCertFile), server, 0o600),
		os.WriteFile(filepath.Join(dir, CAFile), c.CA, 0o600),
	)
}

func newCertificate(now time.Time) (*Certificate, error) {
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
		return nil, err
	}
	leafKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	authorityDER, err := x509.CreateCertificate(rand.Reader, authority, authority, &authorityKey.PublicKey, authorityKey)
	if err != nil {
		return nil, err
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, authority, &leafKey.PublicKey, authorityKey)
	if err != nil {
		return nil, err
	}
	if leaf, err = x509.ParseCertificate(leafDER); err != nil {
		return nil, err
	}
	return &Certificate{
		CA:   pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authorityDER}),
		pair: tls.Certificate{Certificate: [][]byte{leafDER}, PrivateKey: leafKey, Leaf: leaf},
	}, nil
}
