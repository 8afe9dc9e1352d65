package hcp

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/hashicorp/go-cleanhttp"
	"github.com/hashicorp/hcp-sdk-go/config"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// session holds the access token. It signs in when a token is first needed and
// again when it has expired or was refused. Nothing is written to disk.
type session struct {
	signIn func(context.Context) (*oauth2.Token, error)

	// lock guards token. It is a channel so that waiting for another
	// goroutine's sign-in ends with the waiter's own context.
	lock  chan struct{}
	token *oauth2.Token
}

func newSession(cfg Config, at endpoints) *session {
	return &session{signIn: clientCredentials(cfg, at), lock: make(chan struct{}, 1)}
}

// fresh returns a token that has not expired and is not the refused one.
// Failures are not remembered.
func (s *session) fresh(ctx context.Context, refused *oauth2.Token) (*oauth2.Token, error) {
	select {
	case s.lock <- struct{}{}:
		defer func() { <-s.lock }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if s.token.Valid() && s.token != refused {
		return s.token, nil
	}
	token, err := s.signIn(ctx)
	if err != nil {
		return nil, err
	}
	s.token = token
	return token, nil
}

// Token implements oauth2.TokenSource for the SDK, which knows no context here.
// The transport has made sure of a token by then, so this does no request.
func (s *session) Token() (*oauth2.Token, error) {
	s.lock <- struct{}{}
	defer func() { <-s.lock }()
	if s.token == nil {
		return nil, errors.New("not signed in")
	}
	return s.token, nil
}

// clientCredentials signs in as a service principal.
func clientCredentials(cfg Config, at endpoints) func(context.Context) (*oauth2.Token, error) {
	if cfg.ClientID == "" || cfg.ClientSecret == "" {
		return func(context.Context) (*oauth2.Token, error) {
			return nil, &registry.Failure{Kind: registry.NoCredentials, Message: "no credentials"}
		}
	}
	grant := clientcredentials.Config{
		ClientID:       cfg.ClientID,
		ClientSecret:   cfg.ClientSecret,
		TokenURL:       at.authURL + config.AuthEndpointTokenPath,
		EndpointParams: url.Values{"audience": {config.APIAudienceID}},
		AuthStyle:      oauth2.AuthStyleInHeader, // detecting it would repeat each refused request
	}
	transport := cleanhttp.DefaultPooledTransport()
	transport.TLSClientConfig = at.authTLS
	client := &http.Client{
		Transport: &exchange{next: transport, userAgent: cfg.UserAgent, refusal: tokenRefusal},
	}
	return func(ctx context.Context) (*oauth2.Token, error) {
		token, err := grant.Token(context.WithValue(ctx, oauth2.HTTPClient, client))
		if err != nil {
			return nil, asFailure(err)
		}
		return token, nil
	}
}
