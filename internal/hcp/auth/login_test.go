package auth

import (
	"os"
	"strings"
	"testing"
)

// A cache that cannot be replaced by renaming, such as a file that is mounted on its own,
// is written in place.
func TestCommitInPlace(t *testing.T) {
	cache := writeFile(t, t.TempDir(), "creds-cache.json", `{"login": {"access_token": "old"}, "other": 1}`)
	r, err := newReplacement(cache)
	if err != nil {
		t.Fatal(err)
	}
	defer discard(r)
	if err := os.Remove(r.Name()); err != nil { // so that renaming fails
		t.Fatal(err)
	}
	if err := keep(login{AccessToken: "new", RefreshToken: "refresh"}, r, cache); err != nil {
		t.Fatal(err)
	}
	kept, err := readLogin(cache)
	if err != nil || kept.AccessToken != "new" || kept.RefreshToken != "refresh" {
		t.Errorf("got %+v, %v", kept, err)
	}
	if content, _ := os.ReadFile(cache); !strings.Contains(string(content), `"other": 1`) {
		t.Errorf("the rest of the cache is gone: %s", content)
	}
}

// A cache that has become something else is left alone.
func TestCommitIntoSomethingElse(t *testing.T) {
	for _, content := range []string{"null", "[]", "7", `{"login":`, ""} {
		cache := writeFile(t, t.TempDir(), "creds-cache.json", content)
		r, err := newReplacement(cache)
		if err != nil {
			t.Fatal(err)
		}
		if err := keep(login{AccessToken: "renewed"}, r, cache); err == nil {
			t.Errorf("%q: no error", content)
		}
		discard(r)
		if after, err := os.ReadFile(cache); err != nil || string(after) != content {
			t.Errorf("%q became %q, %v", content, after, err)
		}
	}
}
