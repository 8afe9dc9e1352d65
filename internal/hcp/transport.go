package hcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	cloud "github.com/hashicorp/hcp-sdk-go/clients/cloud-shared/v1/models"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// maxAnswer is the size in bytes of the largest answer that is read. One with
// 15,000 images takes about 5 MB.
const maxAnswer = 64 << 20

// maxMessage is how much of a server's message an error repeats, in bytes.
const maxMessage = 1000

// signedIn makes sure of an access token before a request goes out, under the
// request's own context, and signs in once more if the token is refused. The
// SDK, further down, puts the token on the request.
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
		return t.next.RoundTrip(req)
	}
	return resp, err
}

// exchange does one request and takes its answer apart, so that above it there
// are only two outcomes: a complete answer with status 200, or a
// *registry.Failure. Left to itself the SDK follows redirects with the access
// token, and loses the status of an answer that is not JSON.
type exchange struct {
	next      http.RoundTripper
	userAgent string
	refusal   func(status int, body []byte) *registry.Failure
}

func (t *exchange) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("User-Agent", t.userAgent)
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		return nil, connectionFailure(err)
	}
	body, err := readAll(resp.Body)
	if err != nil {
		return nil, err
	}
	switch {
	case resp.StatusCode >= 400:
		return nil, t.refusal(resp.StatusCode, body)
	case resp.StatusCode >= 300:
		return nil, &registry.Failure{
			Kind:    registry.Unreadable,
			Status:  resp.StatusCode,
			Message: "a redirect, which is not followed so that credentials go nowhere else",
		}
	case resp.StatusCode != http.StatusOK:
		return nil, &registry.Failure{Kind: registry.Unreadable, Status: resp.StatusCode}
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	// Whatever the answer calls itself, it is JSON or it cannot be read.
	resp.Header.Set("Content-Type", "application/json")
	return resp, nil
}

func readAll(body io.ReadCloser) ([]byte, error) {
	defer body.Close()
	data, err := io.ReadAll(io.LimitReader(body, maxAnswer+1))
	if err != nil {
		return nil, connectionFailure(err)
	}
	if len(data) > maxAnswer {
		return nil, &registry.Failure{
			Kind: registry.Unreadable,
			Err:  fmt.Errorf("the answer is longer than %d MiB", maxAnswer>>20),
		}
	}
	return data, nil
}

// apiRefusal reads an error answer of the HCP API: a google.rpc.Status in JSON.
func apiRefusal(status int, body []byte) *registry.Failure {
	var rpc cloud.GoogleRPCStatus
	if err := json.Unmarshal(body, &rpc); err != nil {
		rpc = cloud.GoogleRPCStatus{}
	}
	return &registry.Failure{
		Kind:    kindOf(status, rpc.Code),
		Status:  status,
		Message: clip(rpc.Message),
	}
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
		return registry.Unreadable // HCP words a 404 otherwise: something else answered
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

// tokenRefusal reads an error answer of the token endpoint. RFC 6749, section
// 5.2, has 400 and 401 for credentials that it does not accept.
func tokenRefusal(status int, body []byte) *registry.Failure {
	var answer struct {
		Description string `json:"error_description"`
	}
	failure := &registry.Failure{Kind: kindOf(status, 0), Status: status}
	if json.Unmarshal(body, &answer) == nil {
		failure.Message = clip(answer.Description)
		if status == http.StatusBadRequest {
			failure.Kind = registry.CredentialsRefused
		}
	}
	return failure
}

// connectionFailure tells apart why there was no answer, or only part of one.
// The end of the caller's context passes through as it is.
func connectionFailure(err error) error {
	var timeout net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return &registry.Failure{Kind: registry.TimedOut, Err: err}
	default:
		return &registry.Failure{Kind: registry.Unreachable, Err: err}
	}
}

// asFailure returns the *registry.Failure or the end of the context that is in
// err. Anything else comes from making sense of an answer.
func asFailure(err error) error {
	var failure *registry.Failure
	switch {
	case errors.As(err, &failure):
		return failure
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return &registry.Failure{Kind: registry.TimedOut, Err: context.DeadlineExceeded}
	default:
		return unreadable(decodeProblem(err))
	}
}

// decodeProblem says what is wrong with an answer, without the names of the
// types that it was to be decoded into.
func decodeProblem(err error) string {
	var (
		wrongType *json.UnmarshalTypeError
		syntax    *json.SyntaxError
		date      *time.ParseError
	)
	switch {
	case errors.As(err, &wrongType) && wrongType.Field == "":
		return fmt.Sprintf("the answer is a JSON %s, not an object", wrongType.Value)
	case errors.As(err, &wrongType):
		return fmt.Sprintf("the answer holds a JSON %s as %s", wrongType.Value, wrongType.Field)
	case errors.As(err, &date):
		return fmt.Sprintf("the answer holds %q where a date belongs", clip(date.Value))
	case errors.As(err, &syntax):
		return "the answer is not JSON"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "the answer is incomplete"
	default:
		return err.Error()
	}
}

// clip shortens a message that is not ours to a bearable length.
func clip(message string) string {
	if len(message) <= maxMessage {
		return message
	}
	return message[:maxMessage] + "…"
}
