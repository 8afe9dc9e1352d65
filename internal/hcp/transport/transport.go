// Package transport sends requests to HCP. Requests to sign in and requests to the API
// both pass through it, in this order:
//
//	retrier  sends a request again after transient failures (retry.go)
//	sender   sends it once and checks the response (send.go, response.go)
//	Shared   has concurrent requests share a connection (connection.go)
//
// Left to itself the SDK does not retry, follows redirects with the access token,
// and loses the status of a response that is not JSON.
package transport

import (
	"cmp"
	"context"
	"net/http"
	"time"
)

// Config configures how requests are sent.
type Config struct {
	UserAgent string
	// Observe, if not nil, is called after each attempt.
	Observe func(context.Context, Attempt)
	// Redactor redacts secrets from failures.
	Redactor *Redactor
	// BaseDelay is the approximate delay before the second attempt; 0 means 500 ms.
	BaseDelay time.Duration

	// RejectSecrets refuses a successful response that contains a secret, which
	// would end up in the state.
	RejectSecrets bool
	// Foreign is for servers other than HCP's: their responses need not be JSON, and
	// Observe does not get the path of their URLs, because it may be secret.
	Foreign bool
}

// Attempt is one attempt at a request.
type Attempt struct {
	Method   string
	Host     string // host[:port]
	Path     string // without the query
	Number   int    // 1 for the first
	Status   int    // HTTP status; 0 when there was no response
	Received int    // bytes of the response's body
	Duration time.Duration
}

// New returns a transport that sends requests through next, such as a Shared. A
// response has status 200 and is complete; an error is a *registry.Failure without
// secrets, or context.Canceled.
func New(next http.RoundTripper, cfg Config) http.RoundTripper {
	cfg.BaseDelay = cmp.Or(cfg.BaseDelay, baseDelay)
	return &retrier{cfg: cfg, sender: &sender{next: next, cfg: cfg}}
}
