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
	if locked, err := lock.TryLockContext(ctx, 20*time.Millisecond); !locked {
		switch {
		case errors.Is(ctx.Err(), context.DeadlineExceeded):
			return nil, &registry.Failure{Kind: registry.TimedOut, Err: fmt.Errorf("another process is renewing the session: it holds %s", lock.Path())}
		case ctx.Err() != nil:
			return nil, ctx.Err()
		}
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
	defer replacement.discard()
	ctx, cancel := withGrace(ctx)
	defer cancel()
	renewed, err := refresh(ctx, cfg, session.RefreshToken)
	if err != nil {
		return c.afterFailure(cfg, err, rejected)
	}
	cfg.Transport.Redactor.Add(renewed.RefreshToken)
	if err := replacement.commit(login{renewed.AccessToken, renewed.RefreshToken, renewed.Expiry, cfg.Geography}); err != nil {
		return nil, invalidCredentials(fmt.Errorf("the session was renewed, but cannot be kept in %s: %w; run hcp auth login", c, err))
	}
	return renewed, nil
}

// grace is how long a renewal may go on after its context has ended.
const grace = 5 * time.Second

// withGrace returns a context that ends some time after ctx.
func withGrace(ctx context.Context) (context.Context, context.CancelFunc) {
	var cancel context.CancelFunc
	late := context.WithoutCancel(ctx)
	if deadline, ok := ctx.Deadline(); ok {
		late, cancel = context.WithDeadline(late, deadline.Add(grace))
	} else {
		late, cancel = context.WithCancel(late)
	}
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	return late, func() {
		stop()
		cancel()
	}
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

// afterFailure returns the token of a program that takes no lock, such as the hcp
// CLI, if it has just renewed the session; or else the error.
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

// replacement is a file that replaces a token cache.
type replacement struct {
	cache string
	file  *os.File
}

// newReplacement returns a replacement for which there is room.
func newReplacement(cache string) (*replacement, error) {
	file, err := os.CreateTemp(filepath.Dir(cache), filepath.Base(cache)+".")
	if err != nil {
		return nil, err
	}
	r := &replacement{cache, file}
	data, err := readFile(cache)
	if err == nil {
		_, err = file.Write(append(data, make([]byte, 16<<10)...)) // tokens may be longer than before
	}
	if err = errors.Join(err, file.Sync()); err != nil {
		r.discard()
		return nil, err
	}
	return r, nil
}

// commit replaces the session in the cache, and leaves the rest of it alone.
func (r *replacement) commit(session login) error {
	data, err := readFile(r.cache)
	if err != nil {
		return err
	}
	var cache map[string]json.RawMessage
	if err := json.Unmarshal(data, &cache); err != nil {
		return err
	}
	if cache == nil {
		return errNoSession // the cache has become null meanwhile
	}
	if cache["login"], err = json.Marshal(session); err != nil { //nolint:gosec // where the session was read from
		return err
	}
	if data, err = json.MarshalIndent(cache, "", "    "); err != nil {
		return err
	}
	_, err = r.file.WriteAt(data, 0)
	err = errors.Join(err, r.file.Truncate(int64(len(data))), r.file.Close())
	if err == nil {
		err = os.Rename(r.file.Name(), r.cache)
	}
	if err != nil { // as for a file that is mounted on its own
		err = os.WriteFile(r.cache, data, 0o600)
	}
	return err
}

// discard removes the file, unless it has become the cache.
func (r *replacement) discard() {
	_ = r.file.Close()
	_ = os.Remove(r.file.Name())
}
