package hcpfake

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"strconv"

	cloud "github.com/hashicorp/hcp-sdk-go/clients/cloud-shared/v1/models"
	"google.golang.org/grpc/codes"
)

// statusError is an error in the form in which HCP sends errors.
type statusError struct {
	status  int // of HTTP
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

func deniedf(format string, args ...any) error {
	return statusErrorf(http.StatusForbidden, codes.PermissionDenied, format, args...)
}

// response is a whole answer.
type response struct {
	status int
	header http.Header
	body   []byte
}

func encode(payload any, err error) response {
	var oauth *oauthError
	var status *statusError
	switch {
	case err == nil:
		return jsonResponse(http.StatusOK, payload)
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

func jsonResponse(status int, payload any) response {
	body, err := json.Marshal(payload)
	if err != nil {
		panic(fmt.Sprintf("encoding %T: %v", payload, err))
	}
	return response{
		status: status,
		header: http.Header{"Content-Type": {"application/json"}},
		body:   append(dropZeroTimes(body), '\n'),
	}
}

// zeroTime is what follows the name of a member that is a zero strfmt.DateTime,
// which omitempty does not omit.
const zeroTime = `":"0001-01-01T00:00:00.000Z"`

// dropZeroTimes drops the members of objects that are a zero time, because HCP
// leaves out what is not set. It goes by the API's names for times, so that a
// label of another name may have that value. It does not decode the data again,
// which would take longer than all the rest of an answer.
func dropZeroTimes(data []byte) []byte {
	kept := make([]byte, 0, len(data))
	for {
		before, after, found := bytes.Cut(data, []byte(zeroTime))
		kept = append(kept, before...)
		if !found {
			return kept
		}
		quote := bytes.LastIndexByte(kept, '"')
		switch name := string(kept[quote+1:]); {
		case !isTimeName(name) || kept[quote-1] == '\\': // The quote may be a part of the name.
			kept = append(kept, zeroTime...)
		case kept[quote-1] == ',':
			kept = kept[:quote-1]
		default:
			kept, after = kept[:quote], bytes.TrimPrefix(after, []byte(","))
		}
		data = after
	}
}

func isTimeName(name string) bool {
	switch name {
	case "created_at", "updated_at", "revoke_at", "at":
		return true
	}
	return false
}

// write sends the answer. With truncate, it announces the whole length and
// breaks off after that many bytes.
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
		// An error means that the client is gone, which is its own affair.
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

// abort ends a request without an answer and does not return. With reset, the
// client of a connection that is its alone (HTTP/1) gets a TCP reset; a stream
// of HTTP/2 is reset in any case.
func abort(w http.ResponseWriter, reset bool) {
	if reset {
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			resetConn(conn)
		}
	}
	panic(http.ErrAbortHandler)
}

func resetConn(conn net.Conn) {
	// A close of the TLS connection would first say goodbye.
	if outer, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = outer.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
