package hcp

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// The way of a request, from the SDK's generated clients to the network:
//
//	signedIn   makes sure of an access token, and of another if it is refused
//	retrying   tries again what may pass
//	exchange   does one attempt: all it lets through is a complete answer
//	           with status 200, or a *registry.Failure
//	firstAlone has the first request open the connection for all
//	(SDK)      puts the token on the request
//
// Left to itself the SDK does not retry, follows redirects with the token, and
// loses the status of an answer that is not JSON.

const (
	// maxAnswer is the size in bytes of the largest answer that is read. One
	// with 15,000 images takes about 5 MB. maxRefusal is how much is read of an
	// answer that is an error.
	maxAnswer  = 64 << 20
	maxRefusal = 1 << 20

	maxAttempts = 6
	firstWait   = 500 * time.Millisecond // about so long before the second attempt
	maxWait     = 10 * time.Second
)

// Attempt is one attempt at a request.
type Attempt struct {
	Method   string
	Path     string // without the query
	Number   int    // 1 for the first
	Status   int    // HTTP status; 0 when there was no answer
	Received int    // bytes of the answer's body
	Duration time.Duration
}

// transport puts what every request goes through in front of next.
func (cfg Config) transport(next http.RoundTripper, refusal refusal) *retrying {
	return &retrying{
		next:      &exchange{next: next, userAgent: cfg.UserAgent, refusal: refusal, observe: cfg.Observe},
		firstWait: cmp.Or(cfg.firstWait, firstWait),
	}
}

// signedIn makes sure of an access token before a request goes out, under the
// request's own context, and signs in once more if the token is refused.
type signedIn struct {
	session *session
	next    http.RoundTripper
}

func (t *signedIn) RoundTrip(req *http.Request) (*http.Response, error) {
	token, err := t.session.fresh(req.Context(), nil)
	if err != nil {
		return nil, err
	}
	resp, err := t.next.RoundTrip(req)
	var failure *registry.Failure
	if errors.As(err, &failure) && failure.Status == http.StatusUnauthorized {
		if _, err := t.session.fresh(req.Context(), token); err != nil {
			return nil, err
		}
		resp, err = t.next.RoundTrip(req)
		if errors.As(err, &failure) && failure.Status == http.StatusUnauthorized {
			return nil, &registry.TokenRejectedError{Credentials: t.session.origin, Err: err}
		}
	}
	return resp, err
}

// retrying tries again what may pass, as long as the context allows.
type retrying struct {
	next      *exchange
	firstWait time.Duration
}

func (t *retrying) RoundTrip(req *http.Request) (*http.Response, error) {
	tries := &tries{firstWait: t.firstWait}
	client := &retryablehttp.Client{
		HTTPClient: &http.Client{Transport: roundTripperFunc(func(req *http.Request) (*http.Response, error) {
			tries.number++
			return t.next.attempt(req, tries.number)
		})},
		RetryMax:     maxAttempts - 1,
		CheckRetry:   tries.check,
		Backoff:      func(time.Duration, time.Duration, int, *http.Response) time.Duration { return tries.wait },
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	resp, err := (&retryablehttp.RoundTripper{Client: client}).RoundTrip(req)
	var failure *registry.Failure
	if errors.As(err, &failure) {
		failure.Attempts = tries.number
	}
	return resp, err
}

type roundTripperFunc func(*http.Request) (*http.Response, error)

func (f roundTripperFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// tries are the attempts at one request.
type tries struct {
	firstWait time.Duration
	number    int           // of the latest attempt
	wait      time.Duration // before the next
}

// check decides whether to try again. It does not when the wait would last
// beyond the deadline.
func (t *tries) check(ctx context.Context, _ *http.Response, err error) (bool, error) {
	if errors.Is(ctx.Err(), context.Canceled) {
		return false, context.Canceled
	}
	var failure *registry.Failure
	if !errors.As(err, &failure) || !mayPass(failure) {
		return false, nil
	}
	t.wait = failure.RetryAfter + backoff(t.firstWait, t.number)
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= t.wait {
		failure.OutOfTime = true
		return false, nil
	}
	return true, nil
}

// backoff returns a random time to wait after so many attempts, which doubles
// with each of them.
func backoff(first time.Duration, attempts int) time.Duration {
	wait := min(first<<(attempts-1), maxWait)
	return wait/2 + rand.N(wait/2) //nolint:gosec // nothing to guess
}

// mayPass reports whether a request that failed so could succeed if tried again.
func mayPass(failure *registry.Failure) bool {
	switch failure.Kind {
	case registry.RateLimited:
		return true
	case registry.Unavailable:
		switch failure.Status {
		case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			return true
		}
		return false
	case registry.Unreachable:
		return !lasting(failure.Err)
	default:
		return false
	}
}

// lasting reports whether a connection failed for a reason that stays: a server
// that speaks no TLS, a host that is not there.
func lasting(err error) bool {
	var (
		record tls.RecordHeaderError
		alert  tls.AlertError
		dns    *net.DNSError
	)
	return errors.As(err, &record) || errors.As(err, &alert) || errors.As(err, &dns) && dns.IsNotFound
}

// refusal makes a failure of an error answer.
type refusal func(status int, body []byte) *registry.Failure

// exchange does one attempt at a request and takes the answer apart.
type exchange struct {
	next      http.RoundTripper
	anyText   bool     // whether answers may be other than JSON
	secrets   *secrets // what answers must not hold; nil: they may
	userAgent string
	refusal   refusal
	observe   func(context.Context, Attempt)
}

// attempt does the attempt with the given number, and reports it.
func (t *exchange) attempt(req *http.Request, number int) (*http.Response, error) {
	begin := time.Now()
	status, body, resp, err := t.do(req)
	if t.observe != nil {
		t.observe(req.Context(), Attempt{
			Method: req.Method, Path: req.URL.Path, Number: number,
			Status: status, Received: len(body), Duration: time.Since(begin),
		})
	}
	var failure *registry.Failure
	if errors.As(err, &failure) {
		failure.Address = req.URL.Host
	}
	return resp, err
}

func (t *exchange) do(req *http.Request) (status int, body []byte, _ *http.Response, _ error) {
	ctx := req.Context()
	req = req.Clone(ctx)
	req.Header.Set("User-Agent", t.userAgent)
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		return 0, nil, nil, connectionFailure(ctx, err)
	}
	if resp.StatusCode < 200 { // 101: what follows is no body, and no context ends it
		resp.Body.Close()
		return resp.StatusCode, nil, nil, withoutContent(resp.StatusCode)
	}
	body, err = readAll(ctx, resp)
	if err == nil {
		err = t.judge(resp, body)
	}
	var failure *registry.Failure
	if errors.As(err, &failure) {
		failure.Status = resp.StatusCode
	}
	if err != nil {
		return resp.StatusCode, body, nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	// Whatever the answer calls itself, it is JSON or it cannot be read.
	resp.Header.Set("Content-Type", "application/json")
	return resp.StatusCode, body, resp, nil
}

// judge returns a *registry.Failure unless the answer has status 200.
func (t *exchange) judge(resp *http.Response, body []byte) error {
	switch status := resp.StatusCode; {
	case status >= 400:
		failure := t.refusal(status, body)
		failure.RetryAfter = retryAfter(resp)
		return failure
	case resp.Header.Get("Location") != "":
		return &registry.Failure{
			Kind:    registry.InvalidResponse,
			Message: "a redirect" + destination(resp) + ", which is not followed so that credentials go nowhere else",
		}
	case status != http.StatusOK:
		return withoutContent(status)
	case !t.anyText && len(body) > 0 && !json.Valid(body):
		return malformed(body)
	case t.secrets != nil && t.secrets.in(body): // it would end up in a state
		return unreadable("the answer holds what was meant for HCP alone: the access token or the credentials")
	default:
		return nil
	}
}

// malformed tells of a text that is not JSON. Where neither its length nor an end
// mark was announced, HTTP cannot tell that it breaks off.
func malformed(body []byte) error {
	err := json.NewDecoder(bytes.NewReader(body)).Decode(new(json.RawMessage))
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return &registry.Failure{Kind: registry.Unreachable, Err: errors.New("the answer was cut off")}
	}
	return unreadable("the answer is not JSON")
}

func withoutContent(status int) *registry.Failure {
	return &registry.Failure{Kind: registry.InvalidResponse, Status: status, Message: "an answer without the content that was asked for"}
}

func destination(resp *http.Response) string {
	location, err := resp.Location()
	if err != nil {
		return ""
	}
	return " to " + (&url.URL{Scheme: location.Scheme, Host: location.Host}).String()
}

// retryAfter returns what the header Retry-After asks for, in seconds or as a
// date, or zero.
func retryAfter(resp *http.Response) time.Duration {
	asked := resp.Header.Get("Retry-After")
	if date, err := http.ParseTime(asked); err == nil {
		return max(time.Until(date), 0)
	}
	// ParseUint gives the largest value for a number that is too large.
	seconds, err := strconv.ParseUint(asked, 10, 32)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// readAll reads the body of an answer. Of an error the beginning will do.
func readAll(ctx context.Context, resp *http.Response) ([]byte, error) {
	defer resp.Body.Close()
	limit := maxAnswer
	if resp.StatusCode != http.StatusOK {
		limit = maxRefusal
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, int64(limit)+1))
	switch {
	case err != nil:
		return nil, connectionFailure(ctx, err)
	case len(data) <= limit:
		return data, nil
	case resp.StatusCode != http.StatusOK:
		return data[:limit], nil
	default:
		return nil, unreadable(fmt.Sprintf("the answer is longer than %d MiB", limit>>20))
	}
}

// apiRefusal reads an error answer of the HCP API: a google.rpc.Status in JSON.
func apiRefusal(status int, body []byte) *registry.Failure {
	failure := &registry.Failure{
		Kind:    kindOf(status, member[int32](body, "code")),
		Status:  status,
		Message: member[string](body, "message"),
	}
	if status < 500 && status != http.StatusTooManyRequests && len(body) > 0 && !json.Valid(body) {
		failure.Kind = registry.InvalidResponse // a page of a proxy, and no verdict of HCP's
	}
	return failure
}

// member returns a member of a JSON object, or the zero value if there is none
// of that type.
func member[T any](object []byte, name string) (value T) {
	var members map[string]json.RawMessage
	if json.Unmarshal(object, &members) == nil {
		var found T
		if json.Unmarshal(members[name], &found) == nil {
			return found
		}
	}
	return value
}

// gRPC status codes, from google.golang.org/grpc/codes.
const (
	grpcNotFound           = 5
	grpcFailedPrecondition = 9
)

func kindOf(status int, grpcCode int32) registry.Kind {
	switch {
	case status == http.StatusUnauthorized:
		return registry.CredentialsRefused
	case status == http.StatusForbidden:
		return registry.PermissionDenied
	case status == http.StatusNotFound && grpcCode == grpcNotFound:
		return registry.NotFound
	case status == http.StatusNotFound:
		return registry.InvalidResponse // HCP words a 404 otherwise: something else answered
	case status == http.StatusBadRequest && grpcCode == grpcFailedPrecondition:
		return registry.FailedPrecondition
	case status == http.StatusTooManyRequests:
		return registry.RateLimited
	case status >= 500:
		return registry.Unavailable
	default:
		return registry.Unexpected
	}
}

// connectionFailure tells apart why there was no answer, or only part of one.
func connectionFailure(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return contextFailure(ctx.Err())
	}
	var certificate *tls.CertificateVerificationError
	if errors.As(err, &certificate) {
		return &registry.Failure{Kind: registry.CertificateUntrusted, Err: err}
	}
	return &registry.Failure{Kind: registry.Unreachable, Err: err}
}

// contextFailure makes a failure of a deadline. Cancellation stays what it is.
func contextFailure(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return &registry.Failure{Kind: registry.TimedOut}
	}
	return context.Canceled
}

// asFailure returns the *registry.Failure or the cancellation that is in err.
// Anything else comes from making sense of an answer.
func asFailure(err error) error {
	var failure *registry.Failure
	switch {
	case errors.As(err, &failure):
		return failure
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return contextFailure(err)
	default:
		return unreadable(decodeProblem("the answer", err))
	}
}

// decodeProblem says what is wrong with a JSON text, without the names of the
// types that it was to be decoded into.
func decodeProblem(text string, err error) string {
	var (
		wrongType *json.UnmarshalTypeError
		syntax    *json.SyntaxError
		date      *time.ParseError
	)
	switch {
	case errors.As(err, &wrongType) && wrongType.Field == "":
		return fmt.Sprintf("%s is a JSON %s, not an object", text, wrongType.Value)
	case errors.As(err, &wrongType):
		return fmt.Sprintf("%s holds a JSON %s as %s", text, wrongType.Value, wrongType.Field)
	case errors.As(err, &date):
		return fmt.Sprintf("%s holds %q where a date belongs", text, date.Value)
	case errors.As(err, &syntax):
		return text + " is not JSON"
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return text + " is incomplete"
	default:
		return err.Error()
	}
}
