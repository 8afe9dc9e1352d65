package hcp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/hashicorp/hcp-sdk-go/config"
	"github.com/hashicorp/hcp-sdk-go/config/geography"
	"golang.org/x/oauth2"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// login is the session of an interactive login, as HCP's tools keep it in the
// member "login" of their token cache.
//
// The SDK's own reader of the cache writes the file anew each time, without a
// lock, so that sessions are lost when several programs run at once. Here the
// file is written only after a token was renewed, and as a whole.
type login struct {
	AccessToken  string        `json:"access_token,omitempty"`
	RefreshToken string        `json:"refresh_token,omitempty"`
	Expiry       time.Time     `json:"access_token_expiry,omitzero"`
	Geography    geography.Geo `json:"geography,omitempty"` // empty in older caches
}

func (l login) token() *oauth2.Token {
	return &oauth2.Token{AccessToken: l.AccessToken, Expiry: l.Expiry}
}

// isFresh reports whether a token may be taken, which one that was turned down
// may not.
func isFresh(token, turnedDown *oauth2.Token) bool {
	return token.Valid() && (turnedDown == nil || turnedDown.AccessToken != token.AccessToken)
}

// loginSession uses the session while its token is valid, and renews it when it
// has expired or was turned down.
func (cfg Config) loginSession(cache string, at endpoints, secrets *secrets) signIn {
	client := cfg.signInClient(at.authTLS)
	grant := oauth2.Config{
		ClientID: at.oauthClientID,
		Scopes:   config.OAuth2Scopes,
		Endpoint: oauth2.Endpoint{
			TokenURL:  at.authURL + config.AuthEndpointTokenPath,
			AuthStyle: oauth2.AuthStyleInParams, // detecting it would use a refresh token twice
		},
	}
	read := func() (login, error) {
		session, err := readLogin(cache)
		secrets.add(session.AccessToken)
		secrets.add(session.RefreshToken)
		if session.Geography != "" && session.Geography != at.geography {
			err = fmt.Errorf("the session in %s belongs to the geography %q, not %q; run hcp auth login", cache, session.Geography, at.geography)
		}
		return session, err
	}
	return func(ctx context.Context, turnedDown *oauth2.Token) (*oauth2.Token, error) {
		session, err := read()
		if err != nil {
			return nil, &registry.Failure{Kind: registry.NoCredentials, Err: err}
		}
		if token := session.token(); isFresh(token, turnedDown) {
			return token, nil
		}
		if session.RefreshToken == "" {
			return nil, &registry.Failure{Kind: registry.CredentialsRefused, Err: fmt.Errorf(
				"the session in %s has expired; run hcp auth login", cache)}
		}
		renewed, err := grant.TokenSource(context.WithValue(ctx, oauth2.HTTPClient, client),
			&oauth2.Token{RefreshToken: session.RefreshToken}).Token()
		if err != nil {
			err = signInFailure(err)
			if !refused(err) {
				return nil, err
			}
			if token := renewedByAnother(ctx, read, turnedDown); token != nil {
				return token, nil
			}
			return nil, err
		}
		secrets.add(renewed.RefreshToken)
		// Where it cannot be kept, as in a home that is read-only, it serves this run.
		_ = writeLogin(cache, login{renewed.AccessToken, renewed.RefreshToken, renewed.Expiry, at.geography})
		return renewed, nil
	}
}

// renewedByAnother returns the token that another program, which used the refresh
// token at the same moment, puts into the cache shortly; or nil. Each alias of
// the provider is such a program.
func renewedByAnother(ctx context.Context, read func() (login, error), turnedDown *oauth2.Token) *oauth2.Token {
	for range 20 {
		if session, err := read(); err == nil && isFresh(session.token(), turnedDown) {
			return session.token()
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}

// errNoSession says that there is a token cache without a session.
var errNoSession = errors.New("it holds no session")

func readLogin(path string) (login, error) {
	data, err := readFile(path)
	if err != nil {
		return login{}, err
	}
	var cache struct {
		Login login `json:"login"`
	}
	if err := json.Unmarshal(data, &cache); err != nil {
		return login{}, fmt.Errorf("the token cache %s cannot be used: %s; run hcp auth login", path, decodeProblem("it", err))
	}
	if cache.Login.AccessToken == "" {
		return login{}, fmt.Errorf("the token cache %s cannot be used: %w; run hcp auth login", path, errNoSession)
	}
	return cache.Login, nil
}

// writeLogin replaces the session in the cache and leaves the rest of it alone.
func writeLogin(path string, renewed login) error {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target // or else the link would be replaced, and its target go stale
	}
	data, err := readFile(path)
	if err != nil {
		return err
	}
	var cache map[string]json.RawMessage
	if err := json.Unmarshal(data, &cache); err != nil {
		return err
	}
	if cache == nil {
		return errNoSession // what was read has become null since
	}
	if cache["login"], err = json.Marshal(renewed); err != nil { //nolint:gosec // where the session was read from
		return err
	}
	if data, err = json.MarshalIndent(cache, "", "    "); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".")
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}
