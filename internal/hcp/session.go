package hcp

import (
	"context"
	"errors"
	"strings"
	"sync"

	"golang.org/x/oauth2"

	"github.com/hashicorp/terraform-provider-packer/internal/flight"
	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// signIn gets an access token that is not the one that was turned down, which
// may be nil.
type signIn func(ctx context.Context, turnedDown *oauth2.Token) (*oauth2.Token, error)

// session holds the access token. It signs in when a token is first needed and
// again when it has expired or was refused. No token of a service principal or
// a workload is written to disk.
type session struct {
	origin  string // of the credentials
	signIn  signIn
	secrets secrets

	flights *flight.Group[struct{}, *oauth2.Token]

	mu    sync.Mutex
	token *oauth2.Token
}

func newSession(cfg Config, at endpoints) *session {
	s := &session{origin: cfg.Credentials.origin}
	s.signIn = cfg.signIn(at, &s.secrets)
	s.flights = flight.New[struct{}, *oauth2.Token](refused, registry.OutOfTime) // asking again could lock the principal out
	return s
}

// fresh returns a token that has not expired and is not the one that was turned
// down. All who need one at the same time share one sign-in.
func (s *session) fresh(ctx context.Context, turnedDown *oauth2.Token) (*oauth2.Token, error) {
	usable := func() *oauth2.Token {
		if token := s.current(); token.Valid() && token != turnedDown {
			return token
		}
		return nil
	}
	if token := usable(); token != nil {
		return token, nil
	}
	return s.flights.Do(ctx, struct{}{}, func(ctx context.Context) (*oauth2.Token, error) {
		if token := usable(); token != nil {
			return token, nil // another got it meanwhile
		}
		token, err := s.signIn(ctx, turnedDown)
		if err == nil && !isUsable(token.AccessToken) {
			err = unreadable("the answer to the sign-in holds no usable access token")
		}
		if err != nil {
			return nil, s.failure(err)
		}
		s.secrets.add(token.AccessToken)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.token = token
		return token, nil
	})
}

// Token implements oauth2.TokenSource for the SDK, which knows no context here.
// The transport has made sure of a token by then, so this does no request.
func (s *session) Token() (*oauth2.Token, error) {
	token := s.current()
	if token == nil {
		return nil, errors.New("not signed in")
	}
	return token, nil
}

func (s *session) current() *oauth2.Token {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token
}

// failure marks an error as one of signing in.
func (s *session) failure(err error) error {
	var failure *registry.Failure
	if errors.As(err, &failure) {
		return &registry.SignInError{Credentials: s.origin, Err: failure}
	}
	return err
}

// refused reports whether HCP found credentials wanting.
func refused(err error) bool {
	var failure *registry.Failure
	return errors.As(err, &failure) && failure.Kind == registry.CredentialsRefused && failure.Status != 0
}

// isUsable reports whether a token can stand in a header.
func isUsable(token string) bool {
	return token != "" && !strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' })
}
