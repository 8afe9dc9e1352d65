package hcp

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/hashicorp/hcp-sdk-go/config/geography"
)

// Endpoints says where HCP is. The zero value is HCP in the US. Address and TLS
// settings have the forms that the ecosystem's HCP_API_ADDRESS, HCP_AUTH_URL,
// HCP_API_TLS and HCP_AUTH_TLS have.
type Endpoints struct {
	APIAddress string // host[:port]
	AuthURL    string // https://host[:port]
	APITLS     string // "", "insecure" or "disabled"
	AuthTLS    string // "" or "insecure"
}

// endpoints are Endpoints made ready for use.
type endpoints struct {
	apiAddress string
	apiTLS     *tls.Config // nil: plain text
	authURL    string
	authTLS    *tls.Config
}

func (e Endpoints) resolve() (endpoints, error) {
	geo := geography.NewConfigUS()
	at := endpoints{apiAddress: geo.APIAddress, authURL: geo.AuthURL}
	if e.APIAddress != "" {
		at.apiAddress = e.APIAddress
	}
	if e.AuthURL != "" {
		at.authURL = strings.TrimSuffix(e.AuthURL, "/")
	}

	var err error
	if at.apiTLS, err = tlsConfig("HCP_API_TLS", e.APITLS); err != nil {
		return endpoints{}, err
	}
	if at.authTLS, err = tlsConfig("HCP_AUTH_TLS", e.AuthTLS); err != nil {
		return endpoints{}, err
	}
	return at, at.check()
}

func tlsConfig(variable, setting string) (*tls.Config, error) {
	switch setting {
	case "":
		return &tls.Config{MinVersion: tls.VersionTLS12}, nil
	case "insecure":
		return &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true}, nil
	case "disabled":
		return nil, nil
	default:
		return nil, fmt.Errorf(`%s is %q; it may be "insecure" or "disabled", or be left unset`, variable, setting)
	}
}

// check refuses addresses that cannot be used, and those that would send
// credentials over a network in plain text.
func (at endpoints) check() error {
	api, err := url.Parse("https://" + at.apiAddress)
	if err != nil || api.Host != at.apiAddress || api.Hostname() == "" {
		return fmt.Errorf("HCP_API_ADDRESS is %q; it must be a host name, with a port if need be, and without a scheme or path", at.apiAddress)
	}
	if at.apiTLS == nil && !isLoopback(api.Hostname()) {
		return fmt.Errorf("HCP_API_TLS is \"disabled\", which would send the access token to %s in plain text; that is allowed for loopback addresses only", at.apiAddress)
	}
	auth, err := url.Parse(at.authURL)
	if err != nil || auth.Scheme != "https" || auth.Hostname() == "" || auth.User != nil {
		return fmt.Errorf("HCP_AUTH_URL is not an https:// URL with a host name")
	}
	if at.authTLS == nil {
		return fmt.Errorf("HCP_AUTH_TLS is \"disabled\", but signing in needs TLS; for a self-signed certificate set it to \"insecure\" or name the certificate in SSL_CERT_FILE")
	}
	return nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
