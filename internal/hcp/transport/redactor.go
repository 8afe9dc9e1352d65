package transport

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// Redactor redacts secrets from errors, because a server, or whatever responds in
// its place, may send back what it was sent. The zero value knows no secrets. It
// is safe for concurrent use.
type Redactor struct {
	mu      sync.Mutex
	secrets []string
}

// minSecret is the minimum length of a secret in bytes. Redacting shorter ones
// would garble every message and protect nothing.
const minSecret = 6

// Add adds secrets, and the forms in which they are sent.
func (r *Redactor) Add(secrets ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, secret := range secrets {
		if len(strings.TrimSpace(secret)) < minSecret {
			continue
		}
		quoted, _ := json.Marshal(secret) //nolint:errchkjson // strings can always be encoded
		r.secrets = append(
			r.secrets,
			secret,
			strings.TrimSpace(secret),
			url.QueryEscape(secret),
			url.PathEscape(secret),
			base64.StdEncoding.EncodeToString([]byte(secret)),
			string(quoted[1:len(quoted)-1]), // without the quotes
		)
	}
	// Longest first: redacting a prefix would leave the rest of a longer secret.
	slices.SortFunc(r.secrets, func(a, b string) int {
		return cmp.Or(len(b)-len(a), strings.Compare(a, b))
	})
	r.secrets = slices.Compact(r.secrets)
}

// Redact returns the text without secrets.
func (r *Redactor) Redact(text string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, secret := range r.secrets {
		text = strings.ReplaceAll(text, secret, "(redacted)")
	}
	return text
}

// contains reports whether the text contains a secret.
func (r *Redactor) contains(text string) bool { return r.Redact(text) != text }

// redact redacts a failure that nobody else has yet, and returns it.
func (r *Redactor) redact(failure *registry.Failure) *registry.Failure {
	failure.Message = r.Redact(failure.Message)
	if failure.Err != nil {
		failure.Err = errors.New(r.Redact(failure.Err.Error()))
	}
	return failure
}
