package hcp

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"github.com/hashicorp/terraform-provider-packer/internal/hcp/auth"
	"github.com/hashicorp/terraform-provider-packer/internal/hcp/transport"
	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// login is the session of an interactive login, as HCP's tools keep it.
type login struct {
	AccessToken  string    `json:"access_token"`
	RefreshToken string    `json:"refresh_token,omitempty"`
	Expiry       time.Time `json:"access_token_expiry"`
	Geography    string    `json:"geography,omitempty"`
}

const loginOrigin = "the session of hcp auth login"

// loginCredentials are those of a home directory with a token cache.
func loginCredentials(t *testing.T, cache string) auth.Credentials {
	t.Helper()
	home := t.TempDir()
	writeFile(t, home, cachePath, cache)
	return homeCredentials(t, home)
}

const cachePath = ".config/hcp/creds-cache.json"

func homeCredentials(t *testing.T, home string) auth.Credentials {
	t.Helper()
	credentials, err := auth.DefaultCredentials(home)
	if err != nil {
		t.Fatal(err)
	}
	return credentials
}

func readCache(t *testing.T, home string) (content string, session login) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(home, filepath.FromSlash(cachePath)))
	if err != nil {
		t.Fatal(err)
	}
	var cache struct{ Login login }
	_ = json.Unmarshal(data, &cache) // some are malformed
	return string(data), cache.Login
}

// issueToken returns an access token that the fake accepts.
func issueToken(t *testing.T, fake *hcpfake.Server, endpoint *hcpfake.Endpoint) string {
	t.Helper()
	cfg, client := configFor(endpoint), newTrustingClient()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, cfg.Endpoints.AuthURL+"/oauth2/token",
		strings.NewReader("grant_type=client_credentials&audience=https%3A%2F%2Fapi.hashicorp.cloud"))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("id", testSecret)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var issued struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&issued); err != nil {
		t.Fatal(err)
	}
	fake.ResetRequests()
	return issued.AccessToken
}

func newTrustingClient() *http.Client {
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true}}}
}

func cacheOf(session login) string {
	data, err := json.Marshal(map[string]any{"login": session, "service-principals": map[string]any{"other": map[string]string{"access_token": "kept"}}})
	if err != nil {
		panic(err)
	}
	return string(data)
}

func TestLoginIsRenewed(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		session  login // AccessToken is added
		rejected bool  // the token at first
		want     []string
	}{
		"valid":                     {login{Expiry: time.Now().Add(time.Hour), Geography: "us"}, false, []string{hcpfake.GetChannel}},
		"valid, from an older tool": {login{Expiry: time.Now().Add(time.Hour)}, false, []string{hcpfake.GetChannel}},
		"expired":                   {login{Expiry: time.Now().Add(-time.Hour), RefreshToken: "refresh-1", Geography: "us"}, false, []string{hcpfake.Token, hcpfake.GetChannel}},
		"rejected":                  {login{Expiry: time.Now().Add(time.Hour), RefreshToken: "refresh-1", Geography: "us"}, true, []string{hcpfake.GetChannel, hcpfake.Token, hcpfake.GetChannel}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake, endpoint := newFake(t)
			tc.session.AccessToken, tc.session.Expiry = issueToken(t, fake, endpoint), tc.session.Expiry.Round(0)
			next := issueToken(t, fake, endpoint)
			fake.Inject(hcpfake.Fault{Operation: hcpfake.Token, Body: fmt.Sprintf(`{"access_token": %q, "refresh_token": "refresh-2", "expires_in": 3600}`, next)})
			if tc.rejected {
				fake.Inject(hcpfake.Fault{Operation: hcpfake.GetChannel, Status: 401, Times: 1})
			}
			home := t.TempDir()
			writeFile(t, home, cachePath, cacheOf(tc.session))
			before, _ := readCache(t, home)
			cfg := configFor(endpoint)
			cfg.Credentials = homeCredentials(t, home)
			if _, err := newClient(t, cfg).Iteration(withTimeout(t, 10*time.Second), testChannel); err != nil {
				t.Error(err)
			}
			requireOperations(t, fake, tc.want...)

			after, kept := readCache(t, home)
			if len(tc.want) == 1 {
				if after != before {
					t.Errorf("the cache was written: %s", after)
				}
				return
			}
			if kept.AccessToken != next || kept.RefreshToken != "refresh-2" || !kept.Expiry.After(time.Now()) {
				t.Errorf("the cache has %+v", kept)
			}
			if !strings.Contains(after, `"access_token": "kept"`) {
				t.Errorf("the rest of the cache is gone: %s", after)
			}
			requireOnlyCacheAndLock(t, home)
		})
	}
}

// requireOnlyCacheAndLock requires that no temporary file is left.
func requireOnlyCacheAndLock(t *testing.T, home string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(home, filepath.FromSlash(cachePath)) + "*")
	if err != nil || len(files) != 2 {
		t.Errorf("got files %v, %v", files, err)
	}
}

var expiredLogin = login{AccessToken: "stale-token", Expiry: time.Now().Add(-time.Hour), RefreshToken: testSubject}

// If a program that takes no lock has renewed the session meanwhile, which uses up the
// refresh token, its session is used, unless it belongs to another geography. The file
// remains where a link leads to.
func TestLoginRenewedByAnotherProgram(t *testing.T) {
	t.Parallel()
	for geography, usable := range map[string]bool{"us": true, "eu": false} {
		t.Run(geography, func(t *testing.T) {
			t.Parallel()
			fake, endpoint := newFake(t)
			next := issueToken(t, fake, endpoint)
			home := t.TempDir()
			target := writeFile(t, home, ".config/hcp/target.json", cacheOf(expiredLogin))
			if err := os.Symlink(target, filepath.Join(home, filepath.FromSlash(cachePath))); err != nil {
				t.Fatal(err)
			}
			cfg := configFor(endpoint)
			cfg.Credentials = homeCredentials(t, home)
			cfg.Observe = func(_ context.Context, attempt transport.Attempt) {
				if attempt.Status == 400 {
					writeFile(t, home, ".config/hcp/target.json", cacheOf(login{next, "refresh-2", time.Now().Add(time.Hour), geography}))
				}
			}
			fake.Inject(hcpfake.Fault{Operation: hcpfake.Token, Times: 1, Status: 400, Body: `{"error": "invalid_grant"}`})
			_, err := newClient(t, cfg).Iteration(withTimeout(t, 10*time.Second), testChannel)
			if usable {
				if err != nil {
					t.Error(err)
				}
				requireOperations(t, fake, hcpfake.Token, hcpfake.GetChannel)
			} else {
				requireFailure(t, err, registry.CredentialsRefused, 400, "invalid_grant")
				requireOperations(t, fake, hcpfake.Token)
			}
			if _, kept := readCache(t, home); kept.RefreshToken != "refresh-2" {
				t.Errorf("the link's target has %+v", kept)
			}
		})
	}
}

// However many processes renew the session at once, the refresh token is used once.
func TestLoginIsRenewedOnce(t *testing.T) {
	t.Parallel()
	fake, endpoint := newFake(t)
	next := issueToken(t, fake, endpoint)
	fake.Inject(hcpfake.Fault{Operation: hcpfake.Token, Body: fmt.Sprintf(`{"access_token": %q, "refresh_token": "refresh-2", "expires_in": 3600}`, next)})
	home := t.TempDir()
	writeFile(t, home, cachePath, cacheOf(expiredLogin))
	cfg := configFor(endpoint)
	cfg.Credentials = homeCredentials(t, home)
	var wait sync.WaitGroup
	for range 10 {
		client := newClient(t, cfg) // each stands for a process
		wait.Go(func() {
			if _, err := client.Iteration(withTimeout(t, 20*time.Second), testChannel); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if n := fake.Count(hcpfake.Token); n != 1 {
		t.Errorf("the refresh token was used %d times", n)
	}
}

// A read waits for the process that is renewing the session as long as its own time
// allows.
func TestLoginWaitsForLock(t *testing.T) {
	t.Parallel()
	fake, endpoint := newFake(t)
	next := issueToken(t, fake, endpoint)
	home := t.TempDir()
	cache := writeFile(t, home, cachePath, cacheOf(expiredLogin))
	cfg := configFor(endpoint)
	cfg.Credentials = homeCredentials(t, home)
	lock := flock.New(cache + ".lock")
	if err := lock.Lock(); err != nil {
		t.Fatal(err)
	}
	_, err := newClient(t, cfg).Iteration(withTimeout(t, 100*time.Millisecond), testChannel)
	requireFailure(t, err, registry.TimedOut, 0, "another process is renewing the session")
	time.AfterFunc(100*time.Millisecond, func() {
		writeFile(t, home, cachePath, cacheOf(login{next, "refresh-2", time.Now().Add(time.Hour), "us"}))
		if err := lock.Unlock(); err != nil {
			t.Error(err)
		}
	})
	if _, err := newClient(t, cfg).Iteration(withTimeout(t, 20*time.Second), testChannel); err != nil {
		t.Error(err)
	}
	requireOperations(t, fake, hcpfake.GetChannel)
}

// Where the cache cannot be replaced, the refresh token is not used: the next process
// would have none.
func TestLoginThatCannotBeKept(t *testing.T) {
	t.Parallel()
	for name, length := range map[string]int{"no lock": 255, "no replacement": 250} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake, endpoint := newFake(t)
			home := t.TempDir()
			// The name is too long for that of another file beside it.
			target := writeFile(t, home, ".config/hcp/"+strings.Repeat("c", length), cacheOf(expiredLogin))
			if err := os.Symlink(target, filepath.Join(home, filepath.FromSlash(cachePath))); err != nil {
				t.Fatal(err)
			}
			cfg := configFor(endpoint)
			cfg.Credentials = homeCredentials(t, home)
			_, err := newClient(t, cfg).Iteration(withTimeout(t, 10*time.Second), testChannel)
			requireFailure(t, err, registry.NoCredentials, 0, "requires writing to its directory")
			requireOperations(t, fake)
			if after, _ := readCache(t, home); after != cacheOf(expiredLogin) {
				t.Errorf("the cache was written: %s", after)
			}
		})
	}
}

// A renewed session that cannot be kept after all still serves the run.
func TestLoginThatCannotBeKeptAfterRenewal(t *testing.T) {
	t.Parallel()
	fake, endpoint := newFake(t)
	next := issueToken(t, fake, endpoint)
	fake.Inject(hcpfake.Fault{Operation: hcpfake.Token, Body: fmt.Sprintf(`{"access_token": %q, "refresh_token": "refresh-2", "expires_in": 3600}`, next)})
	home := t.TempDir()
	writeFile(t, home, cachePath, cacheOf(expiredLogin))
	cfg := configFor(endpoint)
	cfg.Credentials = homeCredentials(t, home)
	cfg.Observe = func(context.Context, transport.Attempt) { writeFile(t, home, cachePath, "null") }
	client := newClient(t, cfg)
	for range 2 {
		if _, err := client.Iteration(withTimeout(t, 10*time.Second), testChannel); err != nil {
			t.Error(err)
		}
	}
	requireOperations(t, fake, hcpfake.Token, hcpfake.GetChannel, hcpfake.GetChannel)
	if after, _ := readCache(t, home); after != "null" {
		t.Errorf("the cache has become %s", after)
	}
}

// Interrupting Terraform during a renewal does not lose the session: the refresh token is
// used up by then.
func TestLoginIsKeptWhenInterrupted(t *testing.T) {
	t.Parallel()
	fake, endpoint := newFake(t)
	next := issueToken(t, fake, endpoint)
	ctx, cancel := context.WithCancel(withTimeout(t, 20*time.Second))
	endpoint = listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cancel()
		fake.ServeHTTP(w, r)
	}))
	fake.Inject(hcpfake.Fault{
		Operation: hcpfake.Token, Delay: 300 * time.Millisecond,
		Body: fmt.Sprintf(`{"access_token": %q, "refresh_token": "refresh-2", "expires_in": 3600}`, next),
	})
	home := t.TempDir()
	writeFile(t, home, cachePath, cacheOf(expiredLogin))
	cfg := configFor(endpoint)
	cfg.Credentials = homeCredentials(t, home)
	if _, err := newClient(t, cfg).Iteration(ctx, testChannel); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, kept := readCache(t, home); kept.RefreshToken != "refresh-2" {
		t.Errorf("the cache has %+v", kept)
	}
	requireOnlyCacheAndLock(t, home)
}

func TestLoginThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		cache string
		fault hcpfake.Fault
		kind  registry.Kind
		says  string
	}{
		"expired, not renewable": {cacheOf(login{AccessToken: "stale-token", Expiry: expiredLogin.Expiry}), hcpfake.Fault{}, registry.CredentialsRefused, "hcp auth login"},
		"other geography":        {cacheOf(login{AccessToken: "stale-token", Expiry: time.Now().Add(time.Hour), Geography: "eu"}), hcpfake.Fault{}, registry.NoCredentials, `geography "eu"`},
		"malformed":              {`{"login": {"access_token": "stale-token"`, hcpfake.Fault{}, registry.NoCredentials, "not JSON"},
		"renewal refused": {
			cacheOf(expiredLogin),
			hcpfake.Fault{Operation: hcpfake.Token, Status: 400, Body: `{"error": "invalid_grant", "error_description": "` + testSubject + ` is unknown"}`},
			registry.CredentialsRefused, "is unknown",
		},
		"renewal refused, and the cure": {
			cacheOf(expiredLogin),
			hcpfake.Fault{Operation: hcpfake.Token, Status: 400, Body: `{"error": "invalid_grant"}`},
			registry.CredentialsRefused, "run hcp auth login",
		},
		"renewal fails": {
			cacheOf(expiredLogin),
			hcpfake.Fault{Operation: hcpfake.Token, Status: 503},
			registry.Unavailable, "",
		},
		"renewal redirected": {
			cacheOf(expiredLogin),
			hcpfake.Fault{Operation: hcpfake.Token, Status: 307, Header: map[string][]string{"Location": {"https://elsewhere.example"}}},
			registry.InvalidResponse, "redirect",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake, endpoint := newFake(t)
			if tc.fault.Operation != "" {
				fake.Inject(tc.fault)
			}
			home := t.TempDir()
			writeFile(t, home, cachePath, tc.cache)
			cfg := configFor(endpoint)
			cfg.Credentials = homeCredentials(t, home)
			_, err := newClient(t, cfg).Iteration(withTimeout(t, 10*time.Second), testChannel)
			failure := requireFailure(t, err, tc.kind, tc.fault.Status, tc.says)
			if !isSignInError(err) || credentialsOf(err) != loginOrigin {
				t.Errorf("got %+v", failure)
			}
			if after, _ := readCache(t, home); after != tc.cache {
				t.Errorf("the cache was written: %s", after)
			}
			if files, err := filepath.Glob(filepath.Join(home, filepath.FromSlash(cachePath)) + ".[0-9]*"); err != nil || len(files) > 0 {
				t.Errorf("files are left: %v, %v", files, err)
			}
		})
	}
}

// The refresh token that a renewal returned is a secret too.
func TestRenewedTokensAreRedacted(t *testing.T) {
	t.Parallel()
	fake, endpoint := newFake(t)
	fake.Inject(hcpfake.Fault{Operation: hcpfake.Token, Body: `{"access_token": "access-2", "refresh_token": "refresh-2", "expires_in": 3600}`})
	fake.Inject(hcpfake.Fault{Operation: hcpfake.GetChannel, Status: 400, Body: `{"code": 3, "message": "not access-2 or refresh-2"}`})
	cfg := configFor(endpoint)
	cfg.Credentials = loginCredentials(t, cacheOf(expiredLogin))
	_, err := newClient(t, cfg).Iteration(withTimeout(t, 10*time.Second), testChannel)
	requireFailure(t, err, registry.Unexpected, 400, "not (redacted) or (redacted)")
}
