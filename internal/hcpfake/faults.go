package hcpfake

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
)

// Fault makes requests fail in place of their answer, or breaks their answer.
// It comes before everything else, the check of the token included, as a proxy
// in front of HCP does.
type Fault struct {
	// Operation is one of the constants of this package; "" is any request.
	Operation string
	// Times is how many requests the fault is for; 0 is for ever.
	Times int

	// Delay is waited before anything else happens.
	Delay time.Duration
	// Hang gives no answer until the client, or the endpoint, gives up.
	Hang bool
	// Reset gives no answer and resets the connection, or in HTTP/2 the stream.
	// Go's HTTP/1.1 client repeats a request by itself if the connection was
	// used before, so Times: 1 may be too few to see anything of it.
	Reset bool

	// Status, Header, ContentType and Body are an answer to give instead. With
	// neither Status nor Body, the fake gives its own, with Header added.
	// Status is 200 if only a body is set; Body is the one that HCP would send
	// if only a status of 400 or above is set. ContentType is JSON by default.
	Status      int
	Header      http.Header
	ContentType string
	Body        string

	// Truncate announces the whole answer and breaks off after that many
	// bytes of its body; 0 sends all of it.
	Truncate int
}

// Inject adds a fault behind those that are there already. A request meets the
// first that is for it.
func (s *Server) Inject(f Fault) {
	f.Header = f.Header.Clone()
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.queue = append(s.faults.queue, &f)
}

type faults struct {
	mu    sync.Mutex
	queue []*Fault
}

// take returns the fault for a request and uses it up; the zero fault is none.
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

// pass waits and says whether the request is to be answered at all.
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

// answer is the answer of the fault, or that of the fake with its header added.
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

// grpcCode is the code that the gateway in front of a gRPC service would have
// made an HTTP status of.
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
