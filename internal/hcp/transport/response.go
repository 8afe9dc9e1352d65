package transport

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// InvalidResponse returns the failure for a response that cannot be understood.
func InvalidResponse(problem string) *registry.Failure {
	return &registry.Failure{Kind: registry.InvalidResponse, Status: http.StatusOK, Err: errors.New(problem)}
}

func redirect(resp *http.Response) *registry.Failure {
	target := ""
	if location, err := resp.Location(); err == nil {
		target = " to " + (&url.URL{Scheme: location.Scheme, Host: location.Host}).String()
	}
	return InvalidResponse("the response is a redirect" + target + ", which is not followed so that credentials are sent nowhere else")
}

// checkJSON returns an error unless the body of a response is JSON. Where neither
// its length nor its end was marked, HTTP cannot tell that it is incomplete.
func checkJSON(body []byte) error {
	if json.Valid(body) {
		return nil
	}
	err := json.NewDecoder(bytes.NewReader(body)).Decode(new(json.RawMessage))
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return &registry.Failure{Kind: registry.Unreachable, Err: errors.New("the response was cut off")}
	}
	return InvalidResponse("the response is not JSON")
}

// retryAfter returns how long the server asks to wait: by Retry-After, in seconds
// or as a date, or else, when there are too many requests, by the number of
// seconds in HCP's own X-Ratelimit-Reset (hashicorp/terraform-provider-hcp#812).
func retryAfter(resp *http.Response) time.Duration {
	value := resp.Header.Get("Retry-After")
	if value == "" && resp.StatusCode == http.StatusTooManyRequests {
		value = resp.Header.Get("X-Ratelimit-Reset")
	}
	if date, err := http.ParseTime(value); err == nil {
		return min(max(time.Until(date), 0), math.MaxUint32*time.Second)
	}
	seconds, err := strconv.ParseUint(value, 10, 32) // math.MaxUint32 if it is out of range
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// decodeError decodes an error response: a google.rpc.Status of the HCP API, or an
// error of OAuth (RFC 6749, section 5.2), as JSON.
func decodeError(status int, body []byte) *registry.Failure {
	var content struct {
		Code        uint32
		Message     string
		Error       string
		Description string `json:"error_description"`
	}
	_ = json.Unmarshal(body, &content) // a member of another type stays empty
	failure := &registry.Failure{
		Kind:    kindOf(status, codes.Code(content.Code)),
		Status:  status,
		Message: cmp.Or(content.Message, content.Description, content.Error),
	}
	denied := status == http.StatusUnauthorized || status == http.StatusForbidden
	fromHCP := content.Code != 0 || content.Error != "" || denied && json.Valid(body)
	empty := len(body) == 0 && status != http.StatusNotFound // as some errors of HCP are
	if !fromHCP && !empty && status < 500 && status != http.StatusTooManyRequests {
		failure.Kind = registry.InvalidResponse
	}
	return failure
}

func kindOf(status int, code codes.Code) registry.Kind {
	switch {
	case status == http.StatusUnauthorized:
		return registry.CredentialsRefused
	case status == http.StatusForbidden:
		return registry.PermissionDenied
	case status == http.StatusNotFound && code == codes.NotFound:
		return registry.NotFound
	case status == http.StatusBadRequest && code == codes.FailedPrecondition:
		return registry.FailedPrecondition
	case status == http.StatusConflict && code == codes.Aborted:
		return registry.Conflict
	case status == http.StatusTooManyRequests:
		return registry.RateLimited
	case status >= 500, status == http.StatusRequestTimeout: // 408: also of a connection that was idle
		return registry.Unavailable
	default:
		return registry.Unexpected
	}
}

// Cause returns the error behind one of an HTTP client: that of the transport, or
// the failure to decode the response. Its type is one that registry.Source allows.
func Cause(err error) error {
	var (
		request *url.Error
		failure *registry.Failure
	)
	if errors.As(err, &request) {
		err = request.Err
	}
	switch {
	case err == nil, errors.As(err, &failure):
		return err
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return contextError(err)
	default:
		return InvalidResponse(DecodeProblem("the response", err))
	}
}

// contextError converts the error of a context that ended.
func contextError(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return &registry.Failure{Kind: registry.TimedOut}
	}
	return context.Canceled
}

// DecodeProblem says why decoding JSON failed, without the names of Go types. It
// quotes nothing of the JSON but dates.
func DecodeProblem(subject string, err error) string {
	var (
		wrongType *json.UnmarshalTypeError
		syntax    *json.SyntaxError
		date      *time.ParseError
	)
	switch {
	case errors.As(err, &wrongType) && wrongType.Field == "":
		return fmt.Sprintf("%s is a JSON %s, not an object", subject, wrongType.Value)
	case errors.As(err, &wrongType):
		return fmt.Sprintf("%s has a JSON %s as %s", subject, wrongType.Value, wrongType.Field)
	case errors.As(err, &date):
		return fmt.Sprintf("%s has %q where a date belongs", subject, date.Value)
	case errors.As(err, &syntax):
		return subject + " is not JSON"
	default:
		return subject + " cannot be decoded"
	}
}
