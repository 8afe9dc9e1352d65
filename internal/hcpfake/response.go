package hcpfake

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"reflect"
	"strconv"

	"google.golang.org/grpc/codes"
)

// statusError is an error response of HCP's API.
type statusError struct {
	status  int
	code    codes.Code
	message string
	details []any
}

func (e *statusError) Error() string { return e.message }

func statusErrorf(status int, code codes.Code, format string, args ...any) error {
	return &statusError{status, code, fmt.Sprintf(format, args...), []any{}}
}

// failedf returns the error for what the state does not permit.
func failedf(format string, args ...any) error {
	return statusErrorf(http.StatusBadRequest, codes.FailedPrecondition, format, args...)
}

func existsf(format string, args ...any) error {
	return statusErrorf(http.StatusConflict, codes.AlreadyExists, format, args...)
}

// fieldViolation returns the error for a field with an invalid value.
func fieldViolation(prefix, field, description string) error {
	type violation struct {
		Field       string `json:"field"`
		Description string `json:"description"`
	}
	return &statusError{
		http.StatusBadRequest, codes.InvalidArgument, prefix + ": " + field + ": " + description + ".",
		[]any{map[string]any{
			"@type":            "type.googleapis.com/google.rpc.BadRequest",
			"field_violations": []violation{{field, description}},
		}},
	}
}

// errBodyTooLong becomes a response like that of HCP's load balancer, not its API.
var errBodyTooLong = errors.New("the body is too long")

func invalidf(format string, args ...any) error {
	return statusErrorf(http.StatusBadRequest, codes.InvalidArgument, format, args...)
}

func notFoundf(format string, args ...any) error {
	return statusErrorf(http.StatusNotFound, codes.NotFound, format, args...)
}

// unknownFingerprintf returns the error for a fingerprint that no version of the
// bucket has. Its code is Aborted, not NotFound, and Packer creates a version only
// on that code.
func unknownFingerprintf(format string, args ...any) error {
	return statusErrorf(http.StatusConflict, codes.Aborted, format, args...)
}

func deniedf(format string, args ...any) error {
	return statusErrorf(http.StatusForbidden, codes.PermissionDenied, format, args...)
}

// response is a complete HTTP response.
type response struct {
	status int
	header http.Header
	body   []byte
}

// encode returns the response to a request that was served with a result or an
// error.
func (s *Server) encode(payload any, err error) response {
	var oauth *oauthError
	var status *statusError
	switch {
	case err == nil:
		if document, ok := payload.(json.RawMessage); ok {
			return newResponse(http.StatusOK, document)
		}
		e := encoder{omitUnset: s.omitUnset}
		e.encode(reflect.ValueOf(payload))
		return newResponse(http.StatusOK, e.buf)
	case errors.Is(err, errBodyTooLong):
		resp := newResponse(http.StatusGatewayTimeout, []byte(http.StatusText(http.StatusGatewayTimeout)))
		resp.header.Set("Content-Type", "text/plain")
		return resp
	case errors.As(err, &oauth):
		return oauth.response()
	case errors.As(err, &status):
		return status.response()
	default:
		return errorResponse(http.StatusInternalServerError, codes.Internal, err.Error())
	}
}

func errorResponse(status int, code codes.Code, message string) response {
	return (&statusError{status, code, message, []any{}}).response()
}

// response returns an error of HCP's API. Packer finds its code by the pattern
// code"?:([0-9]+), so no space may follow the colon, and no message may match it.
func (e *statusError) response() response {
	return jsonResponse(e.status, struct {
		Code    codes.Code `json:"code"`
		Details []any      `json:"details"`
		Message string     `json:"message"`
	}{e.code, e.details, e.message})
}

// jsonResponse returns an error response, whose fields are all set.
func jsonResponse(status int, payload any) response {
	body, err := json.Marshal(payload)
	if err != nil {
		panic(fmt.Sprintf("encoding %T: %v", payload, err))
	}
	return newResponse(status, body)
}

func newResponse(status int, body []byte) response {
	return response{
		status: status,
		header: http.Header{"Content-Type": {"application/json"}},
		body:   append(body, '\n'),
	}
}

// write sends the response. If truncate is positive, it breaks the connection
// after that many bytes of the body, although Content-Length is that of all.
func (r response) write(w http.ResponseWriter, truncate int) {
	maps.Copy(w.Header(), r.header)
	if bodyAllowed(r.status) {
		w.Header().Set("Content-Length", strconv.Itoa(len(r.body)))
	}
	w.WriteHeader(r.status)
	if !bodyAllowed(r.status) {
		return
	}
	if truncate <= 0 || truncate >= len(r.body) {
		// An error means that the client has disconnected.
		_, _ = w.Write(r.body)
		return
	}
	_, _ = w.Write(r.body[:truncate])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

func bodyAllowed(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}

// abort ends a request without a response by panicking. With reset, an HTTP/1
// connection is reset at the TCP level; an HTTP/2 stream is reset in any case.
func abort(w http.ResponseWriter, reset bool) {
	if reset {
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			resetConn(conn)
		}
	}
	panic(http.ErrAbortHandler)
}

func resetConn(conn net.Conn) {
	// Closing the TLS connection would send a close_notify alert first.
	if outer, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = outer.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
