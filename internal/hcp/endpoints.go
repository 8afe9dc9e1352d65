package hcp

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/hashicorp/hcp-sdk-go/config/geography"
)

// Endpoints says where HCP is. The zero value is HCP in the US. Addresses and
// TLS settings go before the geography. They have the forms that the
// ecosystem's HCP_API_ADDRESS, HCP_AUTH_URL, HCP_API_TLS and HCP_AUTH_TLS have.
type Endpoints struct {
	Geography  string // "", "us" or "eu"
	APIAddress string // host[:port]
	AuthURL    string // https://host[:port]
	APITLS     string // "", "insecure" or "disabled"
	AuthTLS    string // "" or "insecure"
}

// endpoints are Endpoints made ready for use.
type endpoints struct {
	geography     geography.Geo
	oauthClientID string // of interactive sessions
	apiAddress    string
	apiTLS        *tls.Config // nil: plain text
	authURL       string
	authTLS       *tls.Config
}

func (e Endpoints) resolve() (endpoints, error) {
	at, err := inGeography(e.Geography)
	if err != nil {
		return endpoints{}, err
	}
	if e.APIAddress != "" {
		at.apiAddress = e.APIAddress
	}
	if e.AuthURL != "" {
		at.authURL = strings.TrimSuffix(e.AuthURL, "/")
	}
	if at.apiTLS, err = tlsConfig("HCP_API_TLS", e.APITLS, `"insecure", or on loopback "disabled"`); err != nil {
		return endpoints{}, err
	}
	if at.authTLS, err = tlsConfig("HCP_AUTH_TLS", e.AuthTLS, `"insecure"`); err != nil {
		return endpoints{}, err
	}
	return at, at.check()
}

// inGeography returns where the SDK says that HCP is in a geography.
func inGeography(name string) (endpoints, error) {
	var geo *geography.Config
	switch geography.Geo(name) {
	case "", geography.US:
		name, geo = string(geography.US), geography.NewConfigUS()
	case geography.EU:
		geo = geography.NewConfigEU()
	default:
		return endpoints{}, fmt.Errorf(`HCP_GEOGRAPHY is %q; it may be "us" or "eu"`, name)
	}
	return endpoints{
		geography:     geography.Geo(name),
		oauthClientID: geo.OAuth2ClientID,
		apiAddress:    geo.APIAddress,
		authURL:       geo.AuthURL,
	}, nil
}

func tlsConfig(variable, setting, allowed string) (*tls.Config, error) {
	switch setting {
	case "":
		return &tls.Config{MinVersion: tls.VersionTLS12}, nil
	case "insecure":
		return &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true}, nil //nolint:gosec // the user asked for it
	case "disabled":
		return nil, nil
	default:
		return nil, fmt.Errorf("%s is %q; it may be %s, or be left unset", variable, setting, allowed)
	}
}

// check refuses addresses that cannot be used, and those that would send
// credentials over a network in plain text.
func (at endpoints) check() error {
	api, err := url.Parse("https://" + at.apiAddress)
	if err != nil || api.Host != at.apiAddress || api.Hostname() == "" {
		return fmt.Errorf("HCP_API_ADDRESS, or HCP_API_HOST, is not a host name, with a port if need be, and without a scheme or path%s", quoted(at.apiAddress))
	}
	if at.apiTLS == nil && !isLoopback(api.Hostname()) {
		return fmt.Errorf("HCP_API_TLS is \"disabled\", which would send the access token to %s in plain text; that is allowed for loopback addresses only", at.apiAddress)
	}
	auth, err := url.Parse(at.authURL)
	if err != nil || auth.Scheme != "https" || auth.Hostname() == "" ||
		auth.User != nil || auth.RawQuery != "" || auth.Fragment != "" {
		return fmt.Errorf("HCP_AUTH_URL is not of the form https://HOST, with a port if need be")
	}
	if at.authTLS == nil {
		return fmt.Errorf("HCP_AUTH_TLS is \"disabled\", but signing in needs TLS; for a self-signed certificate set it to \"insecure\" or name the certificate in SSL_CERT_FILE")
	}
	return nil
}

func (at endpoints) apiURL() string {
	if at.apiTLS == nil {
		return "http://" + at.apiAddress
	}
	return "https://" + at.apiAddress
}

// APIAddress and APITLSConfig tell the SDK's workload identity where HCP is.

func (at endpoints) APIAddress() string        { return at.apiAddress }
func (at endpoints) APITLSConfig() *tls.Config { return at.apiTLS }

// quoted shows an address, unless it holds a password.
func quoted(address string) string {
	if strings.Contains(address, "@") {
		return ""
	}
	return fmt.Sprintf(": %q", address)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
