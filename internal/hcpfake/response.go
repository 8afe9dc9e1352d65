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

	cloud "github.com/hashicorp/hcp-sdk-go/clients/cloud-shared/v1/models"
	"google.golang.org/grpc/codes"
)

// statusError is an error response of HCP's API.
type statusError struct {
	status  int
	code    codes.Code
	message string
}

func (e *statusError) Error() string { return e.message }

func statusErrorf(status int, code codes.Code, format string, args ...any) error {
	return &statusError{status, code, fmt.Sprintf(format, args...)}
}

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
		e := encoder{omitUnset: s.omitUnset}
		e.encode(reflect.ValueOf(payload))
		return newResponse(http.StatusOK, e.buf)
	case errors.As(err, &oauth):
		return oauth.response()
	case errors.As(err, &status):
		return errorResponse(status.status, status.code, status.message)
	default:
		return errorResponse(http.StatusInternalServerError, codes.Internal, err.Error())
	}
}

func errorResponse(status int, code codes.Code, message string) response {
	return jsonResponse(status, &cloud.GoogleRPCStatus{
		Code:    int32(code), //nolint:gosec // The codes of gRPC are 0 to 16.
		Message: message,
		Details: []*cloud.GoogleProtobufAny{},
	})
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
