package transport

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

const (
	// MaxResponse is the maximum size of a response in bytes. One with 15,000
	// images has about 5 MB.
	MaxResponse = 64 << 20

	// maxErrorResponse is how much of an error response is read, and maxHeaders how
	// large headers may be.
	maxErrorResponse = 1 << 20
	maxHeaders       = 1 << 20
)

// sender sends a request once.
type sender struct {
	next http.RoundTripper
	cfg  Config
}

// send makes the attempt with the given number. A response is complete and has
// status 200. The error is a *registry.Failure or context.Canceled.
func (s *sender) send(req *http.Request, number int) (*http.Response, error) {
	begin := time.Now()
	resp, body, err := s.exchange(req)
	status := 0
	if resp != nil {
		status = resp.StatusCode
	}
	s.observe(req, Attempt{Number: number, Status: status, Received: len(body), Duration: time.Since(begin)})
	var failure *registry.Failure
	if errors.As(err, &failure) {
		failure.Address, failure.Status, failure.Attempts = req.URL.Host, status, number
	}
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	// The SDK chooses a decoder by the type, and the body is known to be JSON.
	resp.Header.Set("Content-Type", "application/json")
	return resp, nil
}

func (s *sender) observe(req *http.Request, attempt Attempt) {
	if s.cfg.Observe == nil {
		return
	}
	attempt.Method, attempt.Host, attempt.Path = req.Method, req.URL.Host, req.URL.Path
	if s.cfg.Foreign {
		attempt.Path = "(hidden)"
	}
	s.cfg.Observe(req.Context(), attempt)
}

// exchange sends the request and reads the response, which is nil if there was
// none. It is checked if err is nil.
func (s *sender) exchange(req *http.Request) (_ *http.Response, body []byte, err error) {
	ctx := req.Context()
	var accepted, responding atomic.Bool
	req = req.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:              func(string) { accepted.Store(true) },
		GotFirstResponseByte: func() { responding.Store(true) },
	}))
	req.Header.Set("User-Agent", s.cfg.UserAgent)
	resp, err := s.next.RoundTrip(req)
	if err != nil {
		return nil, nil, roundTripError(ctx, err, accepted.Load(), responding.Load())
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 200 { // what follows 101 is not a body, and may never end
		body, err = readBody(ctx, resp)
	}
	if err == nil {
		err = s.check(resp, body)
	}
	return resp, body, err
}

// check returns an error unless the response can be used.
func (s *sender) check(resp *http.Response, body []byte) error {
	switch {
	case resp.StatusCode >= 400:
		failure := decodeError(resp.StatusCode, body)
		failure.RetryAfter = retryAfter(resp)
		return failure
	case resp.Header.Get("Location") != "":
		return redirect(resp)
	case resp.StatusCode != http.StatusOK:
		return InvalidResponse("the response comes without the content that was requested")
	case s.cfg.RejectSecrets && s.cfg.Redactor.contains(string(body)):
		return InvalidResponse("the response contains the access token or the credentials, so it was discarded")
	case s.cfg.Foreign:
		return nil
	default:
		return checkJSON(body)
	}
}

// roundTripError explains why there was no response. accepted reports whether the
// request is a valid one, and responding whether a response had begun.
func roundTripError(ctx context.Context, err error, accepted, responding bool) error {
	var (
		failure     *registry.Failure
		certificate *tls.CertificateVerificationError
		address     *net.AddrError
		network     net.Error
	)
	interrupted := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &network)
	// An error of net/http's type http2.ConnectionError, which is not exported.
	malformed := strings.HasPrefix(err.Error(), "connection error: ")
	switch {
	case ctx.Err() != nil:
		return contextError(ctx.Err())
	case errors.As(err, &failure):
		return failure
	case !accepted, errors.As(err, &address): // whose text may contain what is wrong
		return &registry.Failure{Kind: registry.InvalidRequest, Err: errors.New("its URL or one of its headers is invalid")}
	case errors.As(err, &certificate):
		return &registry.Failure{Kind: registry.CertificateUntrusted, Err: err}
	case responding && !interrupted, malformed:
		return InvalidResponse("the response is not valid HTTP, or its headers are too large")
	default:
		return &registry.Failure{Kind: registry.Unreachable, Err: err}
	}
}

// readBody reads the body of a response, or the beginning of an error's body.
func readBody(ctx context.Context, resp *http.Response) ([]byte, error) {
	limit := MaxResponse
	if resp.StatusCode != http.StatusOK {
		limit = maxErrorResponse
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, int64(limit)+1))
	var corrupt flate.CorruptInputError
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, contextError(ctx.Err())
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.As(err, &corrupt):
		return nil, InvalidResponse("the response is not valid gzip, which it claims to be")
	case err != nil:
		return nil, &registry.Failure{Kind: registry.Unreachable, Err: err}
	case len(body) <= limit:
		return body, nil
	case resp.StatusCode != http.StatusOK:
		return body[:limit], nil
	default:
		return nil, InvalidResponse(fmt.Sprintf("the response is longer than %d MiB", limit>>20))
	}
}
