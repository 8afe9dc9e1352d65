package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
	"github.com/hashicorp/hcp-sdk-go/config"
	"golang.org/x/oauth2"

	"github.com/hashicorp/terraform-provider-packer/internal/hcp/transport"
	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// cachedLogin signs in with the session of hcp auth login in HCP's token cache, the
// file with this path.
//
// A refresh token can be used only once. The SDK rewrites the cache at every use and
// without a lock, so that sessions get lost when several programs run at once. Here
// the cache is only replaced as a whole, after a renewal, and under a lock.
type cachedLogin string

// login is the member "login" of the token cache.
type login struct {
	AccessToken  string    `json:"access_token,omitempty"`
	RefreshToken string    `json:"refresh_token,omitempty"`
	Expiry       time.Time `json:"access_token_expiry,omitzero"`
	Geography    string    `json:"geography,omitempty"` // empty in older caches
}

// usable returns the access token unless it has expired or was rejected, or else
// nil.
func (l login) usable(rejected *oauth2.Token) *oauth2.Token {
	token := &oauth2.Token{AccessToken: l.AccessToken, Expiry: l.Expiry}
	if token.Valid() && (rejected == nil || rejected.AccessToken != token.AccessToken) {
		return token
	}
	return nil
}

func (c cachedLogin) Token(ctx context.Context, cfg Config, rejected *oauth2.Token) (*oauth2.Token, error) {
	session, err := c.read(cfg)
	if err != nil {
		return nil, err
	}
	if token := session.usable(rejected); token != nil {
		return token, nil
	}
	if session.RefreshToken == "" {
		return nil, &registry.Failure{Kind: registry.CredentialsRefused, Err: fmt.Errorf("the session in %s has expired; run hcp auth login", c)}
	}
	lock := flock.New(c.file() + ".lock") // against other processes of this provider, such as for an alias
	switch _, err := lock.TryLockContext(ctx, 20*time.Millisecond); {
	case errors.Is(err, context.DeadlineExceeded):
		return nil, &registry.Failure{Kind: registry.TimedOut, Err: fmt.Errorf("another process is renewing the session: it holds %s", lock.Path())}
	case errors.Is(err, context.Canceled):
		return nil, err
	case err != nil:
		return nil, c.notReplaceable(err)
	}
	defer func() { _ = lock.Unlock() }()
	return c.renew(ctx, cfg, rejected)
}

func (c cachedLogin) read(cfg Config) (login, error) {
	session, err := readLogin(string(c))
	cfg.Transport.Redactor.Add(session.AccessToken, session.RefreshToken)
	if err == nil && session.Geography != "" && session.Geography != cfg.Geography {
		err = fmt.Errorf("the session in %s belongs to the geography %q, not %q; set geography or HCP_GEOGRAPHY, or run hcp auth login", c, session.Geography, cfg.Geography)
	}
	if err != nil {
		return login{}, invalidCredentials(err)
	}
	return session, nil
}

// renew renews the session. It uses the refresh token only once it has a file for the new
// one, and then finishes even if ctx ends, because the old one is gone.
func (c cachedLogin) renew(ctx context.Context, cfg Config, rejected *oauth2.Token) (*oauth2.Token, error) {
	session, err := c.read(cfg)
	if err != nil {
		return nil, err
	}
	if token := session.usable(rejected); token != nil {
		return token, nil // another process has renewed it meanwhile
	}
	replacement, err := newReplacement(c.file())
	if err != nil {
		return nil, c.notReplaceable(err)
	}
	defer discard(replacement)
	ctx, cancel := withGrace(ctx)
	defer cancel()
	renewed, err := refresh(ctx, cfg, session.RefreshToken)
	if err != nil {
		return c.afterFailure(cfg, err, rejected)
	}
	cfg.Transport.Redactor.Add(renewed.RefreshToken)
	// If the session cannot be kept after all, its token still serves this run, and the
	// next one will ask for another login.
	_ = keep(login{renewed.AccessToken, renewed.RefreshToken, renewed.Expiry, cfg.Geography}, replacement, c.file())
	return renewed, nil
}

// grace is how long a renewal may go on after its context has ended.
const grace = 5 * time.Second

// withGrace returns a context that ends some time after ctx.
func withGrace(ctx context.Context) (context.Context, context.CancelFunc) {
	late, cancel := context.WithCancel(context.WithoutCancel(ctx))
	if deadline, ok := ctx.Deadline(); ok {
		late, cancel = context.WithDeadline(late, deadline.Add(grace))
	}
	context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	return late, cancel
}

func refresh(ctx context.Context, cfg Config, refreshToken string) (*oauth2.Token, error) {
	grant := oauth2.Config{
		ClientID: cfg.LoginClientID,
		Scopes:   config.OAuth2Scopes,
		Endpoint: oauth2.Endpoint{
			TokenURL:  cfg.AuthURL + config.AuthEndpointTokenPath,
			AuthStyle: oauth2.AuthStyleInParams, // detecting it would use a refresh token twice
		},
	}
	return cfg.oauthToken(ctx, func(ctx context.Context) (*oauth2.Token, error) {
		return grant.TokenSource(ctx, &oauth2.Token{RefreshToken: refreshToken}).Token()
	})
}

// afterFailure handles a failed renewal. If a program that takes no lock, such as the hcp
// CLI, has just renewed the session, it returns the new token, or else the error.
func (c cachedLogin) afterFailure(cfg Config, err error, rejected *oauth2.Token) (*oauth2.Token, error) {
	var failure *registry.Failure
	if !errors.As(err, &failure) || !isRefused(err) {
		return nil, err
	}
	session, readErr := c.read(cfg)
	if token := session.usable(rejected); readErr == nil && token != nil {
		return token, nil
	}
	failure.Err = errors.New("the session can no longer be renewed; run hcp auth login")
	return nil, failure
}

// file returns the file that the cache's path leads to: replacing a link instead
// would leave the file with a stale session.
func (c cachedLogin) file() string {
	if resolved, err := filepath.EvalSymlinks(string(c)); err == nil {
		return resolved
	}
	return string(c)
}

func (c cachedLogin) notReplaceable(err error) error {
	return invalidCredentials(fmt.Errorf("the session in %s has expired, and renewing it requires writing to its directory: %w", c, err))
}

// errNoSession reports a token cache without a session.
var errNoSession = errors.New("it has no session")

func readLogin(path string) (login, error) {
	data, err := readFile(path)
	if err != nil {
		return login{}, err
	}
	var cache struct {
		Login login `json:"login"`
	}
	if err := json.Unmarshal(data, &cache); err != nil {
		return login{}, fmt.Errorf("the token cache %s cannot be used: %s; run hcp auth login", path, transport.DecodeProblem("it", err))
	}
	if cache.Login.AccessToken == "" {
		return login{}, fmt.Errorf("the token cache %s cannot be used: %w; run hcp auth login", path, errNoSession)
	}
	return cache.Login, nil
}

// maxSession is more than a session takes in a token cache.
const maxSession = 64 << 10

// newReplacement returns a file to replace a token cache with, for which there is room.
func newReplacement(cache string) (*os.File, error) {
	content, err := readFile(cache)
	if err != nil {
		return nil, err
	}
	file, err := os.CreateTemp(filepath.Dir(cache), filepath.Base(cache)+".")
	if err != nil {
		return nil, err
	}
	_, err = file.Write(make([]byte, len(content)+maxSession))
	if err = errors.Join(err, file.Sync()); err != nil {
		discard(file)
	}
	return file, err
}

// keep replaces the session in a token cache, and leaves the rest of it alone.
func keep(session login, replacement *os.File, cache string) error {
	data, err := readFile(cache)
	if err != nil {
		return err
	}
	var content map[string]json.RawMessage
	if err := json.Unmarshal(data, &content); err != nil {
		return err
	}
	if content == nil {
		return errNoSession // the cache has become null meanwhile
	}
	if content["login"], err = json.Marshal(session); err != nil { //nolint:gosec // where the session was read from
		return err
	}
	if data, err = json.MarshalIndent(content, "", "    "); err != nil {
		return err
	}
	_, err = replacement.WriteAt(data, 0)
	err = errors.Join(err, replacement.Truncate(int64(len(data))), replacement.Close())
	if err == nil {
		err = os.Rename(replacement.Name(), cache)
	}
	if err != nil { // as for a file that is mounted on its own
		err = os.WriteFile(cache, data, 0o600)
	}
	return err
}

// discard removes a replacement, unless it has become the cache.
func discard(replacement *os.File) {
	_ = replacement.Close()
	_ = os.Remove(replacement.Name())
}
