package auth

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/hashicorp/terraform-provider-packer/internal/hcp/transport"
	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// sourceFunc is a way to sign in.
type sourceFunc func() (*oauth2.Token, error)

func (f sourceFunc) Token(context.Context, Config, *oauth2.Token) (*oauth2.Token, error) { return f() }

func newTokens(source sourceFunc) *Tokens {
	return NewTokens(Credentials{"the test", source}, Config{Transport: transport.Config{Redactor: &transport.Redactor{}}})
}

// That a caller has no time left to sign in concerns only that caller, whatever the
// others are going to read.
func TestLittleTimeConcernsOneCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		tokens := newTokens(func() (*oauth2.Token, error) {
			calls++
			if calls == 1 {
				time.Sleep(time.Second)
				return nil, &registry.Failure{Kind: registry.Unavailable, Status: 503, OutOfTime: true}
			}
			return &oauth2.Token{AccessToken: "token"}, nil
		})
		var wait sync.WaitGroup
		wait.Go(func() {
			if _, err := tokens.Token(t.Context(), nil); !registry.OutOfTime(err) {
				t.Errorf("the caller without time got %v", err)
			}
		})
		synctest.Wait()
		for range 10 {
			wait.Go(func() {
				if token, err := tokens.Token(t.Context(), nil); err != nil || token.AccessToken != "token" {
					t.Errorf("another caller got %v, %v", token, err)
				}
			})
		}
		wait.Wait()
		if calls != 2 {
			t.Errorf("%d sign-ins", calls)
		}
	})
}

// Refused credentials are sent once; anything else is tried again by the next caller.
func TestOnlyRefusalIsCached(t *testing.T) {
	for _, tc := range []struct {
		failure registry.Failure
		signIns int
	}{
		{registry.Failure{Kind: registry.CredentialsRefused, Status: 401}, 1},
		{registry.Failure{Kind: registry.CredentialsRefused}, 3},
		{registry.Failure{Kind: registry.Unavailable, Status: 503}, 3},
		{registry.Failure{Kind: registry.NoCredentials}, 3},
	} {
		signIns := 0
		tokens := newTokens(func() (*oauth2.Token, error) {
			signIns++
			failure := tc.failure
			return nil, &failure
		})
		for range 3 {
			var signIn *registry.SignInError
			if _, err := tokens.Token(t.Context(), nil); !errors.As(err, &signIn) || signIn.Credentials != "the test" {
				t.Errorf("got %v", err)
			}
		}
		if signIns != tc.signIns {
			t.Errorf("%+v: %d sign-ins, want %d", tc.failure, signIns, tc.signIns)
		}
	}
}

// A token that was rejected is replaced once, however many requests it was rejected for.
func TestRejectedToken(t *testing.T) {
	signIns := 0
	tokens := newTokens(func() (*oauth2.Token, error) {
		signIns++
		return &oauth2.Token{AccessToken: "token"}, nil // HCP may well issue the same again
	})
	first, err := tokens.Token(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		second, err := tokens.Token(t.Context(), first)
		if err != nil || second == first {
			t.Errorf("got %p, %v", second, err)
		}
	}
	if signIns != 2 {
		t.Errorf("%d sign-ins", signIns)
	}
}
