package transport

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// Headers that are too large, or not HTTP at all, are not taken for a broken connection.
func TestMalformedHTTP1(t *testing.T) {
	t.Parallel()
	for name, response := range map[string]string{
		"headers too large": "HTTP/1.1 200 OK\r\nX-Large: " + strings.Repeat("x", 11<<17) + "\r\n\r\n",
		"not HTTP":          "220 mail.example ESMTP\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, false, func(w http.ResponseWriter, _ *http.Request) {
				connection, stream, err := http.NewResponseController(w).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				defer connection.Close()
				_, _ = stream.WriteString(response) // the client may hang up first
				_ = stream.Flush()
			})
			shared := s.shared(t)
			attempts := 0
			_, err := sendThrough(t, 20*time.Second, func(req *http.Request) (*http.Response, error) {
				attempts++
				req.URL.Host = s.Listener.Addr().String()
				return shared.RoundTrip(req)
			})
			var failure *registry.Failure
			if !errors.As(err, &failure) || failure.Kind != registry.InvalidResponse || attempts != 1 {
				t.Errorf("%d attempts, %v", attempts, err)
			}
		})
	}
}

// Unless it denies access, an error of HCP has a code, and one of OAuth a name.
func TestDecodeError(t *testing.T) {
	for _, tc := range []struct {
		status int
		body   string
		want   registry.Kind
	}{
		{400, `{"code": 9}`, registry.FailedPrecondition},
		{400, `{"error": "invalid_grant"}`, registry.Unexpected},
		{400, `{"message": "no"}`, registry.InvalidResponse},
		{401, ``, registry.CredentialsRefused},
		{401, `{"message": "no"}`, registry.CredentialsRefused},
		{401, `<html>`, registry.InvalidResponse},
		{403, ``, registry.PermissionDenied},
		{403, `{"code": 7}`, registry.PermissionDenied},
		{403, `{"message": "no"}`, registry.PermissionDenied},
		{403, `<html>`, registry.InvalidResponse},
		{404, `{"code": 5}`, registry.NotFound},
		{404, `{"message": "no"}`, registry.InvalidResponse},
		{404, ``, registry.InvalidResponse},
		{429, `<html>`, registry.RateLimited},
		{502, `<html>`, registry.Unavailable},
	} {
		if got := decodeError(tc.status, []byte(tc.body)); got.Kind != tc.want {
			t.Errorf("%d %s: got kind %d, want %d", tc.status, tc.body, got.Kind, tc.want)
		}
	}
}

// Of the longest secret nothing is left, whatever shorter ones are part of it.
func TestRedactor(t *testing.T) {
	var r Redactor
	r.Add("secret", "secret-and-more", "tiny", " padded-secret ", "not/escaped?", `quoted"<secret`)
	for text, want := range map[string]string{
		"a secret":                   "a (redacted)",
		"a secret-and-more":          "a (redacted)",
		"a tiny thing":               "a tiny thing",
		"the padded-secret":          "the (redacted)",
		"?x=not%2Fescaped%3F":        "?x=(redacted)",
		"Basic c2VjcmV0LWFuZC1tb3Jl": "Basic (redacted)",
		`"quoted\"\u003csecret"`:     `"(redacted)"`,
		"nothing":                    "nothing",
	} {
		if got := r.Redact(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
		if got := r.contains(text); got != (text != want) {
			t.Errorf("%q: contains is %t", text, got)
		}
	}
}
