package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"time"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

const (
	// MaxAttempts is the maximum number of attempts at a request. The delays between
	// them add up to 8 to 16 s, after which a server that is down is reported.
	MaxAttempts = 6

	baseDelay = 500 * time.Millisecond
)

// retrier sends a request again after transient failures, as long as the context
// leaves time for it.
type retrier struct {
	cfg    Config
	sender *sender
}

func (r *retrier) RoundTrip(req *http.Request) (*http.Response, error) {
	for number := 1; ; number++ {
		fresh, err := clone(req)
		if err != nil {
			return nil, err
		}
		resp, err := r.sender.send(fresh, number)
		var failure *registry.Failure
		if !errors.As(err, &failure) {
			return resp, err
		}
		if number == MaxAttempts || !retryable(failure) {
			return nil, r.cfg.Redactor.redact(failure)
		}
		if err := r.wait(req.Context(), failure, number); err != nil {
			return nil, err
		}
	}
}

// wait waits before the next attempt. If the context does not leave the time for
// that, it returns the failure at once.
func (r *retrier) wait(ctx context.Context, failure *registry.Failure, number int) error {
	delay := backoff(r.cfg.BaseDelay, number)
	deadline, ok := ctx.Deadline()
	if ok && failure.RetryAfter+delay >= time.Until(deadline) {
		failure.OutOfTime = true
		return r.cfg.Redactor.redact(failure)
	}
	timer := time.NewTimer(failure.RetryAfter + delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return contextError(ctx.Err())
	}
}

// backoff returns a random delay after an attempt, which doubles with each. All
// clients would come back at the same moment otherwise.
func backoff(base time.Duration, number int) time.Duration {
	delay := base << (number - 1)
	return delay/2 + rand.N(delay/2) //nolint:gosec // nothing to guess
}

// retryable reports whether a request may succeed when it is sent again.
func retryable(failure *registry.Failure) bool {
	switch failure.Kind {
	case registry.RateLimited:
		return true
	case registry.Unavailable:
		return failure.Status != http.StatusNotImplemented && failure.Status <= http.StatusGatewayTimeout
	case registry.Unreachable:
		return !permanent(failure.Err)
	default:
		return false
	}
}

// permanent reports whether a connection cannot succeed later either: the server
// does not speak TLS, refuses the handshake by an alert, which crypto/tls calls a
// remote error, or the host does not exist.
func permanent(err error) bool {
	var (
		record tls.RecordHeaderError
		alert  *net.OpError
		dns    *net.DNSError
	)
	return errors.As(err, &record) || errors.As(err, &alert) && alert.Op == "remote error" || errors.As(err, &dns) && dns.IsNotFound
}

// clone returns the request for one more attempt.
func clone(req *http.Request) (fresh *http.Request, err error) {
	fresh = req.Clone(req.Context())
	if req.GetBody != nil {
		fresh.Body, err = req.GetBody()
	}
	return fresh, err
}
