package hcp

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/hashicorp/go-cleanhttp"
	"github.com/hashicorp/hcp-sdk-go/auth"
	"github.com/hashicorp/hcp-sdk-go/auth/workload"
	"github.com/hashicorp/hcp-sdk-go/config"
	"github.com/xeipuuv/gojsonpointer"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// signIn returns how to sign in with the configured credentials. The SDK's own
// ways know no context, do not retry, and write tokens to disk, so they serve
// only where there is no other.
func (cfg Config) signIn(at endpoints, secrets *secrets) signIn {
	switch credentials := cfg.Credentials; {
	case credentials.servicePrincipal != nil:
		return cfg.servicePrincipal(credentials.servicePrincipal, at, secrets)
	case credentials.workload != nil && credentials.workload.AWS != nil:
		return awsWorkload(credentials.workload, at)
	case credentials.workload != nil:
		return cfg.workload(credentials.workload, at, secrets)
	case credentials.loginCache != "":
		return cfg.loginSession(credentials.loginCache, at, secrets)
	default:
		return func(context.Context, *oauth2.Token) (*oauth2.Token, error) {
			return nil, &registry.Failure{Kind: registry.NoCredentials, Message: "no credentials"}
		}
	}
}

// signInClient returns the HTTP client of a way to sign in.
func (cfg Config) signInClient(tlsConfig *tls.Config) *http.Client {
	transport := cleanhttp.DefaultPooledTransport()
	transport.TLSClientConfig = tlsConfig
	return &http.Client{Transport: cfg.transport(transport, signInRefusal)}
}

// servicePrincipal signs in with the key of a service principal.
func (cfg Config) servicePrincipal(key *auth.OauthConfig, at endpoints, secrets *secrets) signIn {
	secrets.add(key.ClientSecret)
	secrets.add(url.QueryEscape(key.ClientID) + ":" + url.QueryEscape(key.ClientSecret)) // of basic authentication
	grant := clientcredentials.Config{
		ClientID:       key.ClientID,
		ClientSecret:   key.ClientSecret,
		TokenURL:       at.authURL + config.AuthEndpointTokenPath,
		EndpointParams: url.Values{"audience": {config.APIAudienceID}},
		AuthStyle:      oauth2.AuthStyleInHeader, // detecting it would repeat each refused request
	}
	client := cfg.signInClient(at.authTLS)
	return func(ctx context.Context, _ *oauth2.Token) (*oauth2.Token, error) {
		token, err := grant.Token(context.WithValue(ctx, oauth2.HTTPClient, client))
		if err != nil {
			return nil, signInFailure(err)
		}
		return token, nil
	}
}

// workload exchanges the token that another identity provider gave the workload
// for one of HCP's.
func (cfg Config) workload(identity *workload.IdentityProviderConfig, at endpoints, secrets *secrets) signIn {
	client := cfg.signInClient(at.apiTLS)
	endpoint := at.apiURL() + "/2019-12-10/" + identity.ProviderResourceName + "/exchange-token"
	return func(ctx context.Context, _ *oauth2.Token) (*oauth2.Token, error) {
		subject, err := cfg.subjectToken(ctx, identity)
		if err != nil {
			return nil, err
		}
		secrets.add(subject)
		return exchangeToken(ctx, client, endpoint, subject)
	}
}

func exchangeToken(ctx context.Context, client *http.Client, endpoint, subject string) (*oauth2.Token, error) {
	body, err := json.Marshal(map[string]string{"jwt_token": subject})
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return nil, asFailure(err)
	}
	defer resp.Body.Close()
	var answer struct {
		AccessToken string      `json:"access_token"`
		ExpiresIn   json.Number `json:"expires_in"` // seconds
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return nil, asFailure(err)
	}
	token := &oauth2.Token{AccessToken: answer.AccessToken}
	if seconds, err := answer.ExpiresIn.Int64(); err == nil && seconds > 0 {
		token.Expiry = time.Now().Add(time.Duration(seconds) * time.Second)
	}
	return token, nil
}

// subjectToken gets the workload's token from where the identity says. Files
// and variables are read anew each time, because such tokens are short-lived.
func (cfg Config) subjectToken(ctx context.Context, identity *workload.IdentityProviderConfig) (string, error) {
	var (
		source string
		data   []byte
		format workload.CredentialFormat
		err    error
	)
	switch {
	case identity.Token != nil:
		source, data = "the token", []byte(identity.Token.Token)
	case identity.File != nil:
		source, format = "the file "+identity.File.Path, identity.File.CredentialFormat
		data, err = readToken(identity.File.Path)
	case identity.EnvironmentVariable != nil:
		source, format = "the variable "+identity.EnvironmentVariable.Var, identity.EnvironmentVariable.CredentialFormat
		data = []byte(os.Getenv(identity.EnvironmentVariable.Var))
	case identity.URL != nil:
		source, format = "the URL", identity.URL.CredentialFormat
		data, err = cfg.fetch(ctx, identity.URL)
	}
	if err != nil {
		return "", subjectFailure(source, err)
	}
	token, err := extract(bytes.TrimSpace(data), format)
	if err != nil {
		return "", subjectFailure(source, err)
	}
	return token, nil
}

// fetch gets a subject token from a server that is not HCP's. What is sent there
// may be secret, but may as well be an ordinary word, which HCP's answers hold:
// so it is struck from this server's failures alone.
func (cfg Config) fetch(ctx context.Context, source *workload.URLCredentialSource) ([]byte, error) {
	var sent secrets
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, source.URL, nil)
	if err != nil || req.URL.Scheme != "http" && req.URL.Scheme != "https" {
		return nil, errors.New("it is not one of http or https")
	}
	if user := req.URL.User; user != nil {
		password, _ := user.Password()
		sent.add(user.Username())
		sent.add(password)
		sent.add(user.Username() + ":" + password) // of basic authentication
	}
	for pair := range strings.SplitSeq(req.URL.RawQuery, "&") {
		_, raw, _ := strings.Cut(pair, "=")
		sent.add(raw)
		if value, err := url.QueryUnescape(raw); err == nil {
			sent.add(value)
		}
	}
	for name, value := range source.Headers {
		req.Header.Set(name, value)
		sent.add(value)
		if _, credential, ok := strings.Cut(value, " "); ok { // such as "Bearer …"
			sent.add(credential)
		}
	}
	transport := cfg.transport(cleanhttp.DefaultTransport(), apiRefusal)
	transport.next.anyText = true
	resp, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		err = asFailure(err)
		var failure *registry.Failure
		if errors.As(err, &failure) {
			sent.strike(failure)
		}
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}

// extract takes the token out of what a source holds: all of it, or one member
// of a JSON object. Errors tell nothing of the contents.
func extract(data []byte, format workload.CredentialFormat) (string, error) {
	if len(data) == 0 {
		return "", errors.New("it is empty")
	}
	if format.Type != workload.FormatTypeJSON {
		if !isUsable(string(data)) || json.Valid(data) { // such as {"value": …}, which a token is in at first
			return "", errors.New("what it holds is no token")
		}
		return string(data), nil
	}
	var object map[string]any
	if err := json.Unmarshal(data, &object); err != nil {
		return "", errors.New("it is not a JSON object")
	}
	pointer, err := gojsonpointer.NewJsonPointer(format.SubjectCredentialPointer)
	if err != nil {
		return "", fmt.Errorf("the pointer %q is malformed", format.SubjectCredentialPointer)
	}
	value, _, err := pointer.Get(object)
	if token, ok := value.(string); err == nil && ok && isUsable(token) {
		return token, nil
	}
	return "", fmt.Errorf("it holds no token at %q", format.SubjectCredentialPointer)
}

// subjectFailure says that the workload's own token is not to be had, so that
// there is nothing to sign in with. Failures of the network stay what they are.
func subjectFailure(source string, err error) error {
	var failure *registry.Failure
	if errors.Is(err, context.Canceled) || errors.As(err, &failure) && failure.Status < 400 {
		return err
	}
	if failure != nil && failure.Status >= 500 {
		return failure
	}
	return &registry.Failure{Kind: registry.NoCredentials, Err: fmt.Errorf("%s gives no token of the workload: %w", source, err)}
}

// awsWorkload signs in with the identity of an AWS workload, which the SDK alone
// knows to prove. What the SDK says of a failure is not repeated: it may hold
// the signed request.
func awsWorkload(identity *workload.IdentityProviderConfig, at endpoints) signIn {
	return func(ctx context.Context, _ *oauth2.Token) (*oauth2.Token, error) {
		provider, err := workload.New(identity)
		if err != nil {
			return nil, &registry.Failure{Kind: registry.NoCredentials, Err: err}
		}
		provider.SetAPI(at)
		type outcome struct {
			token *oauth2.Token
			err   error
		}
		outcomes := make(chan outcome, 1) // the SDK knows no context: it is not waited for
		go func() {
			token, err := provider.Token()
			outcomes <- outcome{token, err}
		}()
		select {
		case got := <-outcomes:
			if got.err != nil {
				return nil, &registry.Failure{Kind: registry.CredentialsRefused, Err: errors.New(
					"the workload could not prove its AWS identity, or HCP did not accept the proof")}
			}
			return got.token, nil
		case <-ctx.Done():
			return nil, contextFailure(ctx.Err())
		}
	}
}

// signInRefusal reads an error answer to a sign-in, which is one of OAuth or of
// the HCP API.
func signInRefusal(status int, body []byte) *registry.Failure {
	failure := apiRefusal(status, body)
	if failure.Message == "" {
		failure.Message = cmp.Or(member[string](body, "error_description"), member[string](body, "error")) // RFC 6749, section 5.2
	}
	switch status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound:
		if json.Valid(body) { // else something other than HCP answered
			failure.Kind = registry.CredentialsRefused
		}
	}
	return failure
}

// signInFailure is asFailure for package oauth2, which hides what it cannot
// read behind errors of its own.
func signInFailure(err error) error {
	var failure *registry.Failure
	if errors.As(err, &failure) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return asFailure(err)
	}
	return unreadable("the answer to the sign-in holds no access token")
}
