package hcpfake

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
)

// Fault makes requests fail, or changes or breaks their responses. Like a proxy in
// front of HCP, it acts before anything else, including authorization, unless Served.
type Fault struct {
	// Operation is one of this package's constants, such as [GetChannel], or ""
	// for any request.
	Operation string `json:"operation,omitempty"`
	// Times is the number of requests affected, or 0 for all.
	Times int `json:"times,omitempty"`

	// Delay is the time to wait before anything else happens.
	Delay time.Duration `json:"-"`
	// Hang sends no response until the client gives up or the endpoint is
	// closed.
	Hang bool `json:"hang,omitempty"`
	// Reset resets the HTTP/1.1 connection or HTTP/2 stream instead of sending
	// a response. Go's HTTP/1.1 client retries on a reused connection by itself,
	// so that with Times: 1 its caller may not notice.
	Reset bool `json:"reset,omitempty"`

	// Status and Body replace the response. If only Body is set, the status is
	// 200; if only Status is set and is 400 or above, the body is an error of
	// HCP's API. If neither is set, the fake sends its normal response. Header
	// and ContentType are added in any case; the default ContentType is
	// application/json.
	Status      int         `json:"status,omitempty"`
	Header      http.Header `json:"header,omitempty"`
	ContentType string      `json:"content_type,omitempty"`
	Body        string      `json:"body,omitempty"`

	// Served makes the fake serve the request first, so that its changes take
	// effect although the client sees an error, or nothing at all: Served with
	// Status is a request that was carried out but answered with an error, and
	// Served with Hang or Reset is one that was carried out but not answered.
	Served bool `json:"served,omitempty"`

	// Truncate breaks the connection after that many bytes of the body, with
	// the Content-Length of the whole body. 0 sends everything.
	Truncate int `json:"truncate,omitempty"`
}

// Inject appends a fault to the queue. Each request is subject to the first
// fault in the queue that matches its operation, and to no other.
func (s *Server) Inject(f Fault) {
	f.Header = f.Header.Clone()
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.queue = append(s.faults.queue, &f)
}

// ClearFaults removes all faults from the queue.
func (s *Server) ClearFaults() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.queue = nil
}

type faults struct {
	mu    sync.Mutex
	queue []*Fault
}

// take returns the fault for a request and decrements its Times. The zero Fault
// changes nothing.
func (q *faults) take(op string) Fault {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, f := range q.queue {
		if f.Operation != "" && f.Operation != op {
			continue
		}
		taken := *f
		if f.Times == 1 {
			q.queue = slices.Delete(q.queue, i, i+1)
		} else if f.Times > 1 {
			f.Times--
		}
		return taken
	}
	return Fault{}
}

// wait delays the request, and reports whether to send a response.
func (f Fault) wait(ctx context.Context) bool {
	if f.Delay > 0 {
		timer := time.NewTimer(f.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return false
		}
	}
	if f.Hang {
		<-ctx.Done()
		return false
	}
	return !f.Reset
}

// response returns the fault's response, or the normal one if it has none.
func (f Fault) response(normal func() response) response {
	var resp response
	switch {
	case f.Status == 0 && f.Body == "":
		resp = normal()
	case f.Body == "" && f.Status >= http.StatusBadRequest:
		resp = errorResponse(f.Status, grpcCode(f.Status), http.StatusText(f.Status))
	default:
		resp = response{status: f.Status, header: http.Header{"Content-Type": {"application/json"}}, body: []byte(f.Body)}
		if resp.status == 0 {
			resp.status = http.StatusOK
		}
	}
	if f.ContentType != "" {
		resp.header.Set("Content-Type", f.ContentType)
	}
	for name, values := range f.Header {
		resp.header[http.CanonicalHeaderKey(name)] = values
	}
	return resp
}

// grpcCode returns the gRPC code that grpc-gateway, which HCP uses, maps to the
// HTTP status.
func grpcCode(status int) codes.Code {
	switch status {
	case http.StatusBadRequest:
		return codes.InvalidArgument
	case http.StatusUnauthorized:
		return codes.Unauthenticated
	case http.StatusForbidden:
		return codes.PermissionDenied
	case http.StatusNotFound:
		return codes.NotFound
	case http.StatusTooManyRequests:
		return codes.ResourceExhausted
	case http.StatusInternalServerError:
		return codes.Internal
	case http.StatusNotImplemented:
		return codes.Unimplemented
	case http.StatusServiceUnavailable:
		return codes.Unavailable
	default:
		return codes.Unknown
	}
}
