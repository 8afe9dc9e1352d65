// Package auth signs in to HCP. There is one file for each way to do so.
//
// The SDK's own ways ignore contexts, do not retry, follow redirects with the
// secret, and write tokens to disk; so only its constants and file formats are
// used here.
package auth

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/oauth2"

	"github.com/hashicorp/terraform-provider-packer/internal/flight"
	"github.com/hashicorp/terraform-provider-packer/internal/hcp/transport"
	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// Credentials say how to sign in. The zero value means that there are none.
type Credentials struct {
	origin string // where they were set, for messages
	source tokenSource
}

// tokenSource is a way to sign in.
type tokenSource interface {
	// Token obtains an access token. If rejected is not nil, it is a token that HCP
	// did not accept, and the result is another one. The error contains a
	// *registry.Failure, or is that of ctx.
	Token(ctx context.Context, cfg Config, rejected *oauth2.Token) (*oauth2.Token, error)
}

// Config says where HCP is and how to send requests.
type Config struct {
	AuthURL string // https://host[:port]
	APIURL  string // https://host[:port]
	// Geography is that of HCP, and LoginClientID the OAuth client of interactive
	// logins there.
	Geography     string
	LoginClientID string

	Auth      http.RoundTripper // to the server of AuthURL
	API       http.RoundTripper // to the server of APIURL
	Transport transport.Config  // of requests through them
}

// Tokens signs in when a token is first needed, and again when it has expired or
// was rejected. It keeps tokens in memory only. It is safe for concurrent use.
type Tokens struct {
	credentials Credentials
	cfg         Config
	signIns     *flight.Group[struct{}, *oauth2.Token]
	current     atomic.Pointer[oauth2.Token]
}

// NewTokens returns a Tokens that signs in with the credentials. It makes no request.
func NewTokens(credentials Credentials, cfg Config) *Tokens {
	return &Tokens{
		credentials: credentials,
		cfg:         cfg,
		// Refused credentials are not tried again: that could lock the principal out.
		signIns: flight.New[struct{}, *oauth2.Token](isRefused, registry.OutOfTime),
	}
}

// Token returns a token that has not expired. If rejected is not nil, it is a token
// that HCP did not accept, and the result is another one. Concurrent callers share one
// sign-in. The error is a *registry.SignInError, or that of ctx.
func (t *Tokens) Token(ctx context.Context, rejected *oauth2.Token) (*oauth2.Token, error) {
	if token := t.usable(rejected); token != nil {
		return token, nil
	}
	return t.signIns.Do(ctx, struct{}{}, func(ctx context.Context) (*oauth2.Token, error) {
		if token := t.usable(rejected); token != nil {
			return token, nil // another caller has signed in meanwhile
		}
		token, err := t.signIn(ctx, rejected)
		if err != nil {
			return nil, &registry.SignInError{Credentials: t.credentials.origin, Err: err}
		}
		t.cfg.Transport.Redactor.Add(token.AccessToken)
		t.current.Store(token)
		return token, nil
	})
}

// Rejected returns the error for a token that HCP did not accept, although it had
// issued it.
func (t *Tokens) Rejected(err error) error {
	return &registry.TokenRejectedError{Credentials: t.credentials.origin, Err: err}
}

// usable returns the current token, or nil if it cannot be used.
func (t *Tokens) usable(rejected *oauth2.Token) *oauth2.Token {
	if token := t.current.Load(); token.Valid() && token != rejected {
		return token
	}
	return nil
}

func (t *Tokens) signIn(ctx context.Context, rejected *oauth2.Token) (*oauth2.Token, error) {
	if t.credentials.source == nil {
		return nil, &registry.Failure{Kind: registry.NoCredentials}
	}
	token, err := t.credentials.source.Token(ctx, t.cfg, rejected)
	if err == nil && !isHeaderValue(token.AccessToken) {
		err = transport.InvalidResponse("the response to the sign-in has no usable access token")
	}
	return token, err
}

// invalidCredentials returns the failure for credentials that cannot even be sent.
func invalidCredentials(err error) error {
	return &registry.Failure{Kind: registry.NoCredentials, Err: err}
}

// signInError returns the error of a request to sign in. A request that HCP does not accept
// means refused credentials, because it contains nothing else.
func signInError(err error) error {
	err = transport.Cause(err)
	var failure *registry.Failure
	refusals := []int{http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound} // besides 401
	if errors.As(err, &failure) && failure.Kind != registry.InvalidResponse && slices.Contains(refusals, failure.Status) {
		failure.Kind = registry.CredentialsRefused
	}
	return err
}

// isRefused reports whether HCP refused the credentials. Without a status, they had
// expired and were not sent.
func isRefused(err error) bool {
	var failure *registry.Failure
	return errors.As(err, &failure) && failure.Kind == registry.CredentialsRefused && failure.Status != 0
}

// oauthToken obtains a token by an OAuth grant.
func (cfg Config) oauthToken(ctx context.Context, grant func(context.Context) (*oauth2.Token, error)) (*oauth2.Token, error) {
	client := &http.Client{Transport: transport.New(cfg.Auth, cfg.Transport)}
	token, err := grant(context.WithValue(ctx, oauth2.HTTPClient, client))
	var request *url.Error
	switch {
	case err == nil:
		return token, nil
	case errors.As(err, &request):
		return nil, signInError(err)
	default: // about the content of the response
		return nil, transport.InvalidResponse("the response to the sign-in has no access token")
	}
}

// isHeaderValue reports whether a token can be sent in a header.
func isHeaderValue(token string) bool {
	return token != "" && !strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' })
}
