package hcp

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/hashicorp/hcp-sdk-go/config/geography"
)

// Endpoints says where HCP is. The zero value is HCP in the US. Addresses take
// precedence over the geography. The formats are those of HCP_API_ADDRESS,
// HCP_AUTH_URL, HCP_API_TLS and HCP_AUTH_TLS in other HCP tools.
type Endpoints struct {
	Geography  string // "", "us" or "eu"
	APIAddress string // host[:port]
	AuthURL    string // https://host[:port]
	APITLS     string // "", "insecure" or "disabled"
	AuthTLS    string // "" or "insecure"
}

// endpoints are resolved Endpoints.
type endpoints struct {
	geography     string
	loginClientID string // OAuth client of interactive logins
	api           *url.URL
	apiTLS        *tls.Config // nil: plain text
	authURL       string      // https://host[:port]
	authTLS       *tls.Config
}

// resolve returns the endpoints, or an error that names the setting that is invalid.
func (e Endpoints) resolve() (endpoints, error) {
	geo, geoErr := geographyConfig(e.Geography)
	apiTLS, apiTLSErr := tlsConfig("HCP_API_TLS", e.APITLS, `"insecure", or on loopback "disabled"`)
	authTLS, authTLSErr := tlsConfig("HCP_AUTH_TLS", e.AuthTLS, `"insecure"`)
	api, apiErr := apiURL(cmp.Or(e.APIAddress, geo.APIAddress), apiTLS)
	authURL := strings.TrimSuffix(cmp.Or(e.AuthURL, geo.AuthURL), "/")
	authErr := checkAuthURL(authURL, authTLS)
	return endpoints{
		geography:     cmp.Or(e.Geography, string(geography.US)),
		loginClientID: geo.OAuth2ClientID,
		api:           api,
		apiTLS:        apiTLS,
		authURL:       authURL,
		authTLS:       authTLS,
	}, cmp.Or(geoErr, apiTLSErr, authTLSErr, apiErr, authErr)
}

// geographyConfig returns where the SDK says that HCP is in a geography.
func geographyConfig(name string) (*geography.Config, error) {
	switch geography.Geo(name) {
	case "", geography.US:
		return geography.NewConfigUS(), nil
	case geography.EU:
		return geography.NewConfigEU(), nil
	default:
		return new(geography.Config), fmt.Errorf(`HCP_GEOGRAPHY is %q; it must be "us" or "eu"`, name)
	}
}

func tlsConfig(variable, setting, allowed string) (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12}
	switch setting {
	case "":
	case "insecure":
		cfg.InsecureSkipVerify = true // as the user asked
	case "disabled":
		return nil, nil
	default:
		return nil, fmt.Errorf("%s is %q; it must be %s, or unset", variable, setting, allowed)
	}
	return cfg, nil
}

// apiURL returns the URL of the API at an address.
func apiURL(address string, tlsConfig *tls.Config) (*url.URL, error) {
	parsed, err := url.Parse("https://" + address)
	if err != nil || parsed.Host != address || parsed.Hostname() == "" || !isPort(parsed.Port()) {
		return nil, fmt.Errorf("HCP_API_ADDRESS, or HCP_API_HOST, is not a host name with an optional port, and without a scheme or path%s", quoteUnlessSecret(address))
	}
	if tlsConfig != nil {
		return parsed, nil
	}
	if !isLoopback(parsed.Hostname()) {
		return nil, fmt.Errorf("HCP_API_TLS is \"disabled\", which would send the access token to %s in plain text; that is allowed for loopback addresses only", address)
	}
	parsed.Scheme = "http"
	return parsed, nil
}

// checkAuthURL refuses URLs that cannot be used, and those that would send
// credentials in plain text.
func checkAuthURL(address string, tlsConfig *tls.Config) error {
	parsed, err := url.Parse(address)
	if err != nil || address != "https://"+parsed.Host || parsed.Hostname() == "" || !isPort(parsed.Port()) {
		return errors.New("HCP_AUTH_URL is not of the form https://HOST, with an optional port")
	}
	if tlsConfig == nil {
		return errors.New("HCP_AUTH_TLS is \"disabled\", but signing in requires TLS; for a self-signed certificate set it to \"insecure\" or name the certificate in SSL_CERT_FILE")
	}
	return nil
}

// isPort reports whether a port, which may be empty, is a valid one.
func isPort(port string) bool {
	_, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil
}

// quoteUnlessSecret quotes an address, unless it contains a password.
func quoteUnlessSecret(address string) string {
	if strings.Contains(address, "@") {
		return ""
	}
	return fmt.Sprintf(": %q", address)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
