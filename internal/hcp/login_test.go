package hcp

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/hcp-sdk-go/config/geography"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// issueToken returns an access token that the fake takes.
func issueToken(t *testing.T, fake *hcpfake.Server, endpoint *hcpfake.Endpoint) string {
	t.Helper()
	at, err := configFor(endpoint).Endpoints.resolve()
	if err != nil {
		t.Fatal(err)
	}
	token, err := newSession(configFor(endpoint), at).fresh(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	fake.ResetRequests()
	return token.AccessToken
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
		session login // AccessToken is added
		refused bool  // the token at first
		want    []string
	}{
		"valid":                   {login{Expiry: time.Now().Add(time.Hour), Geography: "us"}, false, []string{hcpfake.GetChannel}},
		"valid, of an older tool": {login{Expiry: time.Now().Add(time.Hour)}, false, []string{hcpfake.GetChannel}},
		"expired":                 {login{Expiry: time.Now().Add(-time.Hour), RefreshToken: "refresh-1", Geography: "us"}, false, []string{hcpfake.Token, hcpfake.GetChannel}},
		"turned down":             {login{Expiry: time.Now().Add(time.Hour), RefreshToken: "refresh-1", Geography: "us"}, true, []string{hcpfake.GetChannel, hcpfake.Token, hcpfake.GetChannel}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake, endpoint := newFake(t)
			tc.session.AccessToken, tc.session.Expiry = issueToken(t, fake, endpoint), tc.session.Expiry.Round(0)
			next := issueToken(t, fake, endpoint)
			fake.Inject(hcpfake.Fault{Operation: hcpfake.Token, Body: fmt.Sprintf(`{"access_token": %q, "refresh_token": "refresh-2", "expires_in": 3600}`, next)})
			if tc.refused {
				fake.Inject(hcpfake.Fault{Operation: hcpfake.GetChannel, Status: 401, Times: 1})
			}
			cache := writeFile(t, t.TempDir(), "creds-cache.json", cacheOf(tc.session))
			before, _ := os.ReadFile(cache)
			cfg := configFor(endpoint)
			cfg.Credentials = Credentials{origin: "the session", loginCache: cache}
			if _, err := newClient(t, cfg).Iteration(withTimeout(t, 10*time.Second), testChannel); err != nil {
				t.Error(err)
			}
			requireOperations(t, fake, tc.want...)

			after, err := os.ReadFile(cache)
			if err != nil {
				t.Fatal(err)
			}
			if len(tc.want) == 1 {
				if string(after) != string(before) {
					t.Errorf("the cache was written: %s", after)
				}
				return
			}
			kept, err := readLogin(cache)
			if err != nil || kept.AccessToken != next || kept.RefreshToken != "refresh-2" || !kept.Expiry.After(time.Now()) {
				t.Errorf("the cache holds %+v, %v", kept, err)
			}
			if !strings.Contains(string(after), `"access_token": "kept"`) {
				t.Errorf("the rest of the cache is gone: %s", after)
			}
		})
	}
}

// Where another program has renewed the session meanwhile, which uses the refresh
// token up, its session is taken, unless it is of another geography. It stays
// where a link leads to.
func TestLoginThatAnotherRenewed(t *testing.T) {
	t.Parallel()
	for region, taken := range map[geography.Geo]bool{geography.US: true, geography.EU: false} {
		t.Run(string(region), func(t *testing.T) {
			t.Parallel()
			fake, endpoint := newFake(t)
			next := issueToken(t, fake, endpoint)
			dir := t.TempDir()
			target := writeFile(t, dir, "target.json", cacheOf(login{AccessToken: "stale-token", Expiry: time.Now().Add(-time.Hour), RefreshToken: "refresh-1"}))
			cache := filepath.Join(dir, "creds-cache.json")
			if err := os.Symlink(target, cache); err != nil {
				t.Skip(err)
			}
			cfg := configFor(endpoint)
			cfg.Credentials = Credentials{origin: "the session", loginCache: cache}
			cfg.Observe = func(_ context.Context, attempt Attempt) {
				if attempt.Status != 400 {
					return
				}
				time.AfterFunc(50*time.Millisecond, func() {
					if err := writeLogin(cache, login{AccessToken: next, Expiry: time.Now().Add(time.Hour), RefreshToken: "refresh-2", Geography: region}); err != nil {
						t.Error(err)
					}
				})
			}
			fake.Inject(hcpfake.Fault{Operation: hcpfake.Token, Times: 1, Status: 400, Body: `{"error": "invalid_grant"}`})
			_, err := newClient(t, cfg).Iteration(withTimeout(t, 10*time.Second), testChannel)
			if taken {
				if err != nil {
					t.Error(err)
				}
				requireOperations(t, fake, hcpfake.Token, hcpfake.GetChannel)
			} else {
				requireFailure(t, err, registry.CredentialsRefused, 400, "invalid_grant")
				requireOperations(t, fake, hcpfake.Token)
			}
			if kept, err := readLogin(target); err != nil || kept.RefreshToken != "refresh-2" {
				t.Errorf("the link's target holds %+v, %v", kept, err)
			}
		})
	}
}

// A renewed session that cannot be written to disk is used all the same.
func TestLoginThatCannotBeKept(t *testing.T) {
	t.Parallel()
	fake, endpoint := newFake(t)
	fake.Inject(hcpfake.Fault{Operation: hcpfake.Token, Times: 1, Body: fmt.Sprintf(`{"access_token": %q, "refresh_token": "refresh-2", "expires_in": 3600}`, issueToken(t, fake, endpoint))})
	stale := cacheOf(login{AccessToken: "stale-token", Expiry: time.Now().Add(-time.Hour), RefreshToken: "refresh-1"})
	// No name is left for the file that would take its place.
	cache := writeFile(t, t.TempDir(), strings.Repeat("c", 255), stale)
	cfg := configFor(endpoint)
	cfg.Credentials = Credentials{origin: "the session", loginCache: cache}
	if _, err := newClient(t, cfg).Iteration(withTimeout(t, 10*time.Second), testChannel); err != nil {
		t.Error(err)
	}
	if after, _ := os.ReadFile(cache); string(after) != stale {
		t.Errorf("the cache was written: %s", after)
	}
}

func TestLoginThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	expired := time.Now().Add(-time.Hour)
	for name, tc := range map[string]struct {
		cache string
		fault hcpfake.Fault
		kind  registry.Kind
		says  string
	}{
		"expired for good": {cacheOf(login{AccessToken: "stale-token", Expiry: expired}), hcpfake.Fault{}, registry.CredentialsRefused, "hcp auth login"},
		"other geography":  {cacheOf(login{AccessToken: "stale-token", Expiry: time.Now().Add(time.Hour), Geography: "eu"}), hcpfake.Fault{}, registry.NoCredentials, `geography "eu"`},
		"malformed":        {`{"login": {"access_token": "stale-token"`, hcpfake.Fault{}, registry.NoCredentials, "not JSON"},
		"no session":       {`{}`, hcpfake.Fault{}, registry.NoCredentials, "no session"},
		"renewal refused": {
			cacheOf(login{AccessToken: "stale-token", Expiry: expired, RefreshToken: testSubject}),
			hcpfake.Fault{Operation: hcpfake.Token, Status: 400, Body: `{"error": "invalid_grant", "error_description": "` + testSubject + ` is unknown"}`},
			registry.CredentialsRefused, "is unknown",
		},
		"renewal out of order": {
			cacheOf(login{AccessToken: "stale-token", Expiry: expired, RefreshToken: testSubject}),
			hcpfake.Fault{Operation: hcpfake.Token, Status: 503},
			registry.Unavailable, "",
		},
		"renewal redirected": {
			cacheOf(login{AccessToken: "stale-token", Expiry: expired, RefreshToken: testSubject}),
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
			cache := writeFile(t, t.TempDir(), "creds-cache.json", tc.cache)
			cfg := configFor(endpoint)
			cfg.Credentials = Credentials{origin: "the session", loginCache: cache}
			_, err := newClient(t, cfg).Iteration(withTimeout(t, 10*time.Second), testChannel)
			failure := requireFailure(t, err, tc.kind, tc.fault.Status, tc.says)
			if !isSignInError(err) || credentialsOf(err) != "the session" {
				t.Errorf("got %+v", failure)
			}
			if after, _ := os.ReadFile(cache); string(after) != tc.cache {
				t.Errorf("the cache was written: %s", after)
			}
		})
	}
}

// A cache that has become something else is left alone.
func TestSessionIsNotWrittenIntoWhatIsNoCache(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"null", "[]", "7", `{"login":`, ""} {
		cache := writeFile(t, t.TempDir(), "creds-cache.json", content)
		if err := writeLogin(cache, login{AccessToken: "renewed"}); err == nil {
			t.Errorf("%q: no error", content)
		}
		if after, err := os.ReadFile(cache); err != nil || string(after) != content {
			t.Errorf("%q became %q, %v", content, after, err)
		}
	}
}

// However many renew at once, the cache is whole at every moment.
func TestCacheIsAlwaysWhole(t *testing.T) {
	t.Parallel()
	cache := writeFile(t, t.TempDir(), "creds-cache.json", cacheOf(login{AccessToken: "first"}))
	var wait sync.WaitGroup
	for i := range 20 {
		wait.Go(func() {
			for range 20 {
				if err := writeLogin(cache, login{AccessToken: fmt.Sprintf("token-%d", i)}); err != nil {
					t.Error(err)
				}
				if _, err := readLogin(cache); err != nil {
					t.Errorf("the session is gone: %v", err)
				}
			}
		})
	}
	wait.Wait()
}
